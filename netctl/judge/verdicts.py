"""Criteria and what was recorded to verdicts: true, false, or not yet. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from netctl.judge.criterion import Criterion
from netctl.judge.facts import Facts
from netctl.judge.measured import Measured, unknown
from netctl.judge.metric import Metric
from netctl.judge.registry import METRICS
from netctl.store.records import Span


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of a criterion: `ok` is None where there is not enough data yet."""

    criterion: Criterion
    metric: Metric
    measured: Measured
    ok: bool | None
    span: Span | None

    @property
    def text(self) -> str:
        """What was measured, for people."""
        return self.measured.text(self.metric.unit)

    @property
    def why(self) -> str | None:
        """What is missing, or what there is to say of the figure."""
        return self.measured.why


def judged(
    criteria: Sequence[Criterion], whole: Facts | None, narrowed: Callable[[Span, Metric], Facts]
) -> tuple[Verdict, ...]:
    """Judge each criterion; `whole` are the facts of the whole run, None where nothing is recorded.

    `narrowed` brings those of a part of it, with the events that a metric reads.
    """
    return tuple(_judged(criterion, whole, narrowed) for criterion in criteria)


def _judged(criterion: Criterion, whole: Facts | None, narrowed: Callable[[Span, Metric], Facts]) -> Verdict:
    metric = METRICS[criterion.metric]
    if whole is None:
        return Verdict(criterion, metric, unknown("nothing is recorded yet"), None, None)
    span = criterion.window.within(whole.span, time_scale=whole.time_scale, period_s=whole.period_s)
    if isinstance(span, str):
        return Verdict(criterion, metric, unknown(span), None, None)
    measured = metric.measure(narrowed(span, metric), criterion.parameters)
    return Verdict(criterion, metric, measured, met(criterion, measured), span)


def met(criterion: Criterion, measured: Measured) -> bool | None:
    """Whether what was measured meets the target; None where that is still open."""
    if measured.value is None or measured.highest is None:
        return None
    return criterion.target.met(measured.value, measured.highest, measured.whole)


def all_met(verdicts: Sequence[Verdict]) -> bool:
    """Whether every criterion is true: one that is false, or not decided, is no success."""
    return all(verdict.ok is True for verdict in verdicts)


def all_decided(verdicts: Sequence[Verdict]) -> bool:
    """Whether none is left open."""
    return all(verdict.ok is not None for verdict in verdicts)
