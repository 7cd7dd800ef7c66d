"""Where a miner looks, as told by the file behind `--neuron.scraping_config_file`.

The usual form is the RESI scraping configuration, with one more key, `strategy`:

    {"strategy": "premium_focus",
     "scraper_configs": [{"scraper_id": "RapidAPI.zillow", "cadence_seconds": 300,
                          "labels_to_scrape": [{"label_choices": ["zip:77494", "zip:08701"],
                                                "max_age_hint_minutes": 10080, "max_data_entities": 41}]}]}

The short form says the same:

    {"target_zipcodes": ["77494", "08701"], "strategy": "premium_focus", "scrape_frequency": 300}

- Zipcodes: the union of all labels, in the order of the file. None at all means every zipcode known. Unknown ones
  (not in zipcodes.csv) are warned of and left out; a file in which all are unknown is refused.
- Cadence: seconds of subnet time between two scrapes (the shortest of several configs), divided by
  REHEARSAL_TIME_SCALE. Each scrape fetches a fixed number of pages, whatever the list's length.
- `strategy` is a name for people, with one exception: `organic` starts with an even mix over its zipcodes and then
  follows its own incentive. Without a file, or without the key, a miner is `organic`.
- `max_age_hint_minutes`, `max_data_entities` and unknown keys are accepted and have no effect.
"""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ORGANIC = "organic"
DEFAULT_CADENCE_S = 300.0
LABEL_PREFIX = "zip:"


class StrategyError(ValueError):
    """A strategy file that cannot be used; the message names the file and the field."""


@dataclass(frozen=True)
class Strategy:
    """A miner's orders: `cadence_s` is subnet time, not yet scaled; `unknown` are the zipcodes left out."""

    name: str
    zipcodes: tuple[str, ...]
    cadence_s: float
    unknown: tuple[str, ...] = ()

    @property
    def is_organic(self) -> bool:
        return self.name == ORGANIC


def load_strategy(path: Path | None, known: Collection[str]) -> Strategy:
    """Read a strategy file in either form; no path means `organic` over every known zipcode.

    Raises StrategyError for a file that is missing, not JSON, of the wrong shape, or knows no known zipcode.
    """
    if path is None:
        return Strategy(ORGANIC, tuple(known), DEFAULT_CADENCE_S)
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except OSError as exc:
        raise StrategyError(f"{path}: cannot be read: {exc.strerror}") from exc
    except ValueError as exc:
        raise StrategyError(f"{path}: not JSON: {exc}") from exc
    try:
        return parse_strategy(document, known)
    except StrategyError as exc:
        raise StrategyError(f"{path}: {exc}") from exc


def parse_strategy(document: Any, known: Collection[str]) -> Strategy:
    """Build a Strategy from a parsed document of either form."""
    if not isinstance(document, dict):
        raise StrategyError("expected an object at the top")
    name = document.get("strategy", ORGANIC)
    if not isinstance(name, str) or not name:
        raise StrategyError("strategy: expected a name")
    if "scraper_configs" in document:
        wanted, cadence_s = _from_scraper_configs(document["scraper_configs"])
    else:
        wanted = _zipcodes(document.get("target_zipcodes", []), "target_zipcodes")
        cadence_s = _cadence(document.get("scrape_frequency", DEFAULT_CADENCE_S), "scrape_frequency")
    unique = tuple(dict.fromkeys(wanted))
    chosen = tuple(zipcode for zipcode in unique if zipcode in known)
    unknown = tuple(zipcode for zipcode in unique if zipcode not in known)
    if unknown and not chosen:
        raise StrategyError(f"none of its zipcodes is known: {', '.join(unknown)}")
    return Strategy(name, chosen or tuple(known), cadence_s, unknown)


def _from_scraper_configs(configs: Any) -> tuple[list[str], float]:
    if not isinstance(configs, list) or not configs:
        raise StrategyError("scraper_configs: expected a list with at least one entry")
    wanted: list[str] = []
    cadences: list[float] = []
    for number, config in enumerate(configs):
        where = f"scraper_configs[{number}]"
        if not isinstance(config, dict):
            raise StrategyError(f"{where}: expected an object")
        cadences.append(_cadence(config.get("cadence_seconds", DEFAULT_CADENCE_S), f"{where}.cadence_seconds"))
        entries = config.get("labels_to_scrape", [])
        if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
            raise StrategyError(f"{where}.labels_to_scrape: expected a list of objects")
        for entry in entries:
            labels = _zipcodes(entry.get("label_choices") or [], f"{where}.labels_to_scrape.label_choices")
            wanted += [label.removeprefix(LABEL_PREFIX) for label in labels if label.startswith(LABEL_PREFIX)]
    return wanted, min(cadences)


def _zipcodes(found: Any, where: str) -> list[str]:
    if not isinstance(found, list) or not all(isinstance(item, str) for item in found):
        raise StrategyError(f"{where}: expected a list of strings")
    return found


def _cadence(found: Any, where: str) -> float:
    if isinstance(found, bool) or not isinstance(found, int | float) or not found > 0:
        raise StrategyError(f"{where}: expected a number of seconds above zero, found {found!r}")
    return float(found)
