"""Metrics of who answers, how often miners have their turn, and what evaluations come to."""

from __future__ import annotations

import pytest

from tests.judge.made import MINERS, PERIOD_S, Scene, without

pytestmark = pytest.mark.fast


def test_a_miner_that_keeps_silent_is_named_though_it_is_scored() -> None:
    scene = Scene()
    scene.rounds(4)
    for number in range(4, 10):
        for miner in MINERS:
            scene.turn(miner, PERIOD_S * number, answers=miner != "miner_2")
    found = scene.measured("miners_responding")
    assert (found.value, found.most, found.whole, found.why) == (2, 2, 3, "silent: miner_2")
    assert found.naive == 3
    assert found.figures["miner_2"] == 0.4
    assert {one.what.split()[0] for one in found.evidence} == {"no_response"}


def test_a_miner_that_nobody_has_asked_may_answer_yet_and_after_three_periods_does_not() -> None:
    scene = Scene(until=250.0)
    for number in range(2):
        scene.turn("miner_1", PERIOD_S * number)
    found = scene.measured("miners_responding")
    assert (found.value, found.most) == (1, 3)
    scene.until = 350.0
    found = scene.measured("miners_responding")
    assert (found.value, found.most) == (1, 1)


def test_two_lines_of_one_silence_count_once() -> None:
    scene = Scene()
    scene.rounds(5)
    for number in range(5, 10):
        scene.turn("miner_1", PERIOD_S * number, answers=False, lines=("no_index",))
    assert scene.measured("response_rate").value == 15 / 20


def test_who_answers_slowly_is_named_and_not_where_all_are_slow() -> None:
    scene = Scene()
    for number in range(6):
        for miner in MINERS:
            scene.turn(miner, PERIOD_S * number, after=40.0 if miner == "miner_3" else 2.0, took=50.0)
    found = scene.measured("slow_miners")
    assert (found.value, found.why) == (1, "slow: miner_3")
    assert found.figures == {"miner_1": 2.0, "miner_2": 2.0, "miner_3": 40.0}
    assert scene.measured("slow_miners", least=41.0).value == 0
    busy = Scene()
    busy.rounds(6, after=40.0, took=50.0)
    assert busy.measured("slow_miners").value == 0


def test_the_subnets_own_time_is_what_a_slow_answer_is_counted_in() -> None:
    scene = Scene(scale=10.0)
    for number in range(6):
        for miner in MINERS:
            scene.turn(miner, 10.0 * number, after=4.0 if miner == "miner_3" else 0.2)
    assert scene.measured("slow_miners").figures["miner_3"] == pytest.approx(40.0)


def test_intervals_are_told_in_periods_and_the_worst_miner_decides() -> None:
    scene = Scene(until=2000.0)
    for number in range(5):
        scene.turn("miner_1", PERIOD_S * number)
        scene.turn("miner_2", 2.5 * PERIOD_S * number)
        scene.turn("miner_3", 0.9 * PERIOD_S * number)
    found = scene.measured("evaluation_interval")
    assert found.value == 2.5
    assert (found.figures["miner_1"], found.figures["miner_3"]) == (1.0, pytest.approx(0.9))
    assert scene.measured("evaluation_interval", times=5.0).value is None


def test_a_hot_loop_and_a_stall_do_not_cancel_each_other() -> None:
    """The mean interval of both together is one period."""
    scene = Scene(miners=("miner_1",), until=1000.0)
    for at in (0.0, 2.0, 4.0, 6.0, 400.0, 402.0, 404.0, 406.0, 800.0, 900.0, 1000.0):
        scene.turn("miner_1", at)
    found = scene.measured("evaluation_cadence")
    assert found.value == pytest.approx(0.2)
    assert (found.figures["too short"], found.figures["too long"]) == (6, 2)


def test_a_validator_that_has_stopped_is_seen_by_the_interval_that_does_not_end() -> None:
    scene = Scene(miners=("miner_1",), until=1000.0)
    scene.rounds(11)
    assert scene.measured("evaluation_cadence").value == 1.0
    scene.until = 2000.0
    found = scene.measured("evaluation_cadence")
    assert (found.value, found.figures["too long"]) == (pytest.approx(10 / 11), 1)


def test_how_long_an_evaluation_takes_is_told_in_periods() -> None:
    scene = Scene(miners=("miner_1",))
    for number in range(10):
        scene.turn("miner_1", PERIOD_S * number, took=80.0 if number == 9 else 20.0)
    assert scene.measured("evaluation_duration", percentile=0.5).value == pytest.approx(0.2)
    assert scene.measured("evaluation_duration", percentile=0.95).value == pytest.approx(0.8)


def test_an_evaluation_that_died_is_counted_though_it_left_no_verdict() -> None:
    scene = Scene()
    scene.rounds(9)
    for miner in MINERS:
        scene.turn(miner, 900.0, score=None if miner == "miner_1" else 10.0, outcomes=None)
    found = scene.measured("evaluations_finished")
    assert found.value == 1.0, "it may still end"
    scene.until = 1100.0
    found = scene.measured("evaluations_finished")
    assert (found.value, found.why, found.naive) == (pytest.approx(29 / 30), "without a verdict: 1 of miner_1", 1.0)


def test_a_validator_counts_when_its_samples_were_answered() -> None:
    scene = Scene(validators=("validator_1", "validator_2"))
    scene.rounds(10)
    for number in range(10):
        scene.turn("miner_1", PERIOD_S * number, validator="validator_2", outcomes="aa")
    found = scene.measured("validators_evaluating")
    assert (found.value, found.most, found.whole) == (1, 1, 2)
    assert found.why == "too few of validator_2"
    scene.until = 400.0
    assert scene.measured("validators_evaluating").most == 2, "it has not had time enough"


def test_without_a_period_nothing_is_told_in_periods() -> None:
    scene = Scene()
    scene.rounds(5)
    from dataclasses import replace

    from netctl.judge.registry import METRICS

    facts = scene.facts()
    bare = replace(facts, members=tuple(replace(member, period_s=None) for member in facts.members))
    for name in ("evaluation_interval", "evaluation_cadence", "evaluation_duration"):
        found = METRICS[name].measure(bare)
        assert (found.value, found.why) == (None, "the validators' evaluation period is not known")


def test_what_programs_do_not_tell_of_is_not_measured_as_nothing() -> None:
    from netctl.judge.registry import METRICS

    scene = Scene()
    scene.rounds(5)
    found = METRICS["response_rate"].measure(without(scene, "validator", "index_received"))
    assert (found.value, found.why) == (
        None,
        "this pack's programs do not tell of index_received (of validators)",
    )
