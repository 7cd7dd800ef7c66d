"""What a report is made of: one run, and all that is known of it, or why it is not."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from netctl.agreement.agreement import Agreement
from netctl.behaviour.strategies import Strategies
from netctl.budget.budget import Budget
from netctl.chain_time import ChainTime
from netctl.coverage.coverage import Coverage
from netctl.coverage.drawn import Drawing
from netctl.coverage.universe import Universe
from netctl.judge.verdicts import Judgement, Verdict
from netctl.report.told import Evidence, Unknown
from netctl.roll import Roll
from netctl.runs.finding import Kept
from netctl.store.activity import Judged, Slicing, Summed
from netctl.store.histories import Heard, Pay, Window
from netctl.store.lives import Was
from netctl.store.outcomes import Held, Lived, Used
from netctl.store.tellings import Spot, Telling

Signal = tuple[str, str]
"""A role and the name of a signal of its lines."""

Line = Callable[[str, int], str | None]
"""The text of a line by its log and the offset where it begins, without anything secret; None where it is gone."""


@dataclass(frozen=True, slots=True)
class Recorded:
    """What metrics.db has of the run. `tells` has, by role, the signals that the pack knows, None without a pack.

    `scores` are validators' verdicts on miners, `asked` the beginnings of evaluations and miners' indexes,
    `boosts` what uploads added to scores. `spots`
    finds where the lines of a telling stand.
    """

    window: Window
    roll: Roll
    time: ChainTime
    scores: tuple[Heard, ...]
    asked: tuple[Heard, ...]
    boosts: tuple[Heard, ...]
    pay: tuple[Pay, ...]
    held: Mapping[str, Held]
    used: tuple[Used, ...]
    lived: tuple[Lived, ...]
    states: tuple[Was, ...]
    tellings: Mapping[Signal, tuple[Telling, ...]]
    slicing: Slicing
    samples: tuple[Judged, ...]
    uploads: tuple[Summed, ...]
    tells: Mapping[str, frozenset[str]] | None
    spots: Callable[[Telling, Signal], tuple[Spot, ...]] = lambda _telling, _signal: ()


@dataclass(frozen=True)
class Facts:
    """All of it. `scenarios` are the verdicts on the plan's statements, by the names of their criteria."""

    kept: Kept
    recorded: Recorded | Unknown
    judgement: Judgement | Unknown
    scenarios: Mapping[str, Verdict] | Unknown
    universe: Universe | Unknown
    coverage: Coverage | Unknown
    agreement: Agreement | Unknown
    strategies: Strategies | Unknown
    budget: Budget | Unknown
    drawing: Drawing | None = None
    notes: tuple[str, ...] = ()
    line: Line = field(default=lambda _log, _offset: None)
    masked: Callable[[str], str] = field(default=lambda text: text)
    """Takes secrets out of a text that comes of a log."""

    @property
    def scale(self) -> float:
        """How many seconds of the subnet's own time pass in one."""
        return self.kept.run.time_scale

    @cached_property
    def miners(self) -> tuple[str, ...]:
        """Their names, in the order of the profile."""
        return tuple(member.name for member in self.kept.run.neurons if member.role == "miner")

    @cached_property
    def validators(self) -> tuple[str, ...]:
        """Their names, in the order of the profile."""
        return tuple(member.name for member in self.kept.run.neurons if member.role == "validator")

    def hours(self, time: float) -> float:
        """How many hours of the subnet's own time after the run began."""
        return max(0.0, time - self.kept.run.began) * self.scale / 3600

    def log(self, path: str) -> str:
        """A log as a report names it: below the state directory where it lay there, wherever that is now."""
        if path.startswith(f"{self.kept.state}/"):
            return path.removeprefix(f"{self.kept.state}/")
        return path.rpartition(f"/{self.kept.run.fleet}/")[2]

    def quoted(self, path: str, offset: int) -> str | None:
        """The text of a line of a log, also of a run that was carried elsewhere."""
        here = self.log(path)
        return self.line(path if here == path else str(self.kept.state / here), offset)

    def pointed(self, what: str, spot: Spot) -> Evidence:
        """A line that was found, to be looked up."""
        block = self.recorded.time.block_at(spot.time) if isinstance(self.recorded, Recorded) else None
        text = self.quoted(spot.path, spot.offset)
        return Evidence(what, spot.neuron, spot.time, block, self.log(spot.path), spot.offset, text)
