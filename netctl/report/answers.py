"""Whether single statements of the plan hold, by what the report has found; each answer says why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean, median

from netctl.agreement.ranks import spearman
from netctl.coverage.coverage import Reach
from netctl.report.ahead import Ahead
from netctl.report.facts import Facts
from netctl.report.problems.problem import Problem
from netctl.report.scaling import Scaling
from netctl.report.standings import Samples, Standing
from netctl.report.told import Unknown

PASS = 0.6
ENOUGH = 10
FEW = 2
TELLS = 4
"""Fewer miners than that put no order to the test."""


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
    problems: tuple[Problem, ...]
    scaling: Scaling | Unknown

    def having(self, *kinds: str) -> tuple[str, ...]:
        """The neurons with a problem of these kinds."""
        return tuple(dict.fromkeys(each.neuron for each in self.problems if each.kind in kinds))


def premium_leads(found: Findings) -> Answer:
    """Whether the miner with the most premium data is ahead, and would not be without the weights."""
    ahead = found.ahead
    if isinstance(ahead, Unknown):
        return Answer(None, ahead.why)
    if ahead.specialist is None:
        why = "what miners hold is not known" if not ahead.grounds else "no miner holds anything in a premium zipcode"
        return Answer(None if not ahead.grounds else False, why)
    if not ahead.is_premium:
        return Answer(False, f"{ahead.leader} leads, and {ahead.specialist} has the largest premium part")
    lead = "" if ahead.lead is None else f", {ahead.lead:.1f} times the next"
    if ahead.by_weight is None:
        return Answer(None, f"{ahead.leader} leads{lead}; what zipcodes weigh is not known of this pack")
    if ahead.by_weight:
        return Answer(True, f"{ahead.leader} leads{lead}; with one weight for all zipcodes {ahead.by_volume} would")
    if ahead.by_rule == ahead.leader:
        return Answer(False, f"{ahead.leader} leads{lead}, and would without the weights, too: by what it holds")
    return Answer(False, f"{ahead.leader} leads{lead}, though by what is held now {ahead.by_rule} would")


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
        return Answer(False, f"fewer than two miners in {', '.join(alone)}")
    return Answer(True, f"two miners or more hold zipcodes in each of {len(coverage.universe.regions)} regions")


def _holds_in(miner: Reach, region: str) -> bool:
    return any(part.name == region and part.held for part in miner.regions)


def samples_ten(found: Findings) -> Answer:
    """Whether each miner had ten samples for each verdict, on average, be they answered or not."""
    each = {
        standing.miner: _whole(standing.samples) / standing.verdicts
        for standing in found.standings
        if standing.verdicts
    }
    if not each:
        return Answer(None, "no miner was evaluated")
    least = min(each, key=lambda name: each[name])
    told = f"{fmean(each.values()):.1f} samples for a verdict on average, the fewest {each[least]:.1f} ({least})"
    # Half a sample less is what the first evaluations, before there is much to sample, cost.
    return Answer(each[least] >= ENOUGH - 0.5, told)


def miners_pass(found: Findings) -> Answer:
    """Whether each miner's answered samples are good to 60 %, and nobody was caught with duplicates."""
    known = {each.miner: each.samples.passed for each in found.standings}
    if not any(value is not None for value in known.values()):
        return Answer(None, "no sample was answered")
    below = [f"{name} ({100 * value:.0f} %)" for name, value in known.items() if value is not None and value < PASS]
    twice = found.having("duplicates")
    if below or twice:
        parts = [f"below 60 %: {', '.join(below)}" if below else "", f"duplicates: {', '.join(twice)}" if twice else ""]
        return Answer(False, "; ".join(filter(None, parts)))
    missing = [name for name, value in known.items() if value is None]
    if missing:
        return Answer(None, f"no sample was answered of {', '.join(missing)}")
    least = min(value for value in known.values() if value is not None)
    return Answer(True, f"the least is {100 * least:.1f} % of those that were answered, and nobody showed duplicates")


