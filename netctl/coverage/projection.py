"""The map of the US: contiguous states in Albers' equal-area conic projection, Alaska and Hawaii as insets below them.

The formulas are those of J. P. Snyder, Map Projections: A Working Manual (USGS Professional Paper 1395), pages 98 to
103, for a sphere. The parallels and where the insets stand are the usual ones of composite maps (d3's geoAlbersUsa).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import cos, radians, sin, sqrt

LEFT, RIGHT, TOP, BOTTOM = -0.425, 0.39, -0.245, 0.245
"""What the frame holds, in radii of the earth around its middle; y grows downward."""
ASPECT = (RIGHT - LEFT) / (BOTTOM - TOP)
"""The frame's width over its height."""

NOT_DRAWN = frozenset({"AS", "FM", "GU", "MH", "MP", "PR", "PW", "VI", "AA", "AE", "AP", ""})
"""Territories and the forces' post offices abroad."""


@dataclass(frozen=True, slots=True)
class Position:
    """Where a zipcode is: degrees north and east, and the state's letters."""

    latitude: float
    longitude: float
    state: str


@dataclass(frozen=True, slots=True)
class Point:
    """Where it is drawn: shares of the frame's width and height, from its left top corner."""

    x: float
    y: float


class _Albers:
    """One conic with two standard parallels, moved so that its middle stands at `at`, and scaled."""

    def __init__(
        self, parallels: tuple[float, float], middle: tuple[float, float], at: tuple[float, float], scale: float
    ) -> None:
        low, high = (sin(radians(degrees)) for degrees in parallels)
        self._n = (low + high) / 2
        self._c = 1 + low * high
        self._latitude, self._longitude = middle
        self._at, self._scale = at, scale
        self._middle_radius = self._radius(self._latitude)

    def _radius(self, latitude: float) -> float:
        return sqrt(self._c - 2 * self._n * sin(radians(latitude))) / self._n

    def place(self, latitude: float, longitude: float) -> tuple[float, float]:
        """Radii of the earth from the frame's middle, downward positive."""
        # The Aleutians go on beyond the 180th meridian.
        east = (longitude - self._longitude + 180) % 360 - 180
        radius, angle = self._radius(latitude), self._n * radians(east)
        x, down = radius * sin(angle), radius * cos(angle) - self._middle_radius
        return self._at[0] + self._scale * x, self._at[1] + self._scale * down


_CONTIGUOUS = _Albers((29.5, 45.5), (38.7, -96.6), (0.0, 0.0), 1.0)
_INSETS: Mapping[str, _Albers] = {
    "AK": _Albers((55.0, 65.0), (58.5, -156.0), (-0.307, 0.201), 0.35),
    "HI": _Albers((8.0, 18.0), (19.9, -160.0), (-0.205, 0.212), 1.0),
}


def point_of(position: Position) -> Point | None:
    """Where a position is drawn; None for what is on no part of the map, or given wrong."""
    if position.state in NOT_DRAWN:
        return None
    x, y = _INSETS.get(position.state, _CONTIGUOUS).place(position.latitude, position.longitude)
    if not (LEFT <= x <= RIGHT and TOP <= y <= BOTTOM):
        return None
    return Point((x - LEFT) / (RIGHT - LEFT), (y - TOP) / (BOTTOM - TOP))
