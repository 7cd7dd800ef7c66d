"""A miner's scraping: so many pages per cadence and no more, so that where it looks decides what it has."""

from __future__ import annotations

import logging
from random import Random

from netctl.rehearsal.organic import OrganicMix
from netctl.rehearsal.store import Store
from netctl.rehearsal.strategy import Strategy
from netctl.rehearsal.world import World

PAGES_PER_SCRAPE = 3
_log = logging.getLogger("rehearsal")


class Scraper:
    """Fills one store by one strategy."""

    def __init__(self, strategy: Strategy, world: World, store: Store, rng: Random) -> None:
        self._world = world
        self._store = store
        self.mix = OrganicMix(strategy.zipcodes, world.zipcodes, rng) if strategy.is_organic else None
        self._round = list(strategy.zipcodes)
        rng.shuffle(self._round)
        self._next = 0

    def scrape(self, *, hour: int, now_s: float) -> int:
        """Spend one cadence's pages; returns how many listings they brought."""
        found = 0
        for zipcode in self._choose(hour):
            _log.debug("Scraping %s for ForSale properties: Houses, Condos, Townhomes", zipcode)
            page = self._world.page(zipcode, hour)
            self._store.add(page, hour=hour, now_s=now_s)
            _log.debug("Found %d properties in %s", len(page), zipcode)
            found += len(page)
        return found

    def _choose(self, hour: int) -> list[str]:
        if self.mix is not None:
            return self.mix.draw(PAGES_PER_SCRAPE, hour)
        chosen = []
        for _ in range(min(PAGES_PER_SCRAPE, len(self._round))):
            chosen.append(self._round[self._next % len(self._round)])
            self._next += 1
        return chosen
