"""The map in characters, for a terminal: each cell tells what is held of the zipcodes that lie in it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from netctl.coverage.drawn import Drawing, Spot
from netctl.coverage.projection import ASPECT, Point

Kind = Literal["sea", "land", "none", "some", "all"]
MARKS: dict[Kind, str] = {"sea": " ", "land": "·", "none": "o", "some": "+", "all": "#"}
MEANINGS: dict[Kind, str] = {
    "all": "every zipcode here is held",
    "some": "some are",
    "none": "none is",
    "land": "the list has none here",
}
CELL_ASPECT = 0.5
"""A character is about twice as high as wide."""


def cells_of(drawing: Drawing, width: int) -> list[list[Kind]]:
    """Rows of cells, `width` in each."""
    height = max(1, round(width * CELL_ASPECT / ASPECT))
    cells: list[list[Kind]] = [["sea"] * width for _ in range(height)]
    for point in drawing.land:
        row, column = _cell(point, width, height)
        cells[row][column] = "land"
    spots: dict[tuple[int, int], list[Spot]] = {}
    for spot in drawing.spots:
        spots.setdefault(_cell(spot.point, width, height), []).append(spot)
    for (row, column), here in spots.items():
        cells[row][column] = _kind(here)
    return cells


def _cell(point: Point, width: int, height: int) -> tuple[int, int]:
    return min(height - 1, int(point.y * height)), min(width - 1, int(point.x * width))


def _kind(spots: Sequence[Spot]) -> Kind:
    held = sum(bool(spot.holders) for spot in spots)
    if held == len(spots):
        return "all"
    return "some" if held else "none"
