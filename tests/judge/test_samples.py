"""Metrics of API validation: the true rate beside the naive one."""

from __future__ import annotations

import pytest

from tests.judge.made import MINERS, PERIOD_S, Scene

pytestmark = pytest.mark.fast


def outage() -> Scene:
    """Ten rounds; in the third and fourth the API answers nothing."""
    scene = Scene()
    for number in range(10):
        for miner in MINERS:
            scene.turn(miner, PERIOD_S * number, outcomes="aaaa" if number in (3, 4) else "cccr")
    return scene


def test_an_outage_raises_the_naive_rate_and_not_ours() -> None:
    found = outage().measured("api_success")
    assert found.value == pytest.approx(0.75)
    assert found.naive == pytest.approx((8 * 3 + 2 * 4) / 40)
    assert found.naive > found.value
    answered = outage().measured("api_answered")
    assert (answered.value, answered.figures["assumed"]) == (0.8, 24)


def test_an_outage_is_named_with_its_length_and_its_first_line() -> None:
    found = outage().measured("api_outage")
    assert (found.value, found.naive) == (200.0, 0.0)
    assert found.evidence[0].time == 301.0
    assert Scene(scale=60.0).measured("api_outage").value is None
    quiet = Scene()
    quiet.rounds(5)
    assert quiet.measured("api_outage").value == 0.0


def test_an_outage_that_is_not_over_lasts_until_now() -> None:
    scene = Scene()
    scene.rounds(5)
    for miner in MINERS:
        scene.turn(miner, 500.0, outcomes="aa")
    assert scene.measured("api_outage").value == pytest.approx(499.0)


def test_an_evaluation_is_covered_when_the_api_answered_for_it() -> None:
    found = outage().measured("api_coverage")
    assert (found.value, found.naive) == (0.8, 1.0)
    assert outage().measured("api_coverage", samples=5.0).value == 0.0


def test_a_miner_that_lies_is_named() -> None:
    scene = Scene()
    for number in range(10):
        for miner in MINERS:
            scene.turn(miner, PERIOD_S * number, outcomes="crrr" if miner == "miner_2" else "cccc")
    found = scene.measured("miners_verified")
    assert (found.value, found.most, found.whole, found.why) == (2, 2, 3, "below: miner_2")
    assert found.figures == {"miner_1": 1.0, "miner_2": 0.25, "miner_3": 1.0}
    assert {one.what for one in found.evidence} == {"api_result outcome=refuted valid=False"}


def test_a_miner_with_few_samples_is_not_decided() -> None:
    scene = Scene()
    for number in range(10):
        scene.turn("miner_1", PERIOD_S * number)
        scene.turn("miner_2", PERIOD_S * number)
    found = scene.measured("miners_verified")
    assert (found.value, found.most) == (2, 3)


def test_the_miner_with_fewest_samples_decides_how_many_there_are() -> None:
    scene = Scene()
    for number in range(4):
        for miner, outcomes in zip(MINERS, ("c" * 10, "c" * 10, "c" * (2 if number else 10)), strict=True):
            scene.turn(miner, PERIOD_S * number, outcomes=outcomes)
    found = scene.measured("samples_per_evaluation")
    assert (found.value, found.why) == (2.0, "fewest of miner_3")


def test_a_cell_of_miner_and_time_without_an_answer_is_a_hole() -> None:
    scene = Scene(until=1200.0)
    for number in range(12):
        for miner in MINERS:
            scene.turn(miner, PERIOD_S * number, outcomes="a" if miner == "miner_1" and number < 4 else "c")
    found = scene.measured("sampled_cells", every=400.0, times=2.0)
    assert (found.value, found.figures["miner_1"]) == (pytest.approx(5 / 6), 0.5)
    assert found.why == "not in every stretch: miner_1"
    assert scene.measured("sampled_cells").value is None


def test_refused_calls_are_a_part_of_all() -> None:
    scene = Scene()
    scene.rounds(5)
    for number in range(10):
        scene.say("miner_1", "scrape_started", float(number), zipcode="77494")
    for number in range(4):
        scene.say("miner_1", "rate_limited", float(number), zipcode="77494")
    found = scene.measured("rate_limited")
    assert (found.value, found.figures["miner_1"]) == (pytest.approx(4 / 40), 4)
