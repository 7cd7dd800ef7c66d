"""Metrics of what the incentives did."""

from __future__ import annotations

from math import inf

import pytest

from netctl.store.histories import Pay
from tests.judge.made import MINERS, PERIOD_S, UIDS, Scene, hotkey

pytestmark = pytest.mark.fast
WHERE = {"miner_1": ("77494", "08701"), "miner_2": ("10001", "10002"), "miner_3": ("94110", "59901")}


def paid(
    scores: dict[str, float],
    *,
    where: dict[str, tuple[str, ...]] | None = None,
    sizes: dict[str, int] | None = None,
    outcomes: dict[str, str] | None = None,
    strategies: dict[str, str] | None = None,
) -> Scene:
    """Ten verdicts on each miner with these scores, and where each has looked."""
    scene = Scene(strategies=strategies or {})
    for miner, zipcodes in (where or WHERE).items():
        scene.looked(miner, *zipcodes)
    for number in range(10):
        for miner in MINERS:
            scene.turn(
                miner,
                PERIOD_S * number,
                score=scores[miner],
                size=(sizes or {}).get(miner, 1000),
                outcomes=(outcomes or {}).get(miner, "cc"),
            )
    return scene


def test_the_premium_miner_is_held_against_the_best_of_the_others() -> None:
    found = paid({"miner_1": 60.0, "miner_2": 30.0, "miner_3": 10.0}).measured("premium_advantage")
    assert (found.value, found.why) == (pytest.approx(2.0), "miner_1 over miner_2")
    assert found.figures["miner_1, premium"] == 1.0
    behind = paid({"miner_1": 20.0, "miner_2": 30.0, "miner_3": 10.0}).measured("premium_advantage")
    assert behind.value == pytest.approx(2 / 3)


def test_without_a_premium_miner_there_is_no_advantage_to_tell() -> None:
    same = dict.fromkeys(MINERS, ("10001", "10002"))
    found = paid({"miner_1": 60.0, "miner_2": 30.0, "miner_3": 10.0}, where=same).measured("premium_advantage")
    assert (found.value, found.why) == (None, "no miner has 50% of its pages in premium zipcodes")


def test_rewards_on_the_chain_count_for_as_long_as_they_stood() -> None:
    """miner_2 was paid more, and for a tenth of the time."""
    scene = paid({"miner_1": 1.0, "miner_2": 1.0, "miner_3": 1.0})
    for miner, since, incentive in (
        ("miner_1", -500.0, 0.4),
        ("miner_2", -500.0, 0.2),
        ("miner_3", -500.0, 0.2),
        ("miner_2", 900.0, 0.8),
    ):
        scene.pay.append(Pay(UIDS[miner], since, 1, hotkey(miner), incentive, 0))
    found = scene.measured("premium_advantage", by="incentive")
    assert found.value == pytest.approx(0.4 / (0.9 * 0.2 + 0.1 * 0.8))
    assert scene.measured("premium_advantage").value == 1.0


def test_a_miner_that_lies_makes_no_difference_of_strategy() -> None:
    scores = {"miner_1": 60.0, "miner_2": 30.0, "miner_3": 1.0}
    lying = paid(scores, outcomes={"miner_3": "rrrc"}).measured("score_differentiation")
    assert (lying.value, lying.why) == (pytest.approx(2.0), "miner_1 over miner_2")
    assert paid(scores).measured("score_differentiation").value == pytest.approx(60.0)
    assert paid({**scores, "miner_3": 0.0}).measured("score_differentiation").value == inf


def test_every_miner_needs_verdicts_before_anything_is_said_of_rewards() -> None:
    scene = Scene()
    for number in range(10):
        scene.turn("miner_1", PERIOD_S * number)
        scene.turn("miner_2", PERIOD_S * number)
    found = scene.measured("score_differentiation")
    assert (found.value, found.why) == (None, "fewer than 10 verdicts yet: miner_3")


def test_two_validators_count_the_same_however_they_scale_their_scores() -> None:
    scene = Scene(validators=("validator_1", "validator_2"))
    for number in range(10):
        for miner, one, other in zip(MINERS, (6.0, 3.0, 1.0), (1000.0, 3000.0, 6000.0), strict=True):
            scene.turn(miner, PERIOD_S * number, score=one)
            scene.turn(miner, PERIOD_S * number, score=other, validator="validator_2")
    figures = scene.measured("score_differentiation").figures
    assert figures == {"miner_1": pytest.approx(0.35), "miner_2": pytest.approx(0.3), "miner_3": pytest.approx(0.35)}


