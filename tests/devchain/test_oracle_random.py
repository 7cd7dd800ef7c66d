"""Subnets that nobody chose: random stakes, weights and rules, their epochs predicted one after another."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.oracle.compare import assert_next_epoch
from tests.oracle.stage import Stage, a_stage

SIZES = st.integers(2, 24)
STAKES_TAO = st.one_of(st.just(0), st.integers(1, 3_000))
EPOCHS = 3


@st.composite
def subnets(draw: st.DrawFn, most: int = 24) -> dict[str, object]:
    """Stakes by uid, who votes how in each epoch, and the rules."""
    size = draw(st.integers(2, most))
    uids = st.integers(0, size - 1)
    row = st.dictionaries(uids, st.integers(1, 65_535), min_size=1, max_size=size)
    return {
        "stakes": draw(st.lists(STAKES_TAO, min_size=size, max_size=size)),
        "votes": [draw(st.dictionaries(uids, row, max_size=8)) for _ in range(EPOCHS)],
        "kappa": draw(st.integers(0, 65_535)),
        "bonds_penalty": draw(st.sampled_from([0, 20_000, 65_535])),
        "yuma3": draw(st.booleans()),
        "liquid": draw(st.booleans()),
        "mode": draw(st.sampled_from(["Current", "Previous", "Auto"])),
        "permits": draw(st.integers(1, 8)),
    }


def follow(stage: Stage, drawn: dict[str, object]) -> None:
    stage.root("sudo_set_kappa", netuid=1, kappa=drawn["kappa"])
    stage.root("sudo_set_bonds_penalty", netuid=1, bonds_penalty=drawn["bonds_penalty"])
    stage.root("sudo_set_yuma3_enabled", netuid=1, enabled=drawn["yuma3"])
    stage.root("sudo_set_liquid_alpha_enabled", netuid=1, enabled=drawn["liquid"])
    stage.root("sudo_set_liquid_alpha_consensus_mode", netuid=1, mode=drawn["mode"])
    stage.root("sudo_set_max_allowed_validators", netuid=1, max_allowed_validators=drawn["permits"])
    for votes in drawn["votes"]:  # type: ignore[attr-defined]
        for uid, row in votes.items():
            if stage.read("ValidatorPermit")[uid]:
                stage.weights(uid, row)
        assert_next_epoch(stage)


def check(drawn: dict[str, object]) -> None:
    with a_stage(drawn["stakes"], tempo=30) as stage:  # type: ignore[arg-type]
        follow(stage, drawn)


LITTLE_VOTE = {
    "stakes": [3_000, 3_000, 1, 0],
    "votes": [{}, *[{2: {0: 1, 1: 3, 3: 7}}] * 2],
    "kappa": 0,
    "bonds_penalty": 65_535,
    "liquid": False,
    "mode": "Auto",
    "permits": 8,
}
"""One of 6,001 parts of the stake votes, so ranks sum to a six-thousandth, and lose six thousand times as much."""


@pytest.mark.parametrize("yuma3", [True, False])
def test_ranks_that_sum_to_little_are_predicted_to_what_rounding_takes_of_them(yuma3: bool) -> None:
    check({**LITTLE_VOTE, "yuma3": yuma3})


@settings(max_examples=12, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
@given(subnets(most=8))
def test_epochs_of_small_random_subnets_are_as_predicted(drawn: dict[str, object]) -> None:
    check(drawn)


@pytest.mark.slow
@settings(max_examples=120, deadline=None, suppress_health_check=list(HealthCheck))
@given(subnets())
def test_epochs_of_any_random_subnet_are_as_predicted(drawn: dict[str, object]) -> None:
    check(drawn)
