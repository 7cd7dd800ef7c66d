"""Criteria and what was recorded to verdicts: true, false, or not yet. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from netctl.chain_time import ChainTime
from netctl.judge.criterion import Criterion
from netctl.judge.facts import Facts
from netctl.judge.measured import Measured, unknown
from netctl.judge.metric import Metric
from netctl.judge.registry import METRICS
from netctl.store.histories import Window

NOTHING_RECORDED = "nothing is recorded yet"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of a criterion: `ok` is None where there is not enough data yet. `window` is what it looked at."""

    criterion: Criterion
    metric: Metric
    measured: Measured
    ok: bool | None
    window: Window | None

    @property
    def text(self) -> str:
        """What was measured, for people."""
        return self.measured.text(self.metric.unit)

    @property
    def why(self) -> str | None:
        """What is missing, or what there is to say of the figure."""
        return self.measured.why


@dataclass(frozen=True, slots=True)
class Judgement:
    """All verdicts on a fleet, the groups in order.

    `run` is the run that is judged, None where none was kept; `window` what is recorded of it, None for nothing.
    `ingested`: by logs that `netctl ingest` has brought. `ended`: the run is over.
    """

    fleet: str
    rehearsal: bool
    verdicts: tuple[Verdict, ...]
    run: str | None = None
    window: Window | None = None
    ingested: bool = False
    ended: bool = False
    time_scale: float = 1.0

    @property
    def ok(self) -> bool:
        """Whether every criterion is true: one that is false, or not decided, is no success."""
        return all(verdict.ok is True for verdict in self.verdicts)

    @property
    def decided(self) -> bool:
        """Whether none is left open."""
        return all(verdict.ok is not None for verdict in self.verdicts)

    @property
    def settled(self) -> bool:
        """Whether waiting would change nothing more, but for what is decided already."""
        return self.ended or all(verdict.ok is not None or verdict.measured.final for verdict in self.verdicts)


def judged(
    criteria: Sequence[Criterion], whole: Facts | None, narrowed: Callable[[Window, Metric], Facts]
) -> tuple[Verdict, ...]:
    """Judge each criterion; `whole` are the facts of all that is judged, None where nothing is recorded.

    `narrowed` brings those of a part of it, with the events that a metric reads.
    """
    return tuple(_judged(criterion, whole, narrowed) for criterion in criteria)


def _judged(criterion: Criterion, whole: Facts | None, narrowed: Callable[[Window, Metric], Facts]) -> Verdict:
    metric = METRICS[criterion.metric]
    if whole is None:
        return Verdict(criterion, metric, unknown(NOTHING_RECORDED), None, None)
    window = criterion.window.within(whole.window, time_scale=whole.time_scale, period_s=whole.period_s)
    if isinstance(window, str):
        return Verdict(criterion, metric, unknown(window), None, None)
    measured = metric.measure(narrowed(window, metric), criterion.parameters)
    return Verdict(criterion, metric, _placed(measured, ChainTime(whole.looks)), met(criterion, measured), window)


def _placed(measured: Measured, time: ChainTime) -> Measured:
    """Each line of evidence once, and with the block at which it came about."""
    lines = {(each.path, each.offset) if each.path else each: each for each in reversed(measured.evidence)}
    evidence = tuple(
        replace(each, block=time.block_at(each.time)) if each.block is None and each.time is not None else each
        for each in reversed(lines.values())
    )
    return replace(measured, evidence=evidence)


def met(criterion: Criterion, measured: Measured) -> bool | None:
    """Whether what was measured meets the target; None where that is still open."""
    if measured.value is None or measured.highest is None:
        return None
    return criterion.target.met(measured.value, measured.highest, measured.whole)
