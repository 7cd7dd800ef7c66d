"""Metrics of where miners look."""

from __future__ import annotations

import pytest

from tests.judge.made import MINERS, PERIOD_S, Scene

pytestmark = pytest.mark.fast


def test_a_page_with_nothing_on_it_covers_nothing() -> None:
    scene = Scene()
    scene.looked("miner_1", "77494", "10001", "99999")
    scene.looked("miner_2", "94110", found=0)
    found = scene.measured("zipcodes_covered")
    assert (found.value, found.whole) == (2, 6)
    assert (found.figures["miner_1"], found.figures["miner_2"], found.figures["premium"]) == (2, 0, 1)
    assert Scene().measured("zipcodes_covered").value is None


def test_a_region_counts_with_so_many_zipcodes() -> None:
    scene = Scene()
    scene.looked("miner_1", "77494", "08701", "10001", "94110")
    found = scene.measured("regions_covered", zipcodes=1.0)
    assert (found.value, found.whole, found.why) == (3, 3, None)
    two = scene.measured("regions_covered", zipcodes=2.0)
    assert (two.value, two.why) == (1, "not in South, West")


def test_miners_that_look_at_the_same_places_are_told_together() -> None:
    scene = Scene()
    for miner, codes in zip(MINERS, (("77494",), ("77494", "08701"), ("94110", "59901")), strict=True):
        scene.looked(miner, *(codes * 10))
    found = scene.measured("distinct_miners", times=10.0, apart=0.6)
    assert (found.value, found.whole) == (1, 3)
    assert found.why == "alike: miner_1 and miner_2, miner_2 and miner_1"
    assert scene.measured("distinct_miners", times=10.0).value == 3
    assert scene.measured("distinct_miners").value is None


def test_miners_that_go_ways_of_their_own_are_further_apart_at_the_end() -> None:
    scene = Scene(miners=MINERS[:2])
    for miner, late in zip(MINERS, ("77494", "94110"), strict=False):
        first = ["10001"] * 10 if miner == "miner_1" else ["10001"] * 6 + ["59901"] * 4
        scene.looked(miner, *first, *(["10002"] * 20), *([late] * 10))
    found = scene.measured("divergence")
    assert (found.value, found.figures["early"], found.figures["late"]) == (pytest.approx(0.6), pytest.approx(0.4), 1.0)
    assert scene.measured("divergence", times=11.0).value is None


def test_the_first_to_find_a_premium_zipcode_is_named() -> None:
    scene = Scene(scale=60.0)
    scene.looked("miner_1", "10001", at=1.0)
    scene.looked("miner_1", "77494", found=0, at=2.0)
    scene.looked("miner_1", "08701", at=30.0)
    scene.looked("miner_2", "77494", at=20.0)
    found = scene.measured("premium_found")
    assert (found.value, found.most, found.why) == (2, 3, "first miner_2")
    assert found.figures == {"miner_1": 1800.0, "miner_2": 1200.0, "miner_3": None}
    assert [one.time for one in found.evidence] == [20.0, 30.0]


def test_attention_over_zipcodes_and_regions_is_of_what_is_held() -> None:
    scene = Scene()
    scene.looked("miner_1", "77494", "10001", "94110", "59901")
    for number, code in enumerate(("77494", "77494", "10001", "10002")):
        scene.say("validator_1", "bucket_queried", PERIOD_S * number, "miner_1", zipcode=code)
        scene.say("validator_1", "bucket_passed", PERIOD_S * number + 1, "miner_1", zipcode=code)
    found = scene.measured("zipcodes_validated")
    assert (found.value, found.figures["requests"]) == (0.5, 4)
    regions = scene.measured("regions_validated", times=1.0)
    assert (regions.value, regions.most, regions.whole) == (2, 3, 3)
    assert regions.why == "held and not validated: West"


def test_without_the_list_of_zipcodes_the_reason_is_told() -> None:
    scene = Scene(universe="the list cannot be read")
    scene.looked("miner_1", "77494")
    for metric in ("zipcodes_covered", "regions_covered", "premium_found", "regions_validated", "premium_advantage"):
        assert scene.measured(metric).why == "the list cannot be read", metric
