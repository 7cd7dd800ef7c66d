"""The zipcodes of the made-up housing market: real places, with populations rounded by hand.

Only a part of the country, enough of every state that a strategy by region, by size or by state means something.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

# Population from which a zipcode belongs to tier 1, 2, 3; below the last it is tier 4.
TIER_FLOORS = (85_000, 55_000, 25_000)

_NORTHEAST = "CT ME MA NH RI VT NJ NY PA"
_MIDWEST = "IL IN MI OH WI IA KS MN MO NE ND SD"
_WEST = "AZ CO ID MT NV NM UT WY AK CA HI OR WA"
REGION_BY_STATE = (
    dict.fromkeys(_NORTHEAST.split(), "northeast")
    | dict.fromkeys(_MIDWEST.split(), "midwest")
    | dict.fromkeys(_WEST.split(), "west")
)


@dataclass(frozen=True)
class Zipcode:
    """A zipcode as everybody can know it: place, people, and what follows from them."""

    code: str
    city: str
    state: str
    population: int

    @property
    def region(self) -> str:
        return REGION_BY_STATE.get(self.state, "south")

    @property
    def tier(self) -> int:
        return 1 + sum(self.population < floor for floor in TIER_FLOORS)


@cache
def all_zipcodes() -> dict[str, Zipcode]:
    """Every zipcode by its code, in the order of the file."""
    text = (files(__package__) / "zipcodes.csv").read_text(encoding="utf-8")
    rows = csv.DictReader(text.splitlines())
    return {row["zipcode"]: Zipcode(row["zipcode"], row["city"], row["state"], int(row["population"])) for row in rows}
