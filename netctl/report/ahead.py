"""Whether a premium miner is ahead, and whether it is the rule that puts it there: what its data weighs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import fmean, median

from netctl.behaviour.kinds import PREMIUM
from netctl.behaviour.strategies import Course
from netctl.coverage.universe import Universe
from netctl.report.facts import Facts, Recorded
from netctl.report.standings import Standing, number
from netctl.report.told import Unknown

MOSTLY = 0.5
"""A miner with more than this part of its data in premium zipcodes is after them; a boost beyond it drowns weights."""


@dataclass(frozen=True, slots=True)
class Ground:
    """What one miner was scored for. `premium` is which part of its data is of premium zipcodes, None if unknown.

    `boost` is which part of its score is for having uploaded, whatever that weighs. `claimed_bytes` is the mean of what
    its index claimed, `for_a_kilobyte` its score over that. `without` is what its score would be if premium zipcodes
    weighed as all others do; None where the weights are not known.
    """

    miner: str
    score: float
    premium: float | None
    boost: float
    claimed_bytes: float | None
    for_a_kilobyte: float | None
    without: float | None


@dataclass(frozen=True, slots=True)
class Ahead:
    """Who is ahead and why. `leader` is by mean score, `lead` its score over the next one's.

    `specialist` has the largest premium part, `without` would lead if all zipcodes weighed alike. `weight` is what a
    premium zipcode weighs, `others` any other; `paid` how many times as much a claimed byte of the specialist got as
    one of the usual miner that is not after premium zipcodes. None for what is not known.
    """

    leader: str
    lead: float | None
    specialist: str | None
    without: str | None
    weight: float | None
    others: float | None
    paid: float | None
    grounds: tuple[Ground, ...]

    @property
    def is_premium(self) -> bool:
        """Whether the miner that is ahead is the one with the largest premium part."""
        return self.specialist == self.leader

    @property
    def drowned(self) -> bool:
        """Whether the leader's score is mostly for having uploaded."""
        return any(each.boost > MOSTLY for each in self.grounds if each.miner == self.leader)

    @property
    def by_weight(self) -> bool | None:
        """Whether the weights put it there: without them another would lead; None where they are not known."""
        return None if self.without is None else self.is_premium and self.without != self.leader


def ahead_of(facts: Facts, standings: Sequence[Standing]) -> Ahead | Unknown:
    """Explain who leads by what zipcodes weigh, what miners claimed, and what they were scored."""
    scored = [(each.miner, each.score) for each in standings if each.score is not None]
    if not scored:
        return Unknown("no miner has a score")
    universe = _universe(facts)
    weight, others = (None, None) if universe is None else (universe.premium_weight, universe.other_weight)
    parts, claims, boosts = _parts(facts), _claims(facts), _boosts(facts)
    grounds = tuple(
        _weighed(_ground(miner, score, parts.get(miner), boosts.get(miner, 0.0), claims.get(miner)), weight, others)
        for miner, score in scored
    )
    after = [each for each in grounds if each.premium]
    specialist = max(after, key=lambda each: each.premium or 0.0, default=None)
    known = [each for each in grounds if each.without is not None]
    second = scored[1][1] if len(scored) > 1 else None
    return Ahead(
        leader=scored[0][0],
        lead=scored[0][1] / second if second else None,
        specialist=None if specialist is None else specialist.miner,
        without=max(known, key=lambda each: each.without or 0.0).miner if len(known) == len(grounds) else None,
        weight=weight,
        others=others,
        paid=_paid(grounds, specialist),
        grounds=grounds,
    )


def _universe(facts: Facts) -> Universe | None:
    return facts.universe if isinstance(facts.universe, Universe) else None


def _ground(miner: str, score: float, premium: float | None, boost: float, claimed: float | None) -> Ground:
    return Ground(miner, score, premium, boost, claimed, 1000 * score / claimed if claimed else None, None)


def _weighed(ground: Ground, weight: float | None, others: float | None) -> Ground:
    """With its score as it would be if all zipcodes weighed alike."""
    if ground.premium is None or not weight or not others:
        return ground
    # Each byte is paid by its zipcode's weight: of so many parts premium, so much of the data's score is the weight's.
    mix = ground.premium * weight + (1 - ground.premium) * others
    return replace(ground, without=ground.score * (ground.boost + (1 - ground.boost) * others / mix))


def _parts(facts: Facts) -> Mapping[str, float]:
    """Which part of its data each miner has of premium zipcodes: of what it uploaded, else of what it looked at."""
    if isinstance(facts.strategies, Unknown):
        return {}
    found = {course.miner: _part(course) for course in facts.strategies.courses}
    return {miner: part for miner, part in found.items() if part is not None}


def _part(course: Course) -> float | None:
    if course.sent:
        return course.sent.get(PREMIUM, 0.0)
    looks = sum(one.looks for one in course.slices)
    return sum(one.kinds[PREMIUM] for one in course.slices) / looks if looks else None


def _claims(facts: Facts) -> Mapping[str, float]:
    """The mean of the bytes that each miner's index claimed."""
    recorded = facts.recorded
    found: dict[str, list[float]] = {}
    if not isinstance(recorded, Recorded):
        return {}
    for event in recorded.asked:
        miner, size = recorded.roll.of(event), number(event, "bytes")
        if miner is not None and size is not None:
            found.setdefault(miner, []).append(size)
    return {miner: fmean(sizes) for miner, sizes in found.items()}


def _boosts(facts: Facts) -> Mapping[str, float]:
    """Which part of each miner's score its uploads added, on average."""
    recorded = facts.recorded
    found: dict[str, list[float]] = {}
    for event in recorded.boosts if isinstance(recorded, Recorded) else ():
        miner = recorded.roll.of(event) if isinstance(recorded, Recorded) else None
        boost, score = number(event, "boost"), number(event, "score")
        if miner is not None and boost is not None and score:
            found.setdefault(miner, []).append(min(1.0, boost / score))
    return {miner: fmean(parts) for miner, parts in found.items()}


def _paid(grounds: Sequence[Ground], specialist: Ground | None) -> float | None:
    if specialist is None or specialist.for_a_kilobyte is None:
        return None
    usual = [
        each.for_a_kilobyte
        for each in grounds
        if each.for_a_kilobyte is not None and each.premium is not None and each.premium <= MOSTLY
    ]
    return specialist.for_a_kilobyte / median(usual) if usual and median(usual) else None
