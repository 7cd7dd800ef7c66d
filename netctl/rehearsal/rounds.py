"""A miner's rounds through the day: scrape as one begins, upload soon after, before its middle, when validators look.

What a round does depends on its number alone: one that comes late, or is made up for, finds what it would have found.
"""

from __future__ import annotations

from math import ceil

from netctl.rehearsal.day import Day
from netctl.rehearsal.mischief import Copier
from netctl.rehearsal.scraper import Scraper
from netctl.rehearsal.store import Store
from netctl.rehearsal.uploader import Uploader

UPLOADS_AT = 0.2  # of a round


class Rounds:
    """One miner's; `uploader` is None for a miner without a rehearsal's place, `copier` for an honest one."""

    def __init__(
        self, length_s: float, store: Store, scraper: Scraper, uploader: Uploader | None, copier: Copier | None
    ) -> None:
        self._length_s = length_s
        self._store = store
        self._scraper = scraper
        self._uploader = uploader
        self._copier = copier

    def at(self, moment_s: float) -> int:
        """The number of the round in which a moment of the day falls."""
        return int(moment_s // self._length_s)

    def begins(self, number: int) -> float:
        return number * self._length_s

    def uploads_at(self, number: int) -> float:
        return (number + UPLOADS_AT) * self._length_s

    def scrape(self, number: int, day: Day) -> None:
        """All scrapes that fall into a round, at its beginning: a cadence of 360 s leaves one round in six without."""
        if self._copier is not None:
            moment_s = self.begins(number)
            now_s = day.first_s + moment_s
            self._store.add(self._copier.take(now_s), hour=day.hour(moment_s), now_s=now_s)
        cadence_s = self._scraper.cadence_s
        turn = ceil(self.begins(number) / cadence_s)
        while turn * cadence_s < self.begins(number + 1):
            self._scraper.scrape(turn, day)
            turn += 1

    def upload(self, number: int, day: Day, *, is_registered: bool) -> None:
        """As on RESI's testnet, the first upload comes five minutes after the start."""
        if self._uploader is not None and number > 0:
            self._uploader.upload(day, self.uploads_at(number), is_registered=is_registered)
