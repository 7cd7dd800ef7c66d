"""What a disturbance is, and what a fleet's journal says of them: which hold, which are overdue, what one explains.

Pure. The journal has a line `chaos` before a disturbance is made, and `chaos_end` once it is over.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal, get_args

What = Literal["kill", "stop", "cut-rpc", "slow-rpc", "drop-axon"]
KINDS: tuple[str, ...] = get_args(What)
BY_PROXY: tuple[What, ...] = ("cut-rpc", "slow-rpc", "drop-axon")
BEGAN, ENDED = "chaos", "chaos_end"

GRACE_S = 2.0
"""How long after its time the enforcer of a disturbance may still be at it."""
EXPLAINED_S = 15.0
"""How long after a signal a neuron may take to end of it; more than that, and it ended of something else."""


@dataclass(frozen=True, slots=True)
class Disturbance:
    """One neuron, disturbed. `since` and `until` in seconds since the epoch; a kill is over at once, without `until`.

    `process` and `birth` (see `signals.birth_of`) say which one was signalled. `delay_s` and `jitter_s` are slow-rpc's,
    `hang` says that the proxy holds connections open and passes nothing, instead of resetting them.
    """

    id: str
    what: What
    neuron: str
    since: float
    until: float | None = None
    process: int | None = None
    birth: str | None = None
    signal: str | None = None
    delay_s: float = 0.0
    jitter_s: float = 0.0
    hang: bool = False

    def facts(self) -> dict[str, Any]:
        """Its line in the journal; fields that say nothing are left out."""
        every = {name: getattr(self, name) for name in self.__slots__}
        return {name: value for name, value in every.items() if value not in (None, False, 0.0)}

    def told(self) -> str:
        """For people: what holds, how, and until when (UTC)."""
        how = ""
        if self.what == "slow-rpc":
            how = f" by {self.delay_s:g} s" + (f" (+-{self.jitter_s:g} s)" if self.jitter_s else "")
        end = f" until {clock_time(self.until)}" if self.until is not None else ""
        return f"{self.what}{how}{' (hangs)' if self.hang else ''}{end}"

    def document(self) -> dict[str, Any]:
        """For ``--json``: times as ISO 8601 in UTC."""
        return {
            "id": self.id,
            "what": self.what,
            "neuron": self.neuron,
            "since": iso(self.since),
            "until": iso(self.until),
            "delay_s": self.delay_s,
            "jitter_s": self.jitter_s,
            "hang": self.hang,
        }


def iso(moment: float | None) -> str | None:
    """Seconds since the epoch as ISO 8601 in UTC, whole seconds."""
    return None if moment is None else datetime.fromtimestamp(int(moment), UTC).isoformat().replace("+00:00", "Z")


def clock_time(moment: float) -> str:
    """The time of day in UTC, as people read it."""
    return datetime.fromtimestamp(moment, UTC).strftime("%H:%M:%S UTC")


def from_facts(entry: Mapping[str, Any]) -> Disturbance | None:
    """A disturbance back from its line; None for a line that is none, or of a kind that this version does not know."""
    facts = {name: entry[name] for name in Disturbance.__slots__ if name in entry}
    needed = {"id", "neuron", "since", *(("process", "birth", "until") if facts.get("what") == "stop" else ())}
    return Disturbance(**facts) if facts.get("what") in KINDS and needed <= facts.keys() else None


def of_journal(entries: Iterable[Mapping[str, Any]]) -> tuple[Disturbance, ...]:
    """Every disturbance that was ever made, oldest first."""
    found = (from_facts(entry) for entry in entries if entry["kind"] == BEGAN)
    return tuple(each for each in found if each is not None)


def open_in(entries: Sequence[Mapping[str, Any]]) -> tuple[Disturbance, ...]:
    """Those that have an end and whose end is not written yet, whether its time has come or not."""
    closed = {entry.get("id") for entry in entries if entry["kind"] == ENDED}
    return tuple(each for each in of_journal(entries) if each.until is not None and each.id not in closed)


def holding(
    entries: Sequence[Mapping[str, Any]], now: float, is_stopped: Callable[[Disturbance], bool]
) -> tuple[Disturbance, ...]:
    """Those that hold now: their time is not over, or it is and the process is stopped all the same.

    `is_stopped` is asked of stops only; one whose process goes on (or is another by now) holds no more.
    """

    def holds(each: Disturbance) -> bool:
        return is_stopped(each) if each.what == "stop" else each.until is not None and now < each.until

    return tuple(each for each in open_in(entries) if holds(each))


def overdue(entries: Sequence[Mapping[str, Any]], now: float) -> tuple[Disturbance, ...]:
    """Those that should have ended by now and whose end is not written: to be undone, if need be, and closed."""
    return tuple(each for each in open_in(entries) if each.until is not None and now > each.until + GRACE_S)


def explains(
    entries: Sequence[Mapping[str, Any]], neuron: str, ended_at: float, *, patience_s: float = EXPLAINED_S
) -> str | None:
    """What chaos did to a neuron that ended at that time (seconds since the epoch), in a sentence; None: nothing.

    The latest kill before its end counts, within `patience_s`: a program that gets SIGTERM may take its time.
    """
    for each in reversed(of_journal(entries)):
        late_s = ended_at - each.since
        if each.neuron == neuron and each.what == "kill" and -1.0 <= late_s <= patience_s:
            return f"netctl chaos kill sent it SIG{each.signal or 'KILL'} at {clock_time(each.since)}"
    return None
