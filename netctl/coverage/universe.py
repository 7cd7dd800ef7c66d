"""The zipcodes that there are, as the subnet lists them: each with its place, its tier and whether it is premium."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace

from netctl.coverage.regions import ELSEWHERE, REGIONS, region_of
from netctl.pack_model import ZipcodeList

NO_TIER = "none"
"""The tier of a zipcode that no tier of the pack takes, or whose rank is no number."""


@dataclass(frozen=True, slots=True)
class Place:
    """One zipcode, its leading zeros kept. `rank` is what the list says; None where it says nothing."""

    zipcode: str
    city: str
    state: str
    region: str
    tier: str
    rank: int | None
    premium: bool


@dataclass(frozen=True, slots=True)
class Universe:
    """All of them, the largest first. `premium` is what the pack names, in its order, also what the list lacks.

    The weights are what premium ones and all others multiply their worth by; None where the pack does not say.
    """

    source: str
    places: Mapping[str, Place]
    tiers: tuple[str, ...]
    premium: tuple[str, ...]
    premium_weight: float | None
    other_weight: float | None = None

    @property
    def regions(self) -> tuple[str, ...]:
        """The regions that have a place, in the Census Bureau's order."""
        found = {place.region for place in self.places.values()}
        return tuple(region for region in (*REGIONS, ELSEWHERE) if region in found)

    @property
    def states(self) -> tuple[str, ...]:
        """The states that have a place, by their letters; "" where a place names none."""
        return tuple(sorted({place.state for place in self.places.values()}))

    def narrowed(self, *, tiers: Collection[str] = (), states: Collection[str] = ()) -> Universe:
        """The same with only the places of these tiers and states; none named means all of them."""
        kept = {
            zipcode: place
            for zipcode, place in self.places.items()
            if (not tiers or place.tier in tiers) and (not states or place.state in states)
        }
        premium = self.premium if not (tiers or states) else tuple(z for z in self.premium if z in kept)
        return replace(
            self, places=kept, tiers=tuple(t for t in self.tiers if not tiers or t in tiers), premium=premium
        )


def universe_of(spec: ZipcodeList, rows: Iterable[Mapping[str, str]]) -> Universe:
    """The universe by a pack's list and the rows of its file. Of a zipcode that stands there twice the first counts."""
    premium = spec.premium.zipcodes if spec.premium is not None else ()
    found: dict[str, Place] = {}
    for row in rows:
        place = _place(spec, row, frozenset(premium))
        if place.zipcode:
            found.setdefault(place.zipcode, place)
    sign = -1 if spec.largest_first else 1
    ordered = sorted(found.values(), key=lambda p: (p.rank is None, sign * (p.rank or 0)))
    tiers = tuple(tier.name for tier in spec.tiers)
    if spec.tiers and any(place.tier == NO_TIER for place in ordered):
        tiers = (*tiers, NO_TIER)
    weight, others = (None, None) if spec.premium is None else (spec.premium.weight, spec.premium.others)
    return Universe(spec.path, {place.zipcode: place for place in ordered}, tiers, premium, weight, others)


def _place(spec: ZipcodeList, row: Mapping[str, str], premium: Collection[str]) -> Place:
    zipcode, state = _field(row, spec.zipcode), _field(row, spec.state)
    rank = _field(row, spec.rank)
    known = int(rank) if rank.isascii() and rank.isdigit() else None
    return Place(
        zipcode=zipcode,
        city=_field(row, spec.city),
        state=state,
        region=region_of(state),
        tier=_tier(spec, known),
        rank=known,
        premium=zipcode in premium,
    )


def _field(row: Mapping[str, str], column: str | None) -> str:
    # A row that is short has None where its column would be.
    return (row.get(column) or "").strip() if column is not None else ""


def _tier(spec: ZipcodeList, rank: int | None) -> str:
    if rank is None:
        return NO_TIER
    for tier in spec.tiers:
        above = tier.first_rank is None or rank >= tier.first_rank
        if above and (tier.last_rank is None or rank <= tier.last_rank):
            return tier.name
    return NO_TIER
