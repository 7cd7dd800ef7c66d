"""Metrics of validators: whom they attend to, when scores rest, whether they agree, copy, and set weights."""

from __future__ import annotations

from dataclasses import replace
from math import inf

import pytest

from netctl.store.histories import Given, Look
from tests.judge.made import MINERS, PERIOD_S, UIDS, Scene, hotkey

pytestmark = pytest.mark.fast


def test_attention_is_uneven_by_the_one_that_has_least_of_it() -> None:
    scene = Scene()
    for number in range(10):
        scene.turn("miner_1", PERIOD_S * number)
        scene.turn("miner_2", PERIOD_S * number)
        if number % 2:
            scene.turn("miner_3", PERIOD_S * number)
    found = scene.measured("load_balance")
    assert found.value == 0.5
    assert found.why is not None
    assert found.why.startswith("fewest miner_3")
    assert scene.measured("load_balance", times=9.0).value is None


def ranked(orders: list[tuple[float, float, float]], *, until: float | None = None) -> Scene:
    """A stretch of 100 s for each order of scores."""
    scene = Scene(until=PERIOD_S * len(orders) + 1 if until is None else until)
    for number, scores in enumerate(orders):
        for miner, score in zip(MINERS, scores, strict=True):
            scene.turn(miner, PERIOD_S * number, score=score, took=0.5)
    return scene


GIVEN = {"every": 100.0, "times": 4.0}


def test_scores_rest_from_when_their_order_stays() -> None:
    scene = ranked([(3, 2, 1), (1, 3, 2), *[(1, 2, 3)] * 6])
    found = scene.measured("convergence_time", **GIVEN)
    assert found.value == 200.0
    assert found.most is None
    assert found.evidence[0].time == 200.5


def test_scores_that_change_places_to_the_end_do_not_rest_yet() -> None:
    found = ranked([(1, 2, 3), (3, 2, 1)] * 4).measured("convergence_time", **GIVEN)
    assert (found.value, found.most, found.why) == (800.0, inf, "the order of the scores does not rest yet")


def test_two_validators_that_rank_alike_agree_however_they_scale() -> None:
    scene = Scene(validators=("validator_1", "validator_2"))
    for number in range(10):
        for miner, one, other in zip(MINERS, (1.0, 2.0, 3.0), (100.0, 400.0, 900.0), strict=True):
            scene.turn(miner, PERIOD_S * number, score=one)
            scene.turn(miner, PERIOD_S * number, score=other, validator="validator_2")
    assert scene.measured("validator_agreement").value == pytest.approx(1.0)
    against = Scene(validators=("validator_1", "validator_2"))
    for number in range(10):
        for miner, one, other in zip(MINERS, (1.0, 2.0, 3.0), (3.0, 2.0, 1.0), strict=True):
            against.turn(miner, PERIOD_S * number, score=one)
            against.turn(miner, PERIOD_S * number, score=other, validator="validator_2")
    assert against.measured("validator_agreement").value == pytest.approx(-1.0)
    alone = Scene()
    alone.rounds(10)
    assert alone.measured("validator_agreement").why == "one validator only"


def weighing(*, copied: bool) -> Scene:
    """Two validators set weights five times; the second its own scores, or what the first has set before."""
    scene = Scene(validators=("validator_1", "validator_2"))
    rounds = [(10 + 5 * n, 30 - 2 * n, 60) for n in range(5)]
    for number, ones in enumerate(rounds):
        at = 200.0 * number
        others = (50, 10, 40 + number)
        for miner, one, other in zip(MINERS, ones, others, strict=True):
            scene.turn(miner, at, score=float(one))
            scene.turn(miner, at, score=float(other), validator="validator_2")
        given = ones if copied else others
        for name, shares, later in (("validator_1", ones, 20.0), ("validator_2", given, 60.0)):
            scene.say(name, "weights_set", at + later)
            total = float(sum(shares))
            scene.weights.append(
                Given(
                    UIDS[name],
                    hotkey(name),
                    at + later + 10,
                    100 + 20 * number,
                    100 + 20 * number,
                    {UIDS[miner]: share / total for miner, share in zip(MINERS, shares, strict=True)},
                )
            )
        scene.looks.append(Look(at, 100 + 20 * number, number))
    return scene


def test_a_validator_that_copies_is_named_with_both_rows() -> None:
    found = weighing(copied=True).measured("weights_copied")
    assert (found.value, found.most, found.why) == (1, 1, "validator_2 sets the weights of validator_1")
    assert [one.neuron for one in found.evidence] == ["validator_2", "validator_1"]
    assert all(one.block for one in found.evidence)
    own = weighing(copied=False).measured("weights_copied")
    assert (own.value, own.most) == (0, 0)


def test_weights_are_what_the_chain_has_and_not_what_is_logged() -> None:
    scene = weighing(copied=False)
    found = scene.measured("validators_weighing", times=5.0)
    assert (found.value, found.most, found.whole) == (2, 2, 2)
    scene.weights = [
        row if row.hotkey == hotkey("validator_1") else replace(row, shares={}) for row in scene.weights
    ] + [replace(row, hotkey="5stranger") for row in scene.weights]
    found = scene.measured("validators_weighing")
    assert (found.value, found.most) == (1, 2)


def test_a_failed_attempt_is_none_though_it_says_finished() -> None:
    scene = Scene()
    for at in range(4):
        scene.say("validator_1", "weights_failed" if at else "weights_set", float(at))
        scene.say("validator_1", "weights_finished", at + 0.5)
    found = scene.measured("weights_success")
    assert (found.value, found.naive) == (0.25, 1.0)
