"""Whether single statements of the plan hold, by what the report has found; each answer says why."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import median

from netctl.coverage.coverage import Reach
from netctl.report.ahead import Ahead
from netctl.report.facts import Facts
from netctl.report.problems.problem import Problem
from netctl.report.scaling import Scaling
from netctl.report.standings import Samples, Standing
from netctl.report.told import Unknown

FEW = 2


@dataclass(frozen=True, slots=True)
class Answer:
    """Whether it holds, None where that cannot be told, and why."""

    ok: bool | None
    why: str


@dataclass(frozen=True)
class Findings:
    """The parts of a report that statements are decided by."""

    facts: Facts
    standings: tuple[Standing, ...]
    ahead: Ahead | Unknown
    problems: tuple[Problem, ...] | Unknown
    scaling: Scaling | Unknown

    def having(self, *kinds: str) -> tuple[str, ...]:
        """The neurons with a problem of these kinds; none where nobody could look."""
        problems = () if isinstance(self.problems, Unknown) else self.problems
        return tuple(dict.fromkeys(each.neuron for each in problems if each.kind in kinds))


def premium_leads(found: Findings) -> Answer:
    """Whether the miner with the most premium data is ahead, and would not be without the weights."""
    ahead = found.ahead
    if isinstance(ahead, Unknown):
        return Answer(None, ahead.why)
    if ahead.specialist is None:
        known = any(each.premium is not None for each in ahead.grounds)
        return Answer(
            False if known else None,
            "no miner has data of premium zipcodes" if known else "nobody knows whose data is premium",
        )
    if not ahead.is_premium:
        return Answer(False, f"{ahead.leader} leads, and {ahead.specialist} has the largest premium part")
    lead = "" if ahead.lead is None else f", {ahead.lead:.1f} times the next"
    if ahead.by_weight is None:
        return Answer(None, f"{ahead.leader} leads{lead}; what zipcodes weigh is not known of this pack")
    if ahead.by_weight:
        return Answer(True, f"{ahead.leader} leads{lead}; with one weight for all zipcodes {ahead.without} would")
    return Answer(False, f"{ahead.leader} leads{lead}, and would with one weight for all zipcodes, too")


def competes_everywhere(found: Findings) -> Answer:
    """Whether two miners or more hold something in every region."""
    coverage = found.facts.coverage
    if isinstance(coverage, Unknown):
        return Answer(None, coverage.why)
    alone: list[str] = []
    for region in coverage.universe.regions:
        holders = [miner.name for miner in coverage.readable if _holds_in(miner, region)]
        if len(holders) < 2:
            alone.append(f"{region} ({holders[0] if holders else 'nobody'})")
    if alone:
        # Who could not be read may be there.
        return Answer(None if not coverage.whole else False, f"fewer than two miners in {', '.join(alone)}")
    return Answer(True, f"two miners or more hold zipcodes in each of {len(coverage.universe.regions)} regions")


def _holds_in(miner: Reach, region: str) -> bool:
    return any(part.name == region and part.held for part in miner.regions)


def few_fail(found: Findings) -> Answer:
    """Whether at most two miners have samples or uploads that failed."""
    if not any(_whole(each.samples) for each in found.standings):
        return Answer(None, "no sample was taken")
    bad = [each.miner for each in found.standings if each.samples.refuted]
    bad += [name for name in found.having("duplicates", "lies") if name not in bad]
    told = f"failed validations: {', '.join(bad)}" if bad else "no miner has a failed validation"
    return Answer(len(bad) <= FEW, told)


def uneven_listings(found: Findings) -> Answer:
    """How many listings lie in a zipcode that is held: the fewest, the usual, the most."""
    coverage = found.facts.coverage
    if isinstance(coverage, Unknown):
        return Answer(None, coverage.why)
    counts = sorted(label.entities for label in coverage.together.zipcodes.values())
    if not counts:
        return Answer(None, "nothing is held")
    told = f"from {counts[0]} to {counts[-1]} entities in a zipcode that is held, {median(counts):g} in the usual one"
    return Answer(True, told)


def load_is_borne(found: Findings) -> Answer:
    """Whether the box bears the run, by processor and memory."""
    if isinstance(found.scaling, Unknown):
        return Answer(None, found.scaling.why)
    bounds = [bound for bound in found.scaling.bounds if bound.what in ("processor", "memory")]
    told = ", ".join(f"{bound.what} {bound.taken} of {bound.has}" for bound in bounds)
    known = [bound.more for bound in bounds if bound.more is not None]
    return Answer(None if not known else min(known) > 0, told)


def load_is_known(found: Findings) -> Answer:
    """Whether what the cadence costs was measured."""
    answer = load_is_borne(found)
    return Answer(None if answer.ok is None else True, answer.why)


def duplicates_are_caught(found: Findings) -> Answer:
    """Whether who showed duplicates is paid less than the usual miner; nothing is shown where nobody did."""
    twice = found.having("duplicates")
    if not twice:
        return Answer(None, "nobody showed duplicates, so that detection was not put to the test")
    incentives = {each.miner: each.incentive for each in found.standings if each.incentive is not None}
    others = [value for name, value in incentives.items() if name not in twice]
    if not others or any(name not in incentives for name in twice):
        return Answer(None, "incentives were not sampled")
    told = ", ".join(f"{name} earns {100 * incentives[name]:.1f} %" for name in twice)
    usual = median(others)
    return Answer(all(incentives[name] < usual for name in twice), f"{told}; the usual other miner {100 * usual:.1f} %")


def gaps_are_known(found: Findings) -> Answer:
    """How many zipcodes nobody holds."""
    coverage = found.facts.coverage
    if isinstance(coverage, Unknown):
        return Answer(None, coverage.why)
    if not coverage.whole:
        unread = ", ".join(miner.name for miner in coverage.miners if miner.problem is not None)
        return Answer(None, f"the database of {unread} could not be read")
    every = len(coverage.universe.places)
    return Answer(
        True, f"nobody holds {len(coverage.gaps)} of {every} zipcodes" if coverage.gaps else f"all {every} are held"
    )


def _whole(samples: Samples) -> int:
    return samples.confirmed + samples.refuted + samples.assumed