def test_premium_looks_and_rewards_are_compared_as_orders() -> None:
    where = {"miner_1": ("77494", "10001"), "miner_2": ("77494", "10001", "10002"), "miner_3": ("94110", "59901")}
    rising = paid({"miner_1": 3.0, "miner_2": 2.0, "miner_3": 1.0}, where=where)
    assert rising.measured("premium_correlation").value == pytest.approx(1.0)
    falling = paid({"miner_1": 1.0, "miner_2": 2.0, "miner_3": 3.0}, where=where)
    assert falling.measured("premium_correlation").value == pytest.approx(-1.0)
    equal = paid({"miner_1": 1.0, "miner_2": 1.0, "miner_3": 1.0}, where=where)
    assert equal.measured("premium_correlation").value is None


def test_volume_is_compared_among_miners_that_are_not_after_premium() -> None:
    plain = dict.fromkeys(MINERS, ("10001", "10002"))
    sizes = {"miner_1": 100, "miner_2": 200, "miner_3": 300}
    scene = paid({"miner_1": 1.0, "miner_2": 2.0, "miner_3": 3.0}, where=plain, sizes=sizes)
    assert scene.measured("volume_reward").value == pytest.approx(1.0)
    without_premium = paid({"miner_1": 9.0, "miner_2": 2.0, "miner_3": 3.0}, sizes=sizes).measured("volume_reward")
    assert (without_premium.value, "miner_1" in without_premium.figures) == (None, False)


def test_a_rural_miner_is_paid_by_its_part_of_the_bytes() -> None:
    plain = {"miner_1": ("10001",), "miner_2": ("10002",), "miner_3": ("59901",)}
    scene = paid(
        {"miner_1": 50.0, "miner_2": 30.0, "miner_3": 20.0},
        where=plain,
        sizes={"miner_1": 600, "miner_2": 300, "miner_3": 100},
        strategies={"miner_3": "rural"},
    )
    found = scene.measured("rural_reward")
    assert (found.value, found.why) == (pytest.approx(2.0), "miner_3")
    assert found.figures["miner_1"] == pytest.approx(0.5 / 0.6)
    assert scene.measured("rural_reward", strategy="west").why == "no miner's strategy is west"


def test_the_broadest_miner_is_held_against_the_others() -> None:
    where = {"miner_1": ("10001",), "miner_2": ("10002",), "miner_3": ("10001", "10002", "94110", "59901")}
    found = paid({"miner_1": 10.0, "miner_2": 20.0, "miner_3": 45.0}, where=where).measured("breadth_reward")
    assert (found.value, found.why) == (pytest.approx(3.0), "miner_3 over the others")
    alike = dict.fromkeys(MINERS, ("10001", "10002"))
    found = paid({"miner_1": 10.0, "miner_2": 20.0, "miner_3": 45.0}, where=alike).measured("breadth_reward")
    assert found.why == "all cover about as many zipcodes"


def test_what_nobody_else_holds_is_compared_byte_by_byte() -> None:
    where = {"miner_1": ("10001",), "miner_2": ("10001",), "miner_3": ("59901",)}
    scene = paid({"miner_1": 10.0, "miner_2": 10.0, "miner_3": 20.0}, where=where)
    found = scene.measured("uniqueness_bonus")
    assert found.value == pytest.approx(2.0)
    assert (found.figures["miner_1, unique"], found.figures["miner_3, unique"]) == (0.5, 1.0)
    assert found.why == "miner_3 over miner_1"


def test_a_duplicate_is_named_and_one_that_raises_credibility_is_paid() -> None:
    scene = Scene()
    for number in range(10):
        scene.turn("miner_1", PERIOD_S * number, lines=("bucket_passed",), credibility=0.1 + 0.05 * number)
        falls = number != 8
        scene.turn(
            "miner_2",
            PERIOD_S * number,
            lines=("duplicate",),
            outcomes=None,
            credibility=0.5 - 0.05 * number if falls else 0.9,
        )
    named = scene.measured("miners_with_duplicates")
    assert (named.value, named.whole, named.why) == (1, 3, "duplicates of miner_2")
    found = scene.measured("duplicates_paid")
    assert found.value == 2, "its first verdict, and the ninth"
    assert found.figures["evaluations with duplicates"] == 10


def test_no_duplicate_at_all_is_told_and_is_no_payment() -> None:
    scene = Scene()
    scene.rounds(10, lines=("bucket_passed",))
    found = scene.measured("duplicates_paid")
    assert (found.value, found.why) == (0, "none was found in 30 looks for them")
    assert scene.measured("miners_with_duplicates").value == 0
    assert scene.measured("duplicates_paid", times=31.0).value is None


def test_duplicates_among_uploads_count_and_zero_percent_does_not() -> None:
    scene = Scene()
    scene.rounds(10, lines=("bucket_passed",))
    scene.say("validator_1", "s3_verdict", 850.0, "miner_3", outcome="duplicates", duplicates=0.125)
    scene.say("validator_1", "s3_verdict", 850.0, "miner_2", outcome="failed", duplicates=0.0)
    assert scene.measured("miners_with_duplicates").why == "duplicates of miner_3"
    assert scene.measured("duplicates_paid").value == 0
