"""A miner's scraping: so many pages per cadence and no more, so that where it looks decides what it has."""

from __future__ import annotations

import logging
from random import Random

from netctl.rehearsal.api import Api, ApiFailure, RateLimited
from netctl.rehearsal.day import Day
from netctl.rehearsal.logformat import SUCCESS
from netctl.rehearsal.mischief import Liar
from netctl.rehearsal.organic import OrganicMix
from netctl.rehearsal.store import Store
from netctl.rehearsal.strategy import Strategy
from netctl.rehearsal.zipcodes import Zipcode

PAGES_PER_SCRAPE = 3
_log = logging.getLogger("rehearsal")


class Scraper:
    """Fills one store by one strategy."""

    def __init__(
        self, strategy: Strategy, places: dict[str, Zipcode], api: Api, store: Store, rng: Random, liar: Liar | None
    ) -> None:
        self._api = api
        self._store = store
        self._liar = liar
        self.cadence_s = strategy.cadence_s
        self.mix = OrganicMix(strategy.zipcodes, places, rng) if strategy.is_organic else None
        self._round = list(strategy.zipcodes)
        rng.shuffle(self._round)

    def scrape(self, turn: int, day: Day) -> int:
        """Spend one cadence's pages, the `turn`-th of the day; returns how many listings they brought."""
        moment_s = turn * self.cadence_s
        found = 0
        for zipcode in self._choose(turn, day.hour(moment_s)):
            found += self._page(zipcode, moment_s, day)
        _log.log(SUCCESS, "Successfully scraped %d real estate entities", found)
        return found

    def _page(self, zipcode: str, moment_s: float, day: Day) -> int:
        _log.info("Scraping %s for ForSale properties: Houses, Condos, Townhomes", zipcode)
        try:
            page = self._api.page(zipcode, day.tick(moment_s), moment_s)
        except RateLimited:
            _log.warning("Rate limited for location %s. Waiting...", zipcode)
            return 0
        except ApiFailure as exc:
            _log.error("API error for %s: %d - %s", zipcode, exc.status, exc)
            return 0
        except ConnectionError as exc:
            _log.error("Error scraping %s: %s: %s", zipcode, type(exc).__name__, exc)
            return 0
        _log.info("Found %d properties in %s", len(page), zipcode)
        if self._liar is not None:
            page = self._liar.embellish(page)
        self._store.add(page, hour=day.hour(moment_s), now_s=day.first_s + moment_s)
        return len(page)

    def _choose(self, turn: int, hour: int) -> list[str]:
        if self.mix is not None:
            return self.mix.draw(PAGES_PER_SCRAPE, hour)
        first = turn * PAGES_PER_SCRAPE
        pages = min(PAGES_PER_SCRAPE, len(self._round))
        return [self._round[(first + page) % len(self._round)] for page in range(pages)]
