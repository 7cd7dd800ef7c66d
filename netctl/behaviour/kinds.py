"""Kinds of places: premium, or the tier of those that are not; and their regions."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from netctl.coverage.universe import Universe

PREMIUM = "premium"
OTHER = "other"


@dataclass(frozen=True, slots=True)
class Kinds:
    """What each zipcode is: `kind_of` and `region_of` by zipcode; `share` is what of the list is premium."""

    premium: tuple[str, ...]
    kind_of: Mapping[str, str]
    region_of: Mapping[str, str]
    share: float | None
    names: tuple[str, ...]

    def kind(self, zipcode: str) -> str:
        """Its kind; "other" for one that is in no list."""
        return self.kind_of.get(zipcode, PREMIUM if zipcode in self.premium else OTHER)

    def region(self, zipcode: str) -> str:
        """Its region; "other" for one that is in no list."""
        return self.region_of.get(zipcode, OTHER)


def kinds_of(universe: Universe | None, premium: Collection[str] = ()) -> Kinds:
    """By the subnet's list; where that cannot be read, only premium ones are told from others."""
    if universe is None:
        return Kinds(tuple(premium), {}, {}, None, (PREMIUM, OTHER))
    places = universe.places
    kind_of = {code: PREMIUM if place.premium else place.tier for code, place in places.items()}
    count = sum(place.premium for place in places.values())
    return Kinds(
        universe.premium,
        kind_of,
        {code: place.region for code, place in places.items()},
        count / len(places) if places else None,
        (PREMIUM, *universe.tiers),
    )
