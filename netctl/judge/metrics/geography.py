"""Geography: where miners look, how differently, and whether validators look everywhere as well."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from statistics import mean

from netctl.agreement.weights import distance
from netctl.judge.facts import Facts
from netctl.judge.measured import MOST_EVIDENCE, Evidence, Figures, Measured, unknowable, unknown
from netctl.judge.metric import Metric, Parameter, Value
from netctl.judge.standing import LOOKED, OF_LOOKS, looks_of
from netctl.store.histories import Heard

ASKED = ("validator", "bucket_queried")
PASSED = ("validator", "bucket_passed")


def _zipcodes_covered(facts: Facts, given: Mapping[str, Value]) -> Measured:
    del given
    universe = facts.universe
    if isinstance(universe, str):
        return unknowable(universe)
    looks = looks_of(facts)
    figures: Figures = {name: sum(code in universe.places for code in found) for name, found in looks.items()}
    covered = {code for found in looks.values() for code in found if code in universe.places}
    if not covered:
        return unknown("no miner has found anything yet", **figures)
    tiers = Counter(universe.places[code].tier for code in covered)
    figures |= {f"tier {tier}": tiers[tier] for tier in universe.tiers}
    figures["premium"] = sum(code in covered for code in universe.premium)
    return Measured(len(covered), whole=len(universe.places), figures=figures, evidence=_latest(facts))


def _latest(facts: Facts) -> tuple[Evidence, ...]:
    last = [events[-1] for events in facts.of_miners(LOOKED).values() if events]
    return tuple(Evidence.of(event) for event in last[:MOST_EVIDENCE])


def _regions_covered(facts: Facts, given: Mapping[str, Value]) -> Measured:
    universe, least = facts.universe, float(given["zipcodes"])
    if isinstance(universe, str):
        return unknowable(universe)
    covered = {code for found in looks_of(facts).values() for code in found if code in universe.places}
    counts = Counter(universe.places[code].region for code in covered)
    figures: Figures = {region: counts[region] for region in universe.regions}
    if not covered:
        return unknown("no miner has found anything yet", **figures)
    missing = [region for region in universe.regions if counts[region] < least]
    why = f"not in {', '.join(missing)}" if missing else None
    return Measured(
        len(universe.regions) - len(missing),
        whole=len(universe.regions),
        why=why,
        figures=figures,
        evidence=_latest(facts),
    )


def mixes_of(facts: Facts) -> dict[str, dict[str, float]]:
    """Of each miner that found anything, the share of its pages by zipcode."""
    looks = looks_of(facts)
    return {
        name: {code: count / found.total() for code, count in found.items()} for name, found in looks.items() if found
    }


def _distinct_miners(facts: Facts, given: Mapping[str, Value]) -> Measured:
    least, far = float(given["times"]), float(given["apart"])
    looks = looks_of(facts)
    missing = [name for name, found in looks.items() if found.total() < least]
    if missing or len(looks) < 2:
        return unknown(f"fewer than {least:.0f} pages yet: {', '.join(missing) or 'one miner only'}")
    mixes = mixes_of(facts)
    nearest = {name: min((distance(mixes[name], mixes[o]), o) for o in mixes if o != name) for name in mixes}
    figures: Figures = {name: gap for name, (gap, _) in nearest.items()}
    alike = [f"{name} and {other}" for name, (gap, other) in nearest.items() if gap < far]
    why = f"alike: {', '.join(alike)}" if alike else None
    count = sum(gap >= far for gap, _ in nearest.values())
    return Measured(count, whole=len(facts.miners), why=why, figures=figures, evidence=_latest(facts))


def _divergence(facts: Facts, given: Mapping[str, Value]) -> Measured:
    least = float(given["times"])
    halves = _halves(facts)
    if any(count < least for half in halves.values() for count in (half[0].total(), half[1].total())):
        return unknown(f"not every miner has {least:.0f} pages in the first and in the last quarter of its own")
    if len(halves) < 2:
        return unknowable("one miner only")
    early, late = (_mean_distance([half[at] for half in halves.values()]) for at in (0, 1))
    return Measured(late - early, figures={"early": early, "late": late}, evidence=_latest(facts))


def _halves(facts: Facts) -> dict[str, tuple[Counter[str], Counter[str]]]:
    """Of each miner, where it looked in the first and the last quarter of its pages: by tier and region."""
    universe = facts.universe
    found = {}
    for name, events in facts.of_miners(LOOKED).items():
        kinds = [str(event.fields.get("zipcode")) for event in events]
        if not isinstance(universe, str):
            kinds = [_kind(universe.places.get(code)) for code in kinds]
        quarter = max(1, len(kinds) // 4)
        found[name] = Counter(kinds[:quarter]), Counter(kinds[-quarter:] if kinds else kinds)
    return found


def _kind(place: object) -> str:
    if place is None:
        return "other"
    tier = "premium" if place.premium else place.tier  # type: ignore[attr-defined]
    return f"{tier}/{place.region}"  # type: ignore[attr-defined]


def _mean_distance(counts: list[Counter[str]]) -> float:
    shares = [{kind: count / each.total() for kind, count in each.items()} for each in counts]
    return mean(distance(one, other) for at, one in enumerate(shares) for other in shares[:at])


def _premium_found(facts: Facts, given: Mapping[str, Value]) -> Measured:
    del given
    universe = facts.universe
    if isinstance(universe, str):
        return unknowable(universe)
    premium = frozenset(universe.premium)
    firsts: list[tuple[str, Heard]] = []
    figures: Figures = {}
    for name, events in facts.of_miners(LOOKED).items():
        hits = [e for e in events if e.fields.get("zipcode") in premium and (e.fields.get("properties") or 0) > 0]
        figures[name] = facts.subnet_s(hits[0].time - facts.window.since) if hits else None
        firsts += [(name, event) for event in hits[:1]]
    firsts.sort(key=lambda pair: pair[1].time)
    if not any(facts.of_miners(LOOKED).values()):
        return unknown("no miner has looked anywhere yet", **figures)
    # Who has not found one yet may still.
    why = f"first {firsts[0][0]}" if firsts else None
    return Measured(
        len(firsts),
        len(facts.miners),
        len(facts.miners),
        why,
        figures,
        tuple(Evidence.of(event) for _, event in firsts[:MOST_EVIDENCE]),
    )


def _zipcodes_validated(facts: Facts, given: Mapping[str, Value]) -> Measured:
    least = float(given["times"])
    held = {code for found in looks_of(facts).values() for code in found}
    asked = _named(event for _, event in facts.about(ASKED[1]))
    figures: Figures = {"held": len(held), "looked at": len(held & asked.keys()), "requests": asked.total()}
    if len(held) < least:
        return unknown(f"{len(held)} zipcodes held so far, {least:.0f} are needed", **figures)
    evidence = tuple(Evidence.of(event) for _, event in list(facts.about(ASKED[1]))[-1:])
    return Measured(len(held & asked.keys()) / len(held), figures=figures, evidence=evidence)


def _named(events: Iterable[Heard]) -> Counter[str]:
    return Counter(str(event.fields["zipcode"]) for event in events if event.fields.get("zipcode"))


def _regions_validated(facts: Facts, given: Mapping[str, Value]) -> Measured:
    universe, least = facts.universe, float(given["times"])
    if isinstance(universe, str):
        return unknowable(universe)
    held = {
        universe.places[code].region for found in looks_of(facts).values() for code in found if code in universe.places
    }
    passed = _named(event for _, event in facts.about(PASSED[1]))
    counts: Counter[str] = Counter()
    for code, count in passed.items():
        if code in universe.places:
            counts[universe.places[code].region] += count
    figures: Figures = {region: counts[region] for region in universe.regions}
    if not held:
        return unknown("no miner has found anything yet", **figures)
    missing = [region for region in universe.regions if region in held and counts[region] < least]
    evidence = tuple(Evidence.of(event) for _, event in list(facts.about(PASSED[1]))[-1:])
    why = f"held and not validated: {', '.join(missing)}" if missing else None
    # A region that was not looked at yet may still be.
    return Measured(len(held) - len(missing), len(held), len(held), why, figures, evidence)


METRICS = (
    Metric(
        name="zipcodes_covered",
        theme="geography",
        unit="count",
        out_of="zipcodes of the subnet's list",
        means="How many of the subnet's zipcodes the fleet's miners cover: a page of it held a property (`page_found`,"
        " more than 0). Figures have each miner, each tier, and the premium ones. `netctl coverage` tells what they"
        " hold now, by their databases.",
        needs="One page with a property.",
        naive="The zipcodes of the strategies, whether anything was found there or not.",
        function=_zipcodes_covered,
        signals=(OF_LOOKS,),
        needed=(OF_LOOKS,),
        by_place=True,
    ),
    Metric(
        name="regions_covered",
        theme="geography",
        unit="count",
        out_of="regions of the list",
        means="In how many of the Census Bureau's regions that have zipcodes in the list the miners cover at least"
        " `zipcodes` of them (`page_found`, more than 0).",
        needs="One page with a property.",
        naive="The names of the strategies.",
        function=_regions_covered,
        signals=(OF_LOOKS,),
        needed=(OF_LOOKS,),
        parameters=(Parameter("zipcodes", "count", 3.0, "How many zipcodes make a region covered."),),
        by_place=True,
    ),
    Metric(
        name="distinct_miners",
        theme="geography",
        unit="count",
        out_of="miners of the fleet",
        means="How many miners have a strategy of their own: the mix of zipcodes on whose pages it found anything"
        " (`page_found`) is at least `apart` from that of every other miner. The distance of two mixes is the share of"
        " one that would have to move to make the other: 0 the same, 1 nothing in common.",
        needs="`times` pages of each miner.",
        naive="The strategies as the profile has them: `organic` is one name for what may become four.",
        function=_distinct_miners,
        signals=(OF_LOOKS,),
        needed=(OF_LOOKS,),
        parameters=(
            Parameter("apart", "share", 0.5, "How far from the nearest other miner."),
            Parameter("times", "count", 20.0, "How many pages each has to have."),
        ),
    ),
    Metric(
        name="divergence",
        theme="dynamics",
        unit="share",
        means="How much further miners' mixes lie apart at the end than at the beginning: the mean distance between"
        " two of them, by tier and region (premium ones by themselves; `page_found`), in the last quarter of each"
        " one's pages less"
        " that in the first. `netctl strategies` tells which way each went.",
        needs="`times` pages of each miner in either quarter.",
        naive="That the mixes differ: so few pages always do.",
        function=_divergence,
        signals=(OF_LOOKS,),
        needed=(OF_LOOKS,),
        parameters=(Parameter("times", "count", 10.0, "How many pages each quarter has to have."),),
        by_place=True,
    ),
    Metric(
        name="premium_found",
        theme="dynamics",
        unit="count",
        out_of="miners of the fleet",
        means="How many miners have found anything on a page of a premium zipcode (`page_found`). Figures say after"
        " how many seconds of the subnet's own time, evidence at which block, the first first.",
        needs="One page. Who has not found one may still: fewer is not decided until then.",
        naive="Which zipcodes a strategy names.",
        function=_premium_found,
        signals=(OF_LOOKS,),
        needed=(OF_LOOKS,),
        by_place=True,
    ),
    Metric(
        name="zipcodes_validated",
        theme="api validation",
        unit="share",
        means="Which part of the zipcodes that miners cover (`page_found`, more than 0) a validator has asked for a"
        " bucket of (`bucket_queried`): how far its attention is spread over zipcodes.",
        needs="`times` zipcodes covered.",
        naive="The number of requests, most of which may be for a few large buckets.",
        function=_zipcodes_validated,
        signals=(OF_LOOKS, ASKED),
        needed=(OF_LOOKS, ASKED),
        parameters=(Parameter("times", "count", 1.0, "How many zipcodes have to be covered."),),
    ),
    Metric(
        name="regions_validated",
        theme="api validation",
        unit="count",
        out_of="regions in which miners cover zipcodes",
        means="In how many of the regions in which miners cover zipcodes (`page_found`, more than 0)"
        " validators have looked at `times` buckets that were what they claimed (`bucket_passed`).",
        needs="One page with a property. A region that was not looked at may still be.",
        naive="A success rate over all, in which a region that nobody looks at is missing.",
        function=_regions_validated,
        signals=(OF_LOOKS, PASSED),
        needed=(OF_LOOKS, PASSED),
        parameters=(Parameter("times", "count", 3.0, "How many buckets of each region."),),
        by_place=True,
    ),
)
