"""Probes as values: what was written of one, what is asked of a neuron, and what was found. Nothing but plain fields.

A neuron's `Watched` travels to the supervisor as JSON, so its fields are numbers, texts and tuples of them.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, fields, replace
from typing import Literal, TypeVar

Kind = Literal["line", "no_line", "output", "port", "exec", "http", "registered", "last_update", "axon_served"]
Use = Literal["readiness", "liveness", "both"]
Action = Literal["restart", "flag"]
Stream = Literal["stdout", "stderr", "both"]
Unit = Literal["blocks", "tempos"]
T = TypeVar("T")

KINDS: tuple[Kind, ...] = (
    "line",
    "no_line",
    "output",
    "port",
    "exec",
    "http",
    "registered",
    "last_update",
    "axon_served",
)
ON_CHAIN: frozenset[Kind] = frozenset({"registered", "last_update", "axon_served"})
IN_LOGS: frozenset[Kind] = frozenset({"line", "no_line", "output"})
OUTSIDE: frozenset[Kind] = frozenset({"exec", "http"})
"""What is asked by starting a program or a request: no oftener than it is worth."""

EVERY_S: dict[Kind, float] = {
    **dict.fromkeys(KINDS, 10.0),
    **dict.fromkeys(OUTSIDE, 30.0),
    **dict.fromkeys(ON_CHAIN, 60.0),
}
DEADLINE_S = 5.0
FAILURES = 3
READY_WITHIN_S = 60.0


@dataclass(frozen=True, slots=True)
class WrittenProbe:
    """A probe as pack or profile say it; None is what they leave open. Durations are seconds, or text with templates.

    `drop` takes away a probe of that name which was declared before.
    """

    name: str
    kind: Kind | None = None
    use: Use | None = None
    every: float | None = None
    deadline: float | None = None
    after: float | str | None = None
    failures: int | None = None
    action: Action | None = None
    match: str | None = None
    stream: Stream | None = None
    within: float | tuple[Unit, int] | str | None = None
    port: int | str | None = None
    argv: tuple[str, ...] | None = None
    url: str | None = None
    status: int | None = None
    drop: bool = False

    def over(self, below: WrittenProbe) -> WrittenProbe:
        """This one, with what it leaves open as `below` says it; of another kind, nothing is left of `below`."""
        if below.drop or (self.kind is not None and self.kind != below.kind):
            return self
        given = {f.name: value for f in fields(self) if (value := getattr(self, f.name)) is not None}
        return replace(below, **given)

    def filled(self, fill: Callable[[str], str]) -> WrittenProbe:
        """The same with `fill` applied to every text in it."""

        def text(value: T) -> T | str:
            return fill(value) if isinstance(value, str) else value

        return replace(
            self,
            after=text(self.after),
            match=text(self.match),
            within=text(self.within),
            port=text(self.port),
            url=text(self.url),
            argv=None if self.argv is None else tuple(map(fill, self.argv)),
        )


def laid_over(*layers: Sequence[WrittenProbe]) -> tuple[WrittenProbe, ...]:
    """The probes of all layers, later ones over earlier ones of the same name; those dropped are gone."""
    found: dict[str, WrittenProbe] = {}
    for layer in layers:
        for probe in layer:
            found[probe.name] = probe.over(found[probe.name]) if probe.name in found else probe
    return tuple(probe for probe in found.values() if not probe.drop)


@dataclass(frozen=True, slots=True)
class ProbeSpec:
    """One probe of one neuron, with nothing left open.

    `within_s` is how old what is looked for may be, None where once is enough; `after_s` how long after the start
    liveness is not judged; `failures` how many in a row count. Fields of other kinds are empty.
    """

    name: str
    kind: Kind
    readiness: bool
    liveness: bool
    every_s: float
    deadline_s: float = DEADLINE_S
    after_s: float = 0.0
    failures: int = FAILURES
    action: Action = "flag"
    match: str = ""
    stream: Stream = "stdout"
    within_s: float | None = None
    within_blocks: int | None = None
    within_tempos: int | None = None
    port: int = 0
    argv: tuple[str, ...] = ()
    url: str = ""
    status: int = 200


@dataclass(frozen=True, slots=True)
class Watched:
    """A neuron and its probes, complete in itself: whoever has this needs neither profile nor pack.

    `environ` is what a probe's command gets, and holds no secret. `ready_within_s` counts from its start. `any_ip`:
    the neuron finds out its own address, so that only its port is compared. `addresses` are (node, address) of where
    it may run, none for this machine.
    """

    name: str
    role: Literal["miner", "validator"]
    stdout: str
    stderr: str
    cwd: str
    environ: tuple[tuple[str, str], ...]
    hotkey: str | None
    axon_ip: str
    axon_port: int
    any_ip: bool
    ready_within_s: float
    probes: tuple[ProbeSpec, ...]
    addresses: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Failing:
    """A liveness probe that failed often enough: why, and since when (epoch seconds) it has."""

    name: str
    why: str
    since: float
    action: Action


@dataclass(frozen=True, slots=True)
class Health:
    """Whether a neuron does what it is for; if not, what is waited for: "its port 8091". `failing` by probe."""

    ready: bool
    waits_for: str | None = None
    failing: tuple[Failing, ...] = ()

    @property
    def action(self) -> Action | None:
        """What the failing probes ask for: a restart where any of them does, None where none fails."""
        if any(probe.action == "restart" for probe in self.failing):
            return "restart"
        return "flag" if self.failing else None


def needs_chain(watched: Collection[Watched]) -> bool:
    """Whether any of these probes wants a metagraph."""
    return any(probe.kind in ON_CHAIN for one in watched for probe in one.probes)