def few_fail(found: Findings) -> Answer:
    """Whether at most two miners have samples or uploads that failed."""
    if not any(_whole(each.samples) for each in found.standings):
        return Answer(None, "no sample was taken")
    bad = [each.miner for each in found.standings if each.samples.refuted]
    bad += [name for name in found.having("duplicates", "lies") if name not in bad]
    names = f": {', '.join(bad)}" if bad else ""
    told = f"{len(bad)} with a failed validation{names}"
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


def load_is_measured(found: Findings) -> Answer:
    """Whether the box bears the run, by processor and memory."""
    if isinstance(found.scaling, Unknown):
        return Answer(None, found.scaling.why)
    bounds = [bound for bound in found.scaling.bounds if bound.what in ("processor", "memory")]
    told = ", ".join(f"{bound.what} {bound.taken} of {bound.has}" for bound in bounds)
    known = [bound.more for bound in bounds if bound.more is not None]
    return Answer(None if not known else min(known) > 0, told)


def load_is_known(found: Findings) -> Answer:
    """Whether what the cadence costs was measured."""
    answer = load_is_measured(found)
    return Answer(None if answer.ok is None else True, answer.why)


def coverage_pays(found: Findings) -> Answer:
    """Whether miners that hold more zipcodes score higher, the premium specialist aside: its reward has another reason."""
    if isinstance(found.facts.coverage, Unknown):
        return Answer(None, found.facts.coverage.why)
    special = None if isinstance(found.ahead, Unknown) else found.ahead.specialist
    held = {miner.name: len(miner.zipcodes) for miner in found.facts.coverage.readable if miner.name != special}
    pairs = [
        (held[each.miner], each.score) for each in found.standings if each.miner in held and each.score is not None
    ]
    aside = f", {special} aside" if special else ""
    if len(pairs) < TELLS:
        return Answer(None, f"only {len(pairs)} miners with a score and holdings{aside}: too few to tell an order")
    figure = spearman([float(count) for count, _ in pairs], [score for _, score in pairs])
    if figure is None:
        return Answer(None, f"all of them hold as many zipcodes, or score alike{aside}")
    return Answer(figure > 0, f"rank correlation of zipcodes held and score{aside}: {figure:+.2f}")


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
    return Answer(True, f"nobody holds {len(coverage.gaps)} of {len(coverage.universe.places)} zipcodes")


def covered_by_api(found: Findings) -> Answer:
    """Whether validators asked for zipcodes of every region."""
    coverage = found.facts.coverage
    if isinstance(coverage, Unknown):
        return Answer(None, coverage.why)
    validated = coverage.together.validated
    if validated is None:
        return Answer(None, "no line of a validator names a zipcode")
    places = coverage.universe.places
    seen = {places[zipcode].region for zipcode in validated.zipcodes if zipcode in places}
    missing = [region for region in coverage.universe.regions if region not in seen]
    told = f"{len(validated.zipcodes)} zipcodes were asked for, in {len(seen)} regions"
    without = f"; none in {', '.join(missing)}" if missing else ""
    return Answer(not missing, f"{told}{without}")


def unique_pays(found: Findings) -> Answer:
    """Whether miners whose zipcodes fewer others hold earn more for what they hold, premium specialist aside."""
    coverage = found.facts.coverage
    if isinstance(coverage, Unknown):
        return Answer(None, coverage.why)
    special = None if isinstance(found.ahead, Unknown) else found.ahead.specialist
    pairs = [
        (_alone(miner, coverage.holders), each.score / miner.bytes)
        for miner in coverage.readable
        for each in found.standings
        if each.miner == miner.name and each.miner != special and each.score is not None and miner.bytes
    ]
    if len(pairs) < TELLS:
        return Answer(None, f"only {len(pairs)} miners with a score and holdings: too few to tell an order")
    figure = spearman([alone for alone, _ in pairs], [worth for _, worth in pairs])
    if figure is None:
        return Answer(None, "what miners hold is held by as many others for each of them")
    return Answer(figure > 0, f"rank correlation of how rare a miner's data is and its score for a byte: {figure:+.2f}")


def _alone(miner: Reach, holders: Mapping[str, Sequence[str]]) -> float:
    shares = [1 / len(holders[zipcode]) for zipcode in miner.zipcodes]
    return fmean(shares) if shares else 0.0


def _whole(samples: Samples) -> int:
    return samples.confirmed + samples.refuted + samples.assumed
