"""The seam to `netctl check`: what a report takes of a verdict."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from netctl.judge.criterion import GROUPS, Criterion
from netctl.judge.units import written
from netctl.judge.verdicts import Judgement, Verdict
from netctl.report.facts import Facts
from netctl.report.told import Evidence, Unknown


@dataclass(frozen=True, slots=True)
class Ruling:
    """One criterion: `ok` is None where it is not decided.

    `naive` is what a count of lines makes of it, "" where that is the same.
    """

    name: str
    group: str
    says: str
    ok: bool | None
    measured: str
    target: str
    why: str
    metric: str
    means: str
    naive: str
    evidence: tuple[Evidence, ...] = ()


@dataclass(frozen=True, slots=True)
class Outcome:
    """All of the profile's criteria: `ok` is None where none is false and one is open."""

    ok: bool | None
    rulings: tuple[Ruling, ...]

    def of(self, group: str) -> tuple[Ruling, ...]:
        """Those of one group."""
        return tuple(ruling for ruling in self.rulings if ruling.group == group)

    @property
    def groups(self) -> tuple[str, ...]:
        """The groups that have one, in order."""
        return tuple(group for group in GROUPS if self.of(group))


def outcome_of(facts: Facts) -> Outcome | Unknown:
    """The verdict on the run."""
    judgement = facts.judgement
    if not isinstance(judgement, Judgement):
        return judgement
    if not judgement.verdicts:
        return Unknown("the profile has no criteria: netctl check has nothing to judge by")
    rulings = tuple(ruling_of(facts, verdict) for verdict in judgement.verdicts)
    return Outcome(together([ruling.ok for ruling in rulings]), rulings)


def _alike(naive: float, verdict: Verdict) -> bool:
    """Whether the naive figure reads as the measured one does."""
    value, unit = verdict.measured.value, verdict.metric.unit
    return value is not None and written(naive, unit) == written(value, unit)


def together(oks: Sequence[bool | None]) -> bool | None:
    """False where one is, else None where one is open, else true."""
    if any(ok is False for ok in oks):
        return False
    return None if any(ok is None for ok in oks) else True


def ruling_of(facts: Facts, verdict: Verdict) -> Ruling:
    """What a report tells of one verdict."""
    criterion: Criterion = verdict.criterion
    naive = verdict.measured.naive
    return Ruling(
        name=criterion.name,
        group=criterion.group,
        says=criterion.says or criterion.name.replace("_", " "),
        ok=verdict.ok,
        measured=verdict.text,
        target=criterion.target.text,
        why=verdict.why or "",
        metric=criterion.metric,
        means=verdict.metric.means,
        naive="" if naive is None or _alike(naive, verdict) else written(naive, verdict.metric.unit),
        evidence=tuple(
            Evidence(
                what=facts.masked(each.what),
                neuron=each.neuron,
                time=each.time,
                block=each.block,
                log=None if each.path is None else facts.log(each.path),
                offset=each.offset,
                line=None if each.path is None or each.offset is None else facts.quoted(each.path, each.offset),
            )
            for each in verdict.measured.evidence
        ),
    )
