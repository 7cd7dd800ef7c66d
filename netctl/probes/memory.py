"""What `look` remembers from one time to the next: answers, failures in a row, and how far each log was read."""

from __future__ import annotations

from dataclasses import dataclass, field

from netctl.probes.logfiles import Reading
from netctl.probes.model import Health, Watched


@dataclass(slots=True)
class Answer:
    """What one probe last said. `ok` is None where it could not be asked; `since` is when it began to fail."""

    at: float
    ok: bool | None
    waits_for: str = ""
    why: str = ""
    failures: int = 0
    since: float | None = None

    def note(self, now: float, ok: bool | None, waits_for: str, why: str, *, counts: bool) -> None:
        """Take a new answer in. One that could not be asked changes nothing of what was known."""
        self.at = now
        if ok is None and self.ok is not None:
            return
        self.ok, self.waits_for, self.why = ok, waits_for, why
        if ok is not False or not counts:
            self.failures, self.since = 0, None
            return
        self.failures += 1
        self.since = now if self.since is None else self.since


@dataclass(slots=True)
class Holding:
    """Where a port was last found: in this process, at this descriptor, as this socket, in the table `at`."""

    pid: int
    descriptor: str
    inode: str
    at: float


@dataclass(slots=True)
class Run:
    """One run of a neuron, from its start to its end. `health` holds until `due_at`, for the probes of `watched`."""

    pid: int
    started_at: float | None
    watched: Watched | None = None
    health: Health | None = None
    due_at: float = 0.0
    asked_at: float = 0.0
    answers: dict[str, Answer] = field(default_factory=dict)
    logs: dict[str, Reading] = field(default_factory=dict)
    holdings: dict[int, Holding] = field(default_factory=dict)


@dataclass(slots=True)
class Memory:
    """By neuron; what it knows of a run goes with the run. Losing it costs `failures` looks, and nothing else.

    `strangers` is who holds a port that is not its neuron's, by socket: found by a search that is done once.
    """

    runs: dict[str, Run] = field(default_factory=dict)
    strangers: dict[str, int] = field(default_factory=dict)

    def run_of(self, name: str, pid: int, started_at: float | None) -> Run:
        """The run of that process, a new one where the neuron was started again."""
        run = self.runs.get(name)
        if run is None or run.pid != pid or run.started_at != started_at:
            run = self.runs[name] = Run(pid, started_at)
        return run

    def forget_others(self, names: set[str]) -> None:
        """Drop the runs of neurons that are no more."""
        for name in self.runs.keys() - names:
            del self.runs[name]
