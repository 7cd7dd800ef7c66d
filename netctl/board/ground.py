"""The coverage as a document for a map that the page draws: places, and who holds which of them."""

from __future__ import annotations

from base64 import b64encode
from typing import Any

from netctl.coverage.coverage import Coverage
from netctl.coverage.drawn import Drawing
from netctl.coverage.projection import ASPECT

COLUMNS = 150
"""The land is drawn as dots on a grid so fine."""


def document(coverage: Coverage, drawing: Drawing) -> dict[str, Any]:
    """`held` has a bit for each of `places` in their order, by miner, the first in the lowest bit of the first byte.

    A place is its zipcode, its shares of the map's width and height, its tier's number, 1 if it is premium, and a name.
    """
    tiers = list(coverage.universe.tiers)
    order = {tier: number for number, tier in enumerate(tiers)}
    parts = coverage.together.tiers
    return {
        "why": None,
        "aspect": round(ASPECT, 4),
        "source": coverage.universe.source,
        "land": _land(drawing),
        "tiers": [{"name": part.name, "zipcodes": part.zipcodes, "held": part.held} for part in parts],
        "places": [
            (
                spot.place.zipcode,
                round(spot.point.x, 4),
                round(spot.point.y, 4),
                order.get(spot.place.tier, -1),
                int(spot.place.premium),
                f"{spot.place.city}, {spot.place.state}".strip(" ,"),
            )
            for spot in drawing.spots
        ],
        "miners": [
            {
                "name": miner.name,
                "problem": miner.problem,
                "zipcodes": len(miner.zipcodes),
                "entities": miner.entities,
                "validated": None if miner.validated is None else miner.validated.passed,
            }
            for miner in coverage.miners
        ],
        "held": {miner.name: _bits(miner.zipcodes, drawing) for miner in coverage.readable},
        "zipcodes": len(coverage.universe.places),
        "gaps": len(coverage.gaps),
        "unplaced": len(drawing.unplaced),
    }


def _bits(zipcodes: Any, drawing: Drawing) -> str:
    found = bytearray((len(drawing.spots) + 7) // 8)
    for number, spot in enumerate(drawing.spots):
        if spot.place.zipcode in zipcodes:
            found[number // 8] |= 1 << number % 8
    return b64encode(found).decode()


def _land(drawing: Drawing) -> dict[str, Any]:
    rows = round(COLUMNS / ASPECT)
    cells = {min(rows - 1, int(p.y * rows)) * COLUMNS + min(COLUMNS - 1, int(p.x * COLUMNS)) for p in drawing.land}
    return {"columns": COLUMNS, "rows": rows, "cells": sorted(cells)}
