"""What the rules pay for, shown by the real mining and scoring code under a simulated clock."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from netctl.rehearsal.scoring import PREMIUM_ZIPCODES
from tests.rehearsal.market import PLAN_PREMIUM, Market, by_geography

PROFILES = Path(__file__).parents[2] / "profiles"


def test_the_premium_miner_leads_because_of_its_weight() -> None:
    assert by_geography(premium_weight=4.0, seed=1).run(3).leader() == "premium"
    assert by_geography(premium_weight=1.0, seed=1).run(3).leader() == "everything"


def test_looking_where_another_looks_pays_less_than_looking_alone() -> None:
    alike = {"strategy": "alike", "target_zipcodes": PLAN_PREMIUM}
    alone = Market(4.0, {"first": alike}).run(1)
    together = Market(4.0, {"first": alike, "second": alike}).run(1)
    assert together.income("first") < 0.6 * alone.income("first")


def test_a_byte_that_nobody_else_holds_is_worth_twice_one_that_two_hold() -> None:
    """In the shipped profile that puts it to the test, with its own strategies."""
    miners = yaml.safe_load((PROFILES / "shared-ground.yaml").read_text(encoding="utf-8"))["miners"]
    strategies = {miner["name"]: miner["strategy"] for miner in miners}
    market = Market(4.0, strategies).run(1)
    pay = {name: market.pay_for_a_byte(name) for name in strategies}
    assert pay["miner_1"] == pytest.approx(pay["miner_2"], rel=0.2)
    for alone in ("miner_3", "miner_4"):
        assert 1.5 < pay[alone] / pay["miner_1"] < 2.2


@pytest.mark.slow
def test_an_organic_miner_finds_what_pays_and_overtakes_those_who_keep_an_even_mix() -> None:
    even = {"strategy": "even_mix"}
    market = Market(4.0, {"organic": {"strategy": "organic"}, "even_1": even, "even_2": even})
    market.run(8, learn_every_s=300)
    mix = market.scrapers["organic"].mix
    assert mix is not None
    premium = sum(share for code, share in mix.zipcode_shares.items() if code in PREMIUM_ZIPCODES)
    assert premium > 2 * len(PREMIUM_ZIPCODES) / len(mix.zipcode_shares)
    assert market.income("organic") > 1.2 * max(market.income("even_1"), market.income("even_2"))


def test_the_same_seed_gives_the_same_scores() -> None:
    first, second = (by_geography(4.0, seed=7).run(1).scores for _ in range(2))
    assert first == second
    assert first != by_geography(4.0, seed=8).run(1).scores
