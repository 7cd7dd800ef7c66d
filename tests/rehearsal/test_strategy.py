"""Strategy files in both forms, and what is wrong with bad ones."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from netctl.rehearsal.strategy import Strategy, StrategyError, load_strategy, parse_strategy

pytestmark = pytest.mark.fast
KNOWN = ("77494", "08701", "10001")


def resi(labels: list[list[str]], cadence: Any = 300, **more: Any) -> dict[str, Any]:
    entries = [{"label_choices": choice, "max_data_entities": 41} for choice in labels]
    config = {"scraper_id": "RapidAPI.zillow", "cadence_seconds": cadence, "labels_to_scrape": entries}
    return {"scraper_configs": [config], **more}


def test_both_forms_say_the_same() -> None:
    short = {"target_zipcodes": ["08701", "77494"], "strategy": "premium_focus", "scrape_frequency": 300}
    wanted = Strategy("premium_focus", ("08701", "77494"), 300.0)
    assert parse_strategy(short, KNOWN) == wanted
    assert parse_strategy(resi([["zip:08701"], ["zip:77494", "zip:08701"]], strategy="premium_focus"), KNOWN) == wanted


def test_no_file_and_no_zipcodes_mean_all_of_them_and_organic() -> None:
    assert load_strategy(None, KNOWN) == parse_strategy({}, KNOWN) == Strategy("organic", KNOWN, 300.0)
    assert parse_strategy({}, KNOWN).is_organic
    assert not parse_strategy({"strategy": "everything"}, KNOWN).is_organic


def test_unknown_zipcodes_are_left_out_and_told() -> None:
    found = parse_strategy({"target_zipcodes": ["10001", "33101"]}, KNOWN)
    assert (found.zipcodes, found.unknown) == (("10001",), ("33101",))


@pytest.mark.parametrize(
    ("document", "words"),
    [
        ([], "expected an object"),
        ({"strategy": 7}, "strategy: expected a name"),
        ({"target_zipcodes": "77494"}, "target_zipcodes: expected a list"),
        ({"target_zipcodes": [77494]}, "target_zipcodes: expected a list of strings"),
        ({"scrape_frequency": 0}, "scrape_frequency: expected a number of seconds above zero, found 0"),
        ({"scrape_frequency": True}, "scrape_frequency"),
        ({"target_zipcodes": ["33101"]}, "none of its zipcodes is known: 33101"),
        ({"scraper_configs": []}, "scraper_configs: expected a list"),
        ({"scraper_configs": [3]}, "scraper_configs[0]: expected an object"),
        (resi([], cadence="soon"), "scraper_configs[0].cadence_seconds"),
        (resi([[5]]), "scraper_configs[0].labels_to_scrape.label_choices"),  # type: ignore[list-item]
    ],
)
def test_a_bad_file_is_refused_with_its_name_and_field(tmp_path: Path, document: Any, words: str) -> None:
    path = tmp_path / "strategy.json"
    path.write_text(json.dumps(document))
    with pytest.raises(StrategyError) as caught:
        load_strategy(path, KNOWN)
    assert str(caught.value).startswith(f"{path}: ")
    assert words in str(caught.value)


def test_a_file_that_is_missing_or_not_json_is_refused(tmp_path: Path) -> None:
    broken = tmp_path / "broken.json"
    broken.write_text("{")
    for path, words in ((tmp_path / "missing.json", "cannot be read"), (broken, "not JSON")):
        with pytest.raises(StrategyError, match=words):
            load_strategy(path, KNOWN)
