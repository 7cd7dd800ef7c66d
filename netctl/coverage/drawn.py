"""What a map of the coverage shows, before anybody draws it: the land, and every zipcode of the list in its place."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from netctl.coverage.coverage import Coverage
from netctl.coverage.projection import Point, Position, point_of
from netctl.coverage.universe import Place


@dataclass(frozen=True, slots=True)
class Spot:
    """A zipcode of the list: where, what it is, and which miners hold it."""

    point: Point
    place: Place
    holders: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Drawing:
    """All of it. `land` are the places of every zipcode there is; `unplaced` those of the list without a place here."""

    land: tuple[Point, ...]
    spots: tuple[Spot, ...]
    unplaced: tuple[Place, ...]
    miners: int


def drawing_of(coverage: Coverage, positions: Mapping[str, Position]) -> Drawing:
    """Place every zipcode of the list; `positions` are of all zipcodes of the country, for its outline."""
    points = {zipcode: point for zipcode, at in positions.items() if (point := point_of(at)) is not None}
    places = coverage.universe.places
    return Drawing(
        land=tuple(points.values()),
        spots=tuple(Spot(points[z], places[z], coverage.holders.get(z, ())) for z in places if z in points),
        unplaced=tuple(place for zipcode, place in places.items() if zipcode not in points),
        miners=len(coverage.readable),
    )
