"""Scrapes one label of each list per cadence, in a thread of its own that nobody watches."""

from __future__ import annotations

import json
import random
import threading
import time
import traceback
from pathlib import Path

import bittensor as bt
from common.constants import MINUTE_S
from scraping.provider import SCRAPERS
from storage.miner.sqlite_miner_storage import SqliteMinerStorage


class ScraperCoordinator:
    def __init__(self, path: str, storage: SqliteMinerStorage) -> None:
        bt.logging.info(f"Loading scraping config from {path}.")
        self.config = json.loads(Path(path).read_text())["scraper_configs"]
        bt.logging.success(f"Loaded scraping config: {self.config}.")
        self.storage = storage

    def run_in_background_thread(self) -> None:
        threading.Thread(target=self._run, daemon=True).start()

    def _run(self) -> None:
        scrapers = [(SCRAPERS[part["scraper_id"]](), part) for part in self.config]
        while True:
            for scraper, part in scrapers:
                for listed in part["labels_to_scrape"]:
                    self._scrape(scraper, random.choice(listed["label_choices"]))
            time.sleep(min(part["cadence_seconds"] for _, part in scrapers) / 60 * MINUTE_S)

    def _scrape(self, scraper: object, label: str) -> None:
        zipcode = label.removeprefix("zip:")
        try:
            self.storage.store(scraper.scrape(zipcode))
        except Exception:  # noqa: BLE001  the next label may do
            bt.logging.error(f"Error scraping {zipcode}: {traceback.format_exc()}")
