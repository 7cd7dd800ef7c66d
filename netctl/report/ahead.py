"""Whether a premium miner is ahead, and whether it is the rule that puts it there: what its data weighs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from netctl.coverage.coverage import Coverage, Reach
from netctl.report.facts import Facts
from netctl.report.standings import Standing
from netctl.report.told import Unknown


@dataclass(frozen=True, slots=True)
class Ground:
    """What one miner holds, as the rule values it. `premium` is which part of its bytes lies in premium zipcodes.

    `worth` is what its bytes are worth as a share of everybody's, `plain` the same if every zipcode weighed alike.
    """

    miner: str
    zipcodes: int
    premium_zipcodes: int
    entities: int
    bytes: int
    premium: float
    worth: float
    plain: float


@dataclass(frozen=True, slots=True)
class Ahead:
    """Who is ahead and why. `leader` is by mean score, `specialist` has the largest premium part of its data.

    `by_rule` and `by_volume` would lead by what their data is worth, with the weights and without. `weight` is what a
    premium zipcode weighs, `others` any other; None where the pack does not say.
    """

    leader: str
    specialist: str | None
    by_rule: str | None
    by_volume: str | None
    lead: float | None
    weight: float | None
    others: float | None
    grounds: tuple[Ground, ...]

    @property
    def is_premium(self) -> bool:
        """Whether the miner that is ahead is the one with the largest premium part."""
        return self.specialist == self.leader

    @property
    def by_weight(self) -> bool | None:
        """Whether the weights put it there: with them it leads, without them another would; None: not known."""
        if self.by_rule is None or self.by_volume is None:
            return None
        return self.by_rule == self.leader and self.by_volume != self.leader


def ahead_of(facts: Facts, standings: Sequence[Standing]) -> Ahead | Unknown:
    """Explain who leads by the rules that the pack tells of."""
    ranked = [each for each in standings if each.score is not None]
    if not ranked:
        return Unknown("no miner has a score")
    leader, score = ranked[0], ranked[0].score or 0.0
    second = ranked[1].score if len(ranked) > 1 else None
    lead = score / second if second else None
    if isinstance(facts.coverage, Unknown):
        return Ahead(leader.miner, None, None, None, lead, None, None, ())
    coverage = facts.coverage
    weight, others = coverage.universe.premium_weight, coverage.universe.other_weight
    grounds = _grounds(coverage, weight, others)
    specialist = max(grounds, key=lambda each: (each.premium, each.bytes), default=None)
    is_known = weight is not None and others is not None and any(each.bytes for each in grounds)
    return Ahead(
        leader=leader.miner,
        specialist=specialist.miner if specialist is not None and specialist.premium > 0 else None,
        by_rule=max(grounds, key=lambda each: each.worth).miner if is_known else None,
        by_volume=max(grounds, key=lambda each: each.plain).miner if is_known else None,
        lead=lead,
        weight=weight,
        others=others,
        grounds=grounds,
    )


def _grounds(coverage: Coverage, weight: float | None, others: float | None) -> tuple[Ground, ...]:
    totals = {zipcode: label.bytes for zipcode, label in coverage.together.zipcodes.items()}
    premium = frozenset(coverage.universe.premium)
    weights = {code: (weight or 1.0) if code in premium else (others or 1.0) for code in totals}
    alike = dict.fromkeys(totals, 1.0)
    worths = {miner.name: _worth(miner, totals, weights) for miner in coverage.readable}
    plains = {miner.name: _worth(miner, totals, alike) for miner in coverage.readable}
    return tuple(
        Ground(
            miner=miner.name,
            zipcodes=len(miner.zipcodes),
            premium_zipcodes=len(premium & miner.zipcodes.keys()),
            entities=miner.entities,
            bytes=miner.bytes,
            premium=_share(sum(label.bytes for code, label in miner.zipcodes.items() if code in premium), miner.bytes),
            worth=_share(worths[miner.name], sum(worths.values())),
            plain=_share(plains[miner.name], sum(plains.values())),
        )
        for miner in coverage.readable
    )


def _worth(miner: Reach, totals: Mapping[str, int], weights: Mapping[str, float]) -> float:
    """Weight times own bytes squared over everybody's, summed over zipcodes: of two that hold the same each gets half."""
    return sum(
        weights[code] * label.bytes * label.bytes / totals[code]
        for code, label in miner.zipcodes.items()
        if label.bytes > 0
    )


def _share(part: float, whole: float) -> float:
    return part / whole if whole else 0.0
