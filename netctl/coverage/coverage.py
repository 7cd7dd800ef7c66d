"""A fleet's coverage: each miner's, that of all together, how alike they are, and what nobody holds. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from operator import attrgetter

from netctl.coverage.figures import gini, hhi, jaccard_matrix
from netctl.coverage.held import Held, Label, within
from netctl.coverage.universe import Place, Universe
from netctl.coverage.validated import Asked, Validated, summed


@dataclass(frozen=True, slots=True)
class Part:
    """A tier, region or state: how many zipcodes it has, how many are held, and with how much."""

    name: str
    zipcodes: int
    held: int
    entities: int
    bytes: int


@dataclass(frozen=True, slots=True)
class Spread:
    """How unevenly amounts lie: `gini` and `hhi` are None where there is nothing. `count` is over how many."""

    count: int
    gini: float | None
    hhi: float | None


@dataclass(frozen=True, slots=True)
class Reach:
    """What one miner holds, or all together. `spread` is of its entities over every zipcode of the list.

    `others` are labels of no zipcode of the list. `validated` is None where no line tells. With a `problem` nothing is
    known of what it holds, and figures are zero.
    """

    name: str
    zipcodes: Mapping[str, Label]
    entities: int
    bytes: int
    last_s: float | None
    tiers: tuple[Part, ...]
    regions: tuple[Part, ...]
    states: tuple[Part, ...]
    spread: Spread
    others: tuple[Label, ...] = ()
    validated: Validated | None = None
    path: str = ""
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class Coverage:
    """The whole. `holders` names the miners of each zipcode that is held; `overlap` is Jaccard's, miner by miner.

    `volume` and `breadth` are how entities and zipcodes lie over the miners that could be read. `gaps` are in the
    order of the list, the largest first.
    """

    universe: Universe
    miners: tuple[Reach, ...]
    together: Reach
    holders: Mapping[str, tuple[str, ...]]
    overlap: tuple[tuple[float | None, ...], ...]
    volume: Spread
    breadth: Spread
    gaps: tuple[Place, ...]

    @property
    def whole(self) -> bool:
        """Whether every miner's database could be read."""
        return all(miner.problem is None for miner in self.miners)

    @property
    def readable(self) -> tuple[Reach, ...]:
        """The miners whose databases could be read, in the order of `overlap`."""
        return tuple(miner for miner in self.miners if miner.problem is None)


def coverage_of(universe: Universe, held: Sequence[Held], validated: Mapping[str, Validated | None]) -> Coverage:
    """Judge what was found by a list of zipcodes, or a part of one; `validated` is by the miner's name."""
    frame = _frame_of(universe)
    miners = tuple(_reach(frame, within(one, universe), validated.get(one.miner)) for one in held)
    readable = [miner for miner in miners if miner.problem is None]
    holders: dict[str, list[str]] = {}
    for miner in readable:
        for zipcode in miner.zipcodes:
            holders.setdefault(zipcode, []).append(miner.name)
    return Coverage(
        universe=universe,
        miners=miners,
        together=_reach(frame, _together(readable), _all_validated(miners)),
        holders={zipcode: tuple(names) for zipcode, names in holders.items()},
        overlap=jaccard_matrix([miner.zipcodes.keys() for miner in readable]),
        volume=_spread([miner.entities for miner in readable]),
        breadth=_spread([len(miner.zipcodes) for miner in readable]),
        gaps=tuple(place for zipcode, place in universe.places.items() if zipcode not in holders),
    )


@dataclass(frozen=True, slots=True)
class _Frame:
    """What is the same for every miner: how many zipcodes each tier, region and state of the universe has."""

    universe: Universe
    tiers: Mapping[str, int]
    regions: Mapping[str, int]
    states: Mapping[str, int]


def _frame_of(universe: Universe) -> _Frame:
    places = universe.places.values()
    tiers, regions, states = (Counter(map(of, places)) for of in (_tier_of, _region_of, _state_of))
    return _Frame(
        universe,
        {name: tiers[name] for name in universe.tiers},
        {name: regions[name] for name in universe.regions},
        {name: states[name] for name in universe.states},
    )


_tier_of, _region_of, _state_of = attrgetter("tier"), attrgetter("region"), attrgetter("state")


def _reach(frame: _Frame, held: Held, validated: Validated | None) -> Reach:
    labels, places = held.zipcodes, frame.universe.places
    return Reach(
        name=held.miner,
        zipcodes=labels,
        entities=sum(label.entities for label in labels.values()),
        bytes=sum(label.bytes for label in labels.values()),
        last_s=max((label.last_s for label in labels.values() if label.last_s is not None), default=None),
        tiers=_parts(places, labels, frame.tiers, _tier_of),
        regions=_parts(places, labels, frame.regions, _region_of),
        states=_parts(places, labels, frame.states, _state_of),
        spread=_spread([0] * (len(places) - len(labels)) + [label.entities for label in labels.values()]),
        others=held.others,
        validated=validated if validated is None else _narrowed(validated, frame.universe),
        path=held.path,
        problem=held.problem,
    )


def _parts(
    places: Mapping[str, Place], labels: Mapping[str, Label], totals: Mapping[str, int], of: Callable[[Place], str]
) -> tuple[Part, ...]:
    sums = {name: [0, 0, 0] for name in totals}
    for zipcode, label in labels.items():
        part = sums.get(of(places[zipcode]))
        if part is not None:
            part[0] += 1
            part[1] += label.entities
            part[2] += label.bytes
    return tuple(Part(name, totals[name], *part) for name, part in sums.items())


def _spread(amounts: Sequence[int]) -> Spread:
    return Spread(len(amounts), gini(amounts), hhi(amounts))


def _together(miners: Iterable[Reach]) -> Held:
    """All miners as one: an entity that two of them hold counts twice, for nobody looks into the rows."""
    whole: dict[str, Label] = {}
    for miner in miners:
        for zipcode, label in miner.zipcodes.items():
            whole[zipcode] = _sum(whole[zipcode], label) if zipcode in whole else label
    return Held("all", "", whole)


def _sum(one: Label, other: Label) -> Label:
    firsts = [t for t in (one.first_s, other.first_s) if t is not None]
    lasts = [t for t in (one.last_s, other.last_s) if t is not None]
    return Label(
        one.label,
        one.entities + other.entities,
        one.bytes + other.bytes,
        min(firsts, default=None),
        max(lasts, default=None),
    )


def _narrowed(validated: Validated, universe: Universe) -> Validated:
    kept = {z: asked for z, asked in validated.zipcodes.items() if z in universe.places}
    return replace(validated, zipcodes=kept)


def _all_validated(miners: Iterable[Reach]) -> Validated | None:
    """What all miners together were asked for; None where nothing is known of any."""
    known = [miner.validated for miner in miners if miner.validated is not None]
    found: dict[str, list[Asked]] = {}
    for one in known:
        for zipcode, asked in one.zipcodes.items():
            found.setdefault(zipcode, []).append(asked)
    if not known:
        return None
    return replace(known[0], zipcodes={zipcode: summed(zipcode, each) for zipcode, each in found.items()})
