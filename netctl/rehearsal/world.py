"""The made-up housing market that stands for the public web site: what is for sale in a zipcode in an hour.

A pure function of zipcode, hour and seed. A miner reads it page by page and pays for each page from its budget; a
validator looks single listings up. It is the only thing that both know, as the web would be.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cached_property
from hashlib import blake2b

from netctl.rehearsal.zipcodes import Zipcode, all_zipcodes

PAGE_SIZE = 41
PEOPLE_PER_HOME_FOR_SALE = 2_500
HOST = "https://homes.example"
STREETS = ("Oak", "Maple", "Cedar", "Elm", "Main", "Church", "Lake", "Hill", "Mill", "River", "Park", "Sunset")
KINDS = ("SINGLE_FAMILY", "CONDO", "TOWNHOUSE", "MULTI_FAMILY")


@dataclass(frozen=True)
class Listing:
    """One home on the market; `uri` names it for good, `content` is its page as bytes of JSON."""

    uri: str
    zipcode: str
    listed_hour: int
    content: bytes


class World:
    """The market of one seed. Every method is deterministic and keeps nothing."""

    def __init__(self, seed: int) -> None:
        self.seed = seed

    @cached_property
    def zipcodes(self) -> dict[str, Zipcode]:
        return all_zipcodes()

    def size(self, zipcode: str) -> int:
        """How many homes are for sale in a zipcode at any time; 0 for one that does not exist."""
        place = self.zipcodes.get(zipcode)
        return 0 if place is None else max(2, place.population // PEOPLE_PER_HOME_FOR_SALE)

    def page(self, zipcode: str, hour: int) -> list[Listing]:
        """What one request brings: the newest listings of a zipcode, at most PAGE_SIZE."""
        on_market = [self._listing(zipcode, slot, hour) for slot in range(self.size(zipcode))]
        return sorted(on_market, key=lambda listing: (-listing.listed_hour, listing.uri))[:PAGE_SIZE]

    def find(self, uri: str, hour: int) -> Listing | None:
        """The listing behind a uri, if it was on the market in that hour."""
        zipcode, _, rest = uri.removeprefix(f"{HOST}/").partition("/")
        slot_text = rest.partition("-")[0]
        if not slot_text.isascii() or not slot_text.isdigit() or len(slot_text) > 6:
            return None
        slot = int(slot_text)
        if slot >= self.size(zipcode):
            return None
        listing = self._listing(zipcode, slot, hour)
        return listing if listing.uri == uri else None

    def _listing(self, zipcode: str, slot: int, hour: int) -> Listing:
        # A home stays 1 to 10 days on the market; then another takes its slot.
        draw = self._draw(zipcode, slot, 0)
        stay = 24 + draw[0] % 217
        generation, age = divmod(hour + draw[1] * 256 + draw[2], stay)
        home = self._draw(zipcode, slot, generation)
        uri = f"{HOST}/{zipcode}/{slot}-{generation}"
        place = self.zipcodes[zipcode]
        # No two homes of a zipcode share an address: a validator takes that for a duplicate.
        number, street = slot * 1_000 + generation % 1_000 + 1, STREETS[home[2] % len(STREETS)]
        content = {
            "uri": uri,
            "address": f"{number} {street} St, {place.city}, {place.state} {zipcode}",
            "kind": KINDS[home[3] % len(KINDS)],
            "price_usd": 90_000 + (home[4] * 256 + home[5]) * 12,
            "bedrooms": 1 + home[6] % 6,
            "bathrooms": 1 + home[7] % 4,
            "living_area_sqft": 600 + (home[8] * 256 + home[9]) % 4_000,
            "year_built": 1_900 + home[10] % 125,
            "listed_hour": hour - age,
        }
        return Listing(uri, zipcode, hour - age, json.dumps(content, separators=(",", ":")).encode())

    def _draw(self, zipcode: str, slot: int, generation: int) -> bytes:
        return blake2b(f"{self.seed}/{zipcode}/{slot}/{generation}".encode(), digest_size=16).digest()
