"""What miners do that was planted to cheat: one lies, another takes what a third has uploaded.

Neither hides with skill: what judges a fleet has to find it by what validators say of it.
"""

from __future__ import annotations

import json
from random import Random

from netctl.rehearsal.uploads import Bucket, Roster, zipcode_of
from netctl.rehearsal.world import HOST, Listing

HONEST_SHARE = 0.4
INVENTED_PER_LISTING = 0.5
COPY_MARK = "?copy"
COPIED_HOURS = 3


class Liar:
    """Keeps a part of each page as it is, alters the price of the rest, and invents homes beside them."""

    def __init__(self, seed: str) -> None:
        self._seed = seed

    def embellish(self, page: list[Listing]) -> list[Listing]:
        """What it stores instead of a page. The same listing is told the same way each time."""
        told: list[Listing] = []
        for listing in page:
            rng = Random(f"{self._seed} {listing.uri}")
            told.append(listing if rng.random() < HONEST_SHARE else _altered(listing, rng))
            if rng.random() < INVENTED_PER_LISTING:
                told.append(_invented(listing, rng))
        return told


class Copier:
    """Takes what another miner has uploaded, and each listing a second time under another uri, as if it were two."""

    def __init__(self, bucket: Bucket, roster: Roster, whom: str) -> None:
        self._bucket = bucket
        self._roster = roster
        self._whom = whom

    def take(self, now_s: float) -> list[Listing]:
        """What the other uploaded in the hours before a moment of subnet time; nothing while it is not known."""
        hotkey = self._roster.hotkey(self._whom)
        uploads = self._bucket.of(hotkey) if hotkey is not None else []
        taken: dict[str, Listing] = {}
        for upload in uploads:
            if now_s - COPIED_HOURS * 3_600 <= upload.moment_s < now_s:
                for row in upload.rows():
                    for uri in (row.uri, row.uri + COPY_MARK):
                        taken[uri] = Listing(uri, zipcode_of(upload.job), 0, row.content.encode())
        return list(taken.values())


def _altered(listing: Listing, rng: Random) -> Listing:
    content = json.loads(listing.content)
    content["price_usd"] += rng.randint(1, 9) * 10_000
    return Listing(listing.uri, listing.zipcode, listing.listed_hour, _packed(content))


def _invented(listing: Listing, rng: Random) -> Listing:
    content = json.loads(listing.content)
    number = rng.randint(10_000, 99_999)
    content["uri"] = f"{HOST}/{listing.zipcode}/{number}-{rng.randint(1, 999)}"
    content["address"] = f"{number}-{rng.randint(1, 10**6)} Nowhere Rd, {listing.zipcode}"
    return Listing(content["uri"], listing.zipcode, listing.listed_hour, _packed(content))


def _packed(content: dict[str, object]) -> bytes:
    return json.dumps(content, separators=(",", ":")).encode()
