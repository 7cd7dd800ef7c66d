"""The made-up housing market that stands for the public web site: what is for sale in a zipcode at a moment.

A pure function of zipcode, tick (five minutes) and seed. A miner reads it page by page and pays for each page from its
budget; a validator looks single listings up. It is the only thing that both know, as the web would be. It is quick:
a home is for sale for two to sixteen hours, so that a day has something to show.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cached_property
from hashlib import blake2b

from netctl.rehearsal.zipcodes import Zipcode, all_zipcodes

PAGE_SIZE = 41
TICKS_PER_HOUR = 12
SHORTEST_STAY, STAYS = 24, 169  # in ticks
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

    @property
    def zpid(self) -> str:
        return zpid_of(self.uri)


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

    def page(self, zipcode: str, tick: int) -> list[Listing]:
        """What one request brings: the newest listings of a zipcode, at most PAGE_SIZE."""
        on_market = [self._on_market(zipcode, slot, tick) for slot in range(self.size(zipcode))]
        newest = sorted(on_market, key=lambda found: (-found[1], found[0]))[:PAGE_SIZE]
        return [self._listing(zipcode, slot, generation) for slot, _, generation in newest]

    def find(self, uri: str, hour: int) -> Listing | None:
        """The listing behind a uri, if it was on the market at any moment of that hour."""
        zipcode, _, rest = uri.removeprefix(f"{HOST}/").partition("/")
        parts = rest.split("-")
        if len(parts) != 2 or not all(part.isascii() and part.isdigit() and len(part) <= 9 for part in parts):
            return None
        slot, generation = int(parts[0]), int(parts[1])
        if slot >= self.size(zipcode):
            return None
        stay, phase = self._rhythm(zipcode, slot)
        start = generation * stay - phase
        is_there = start < (hour + 1) * TICKS_PER_HOUR and start + stay > hour * TICKS_PER_HOUR
        listing = self._listing(zipcode, slot, generation)
        return listing if is_there and listing.uri == uri else None

    def _on_market(self, zipcode: str, slot: int, tick: int) -> tuple[int, int, int]:
        stay, phase = self._rhythm(zipcode, slot)
        generation, age = divmod(tick + phase, stay)
        return slot, tick - age, generation

    def _rhythm(self, zipcode: str, slot: int) -> tuple[int, int]:
        # A home stays for a while on the market; then another takes its slot.
        draw = self._draw(zipcode, slot, 0)
        return SHORTEST_STAY + draw[0] % STAYS, draw[1] * 256 + draw[2]

    def _listing(self, zipcode: str, slot: int, generation: int) -> Listing:
        stay, phase = self._rhythm(zipcode, slot)
        listed_hour = (generation * stay - phase) // TICKS_PER_HOUR
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
            "listed_hour": listed_hour,
        }
        return Listing(uri, zipcode, listed_hour, json.dumps(content, separators=(",", ":")).encode())

    def _draw(self, zipcode: str, slot: int, generation: int) -> bytes:
        return blake2b(f"{self.seed}/{zipcode}/{slot}/{generation}".encode(), digest_size=16).digest()


def zpid_of(uri: str) -> str:
    """The market's own number of a listing, as RESI's have one; made of the uri."""
    return "".join(character for character in uri if character.isdigit()) or "0"
