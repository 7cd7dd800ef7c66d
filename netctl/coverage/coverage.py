"""A fleet's coverage: each miner's, that of all together, how alike they are, and what nobody holds. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

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
    miners = tuple(_reach(universe, within(one, universe), validated.get(one.miner)) for one in held)
    readable = [miner for miner in miners if miner.problem is None]
    holders: dict[str, list[str]] = {}
    for miner in readable:
        for zipcode in miner.zipcodes:
            holders.setdefault(zipcode, []).append(miner.name)
    return Coverage(
        universe=universe,
        miners=miners,
        together=_reach(universe, _together(readable), _all_validated(miners)),
        holders={zipcode: tuple(names) for zipcode, names in holders.items()},
        overlap=jaccard_matrix([miner.zipcodes.keys() for miner in readable]),
        volume=_spread([miner.entities for miner in readable]),
        breadth=_spread([len(miner.zipcodes) for miner in readable]),
        gaps=tuple(place for zipcode, place in universe.places.items() if zipcode not in holders),
    )


def _reach(universe: Universe, held: Held, validated: Validated | None) -> Reach:
    labels = held.zipcodes
    return Reach(
        name=held.miner,
        zipcodes=labels,
        entities=sum(label.entities for label in labels.values()),
        bytes=sum(label.bytes for label in labels.values()),
        last_s=max((label.last_s for label in labels.values() if label.last_s is not None), default=None),
        tiers=_parts(universe, labels, universe.tiers, lambda place: place.tier),
        regions=_parts(universe, labels, universe.regions, lambda place: place.region),
        states=_parts(universe, labels, universe.states, lambda place: place.state),
        spread=_spread([labels[z].entities if z in labels else 0 for z in universe.places]),
        others=held.others,
        validated=validated if validated is None else _narrowed(validated, universe),
        path=held.path,
        problem=held.problem,
    )


def _parts(
    universe: Universe, labels: Mapping[str, Label], names: Iterable[str], of: Callable[[Place], str]
) -> tuple[Part, ...]:
    counts = {name: [0, 0, 0, 0] for name in names}
    for zipcode, place in universe.places.items():
        count = counts.get(of(place))
        if count is None:
            continue
        count[0] += 1
        label = labels.get(zipcode)
        if label is not None:
            count[1] += 1
            count[2] += label.entities
            count[3] += label.bytes
    return tuple(Part(name, *count) for name, count in counts.items())


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
