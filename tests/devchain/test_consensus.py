"""The pure rule of an epoch."""

from __future__ import annotations

from typing import Any

import pytest

from netctl.devchain.pallets.subtensor.consensus import U16_MAX, EpochInput, permits, run

pytestmark = pytest.mark.fast


def given(**changes: Any) -> EpochInput:
    fields: dict[str, Any] = {
        "stake": [10, 0, 0],
        "active": [True] * 3,
        "weights": [[(1, 1), (2, 3)], [], []],
        "last_update": [5, 0, 0],
        "registered_at": [0, 0, 0],
        "owner_uid": None,
        "max_validators": 2,
        "stake_threshold": 0,
    }
    return EpochInput(**(fields | changes))


def test_one_validator_gives_all_incentive_by_its_weights() -> None:
    result = run(given())
    assert result.permits == [True, False, False]
    assert result.incentive == [0, 16383, 49151]
    assert result.dividends == [U16_MAX, 0, 0]
    assert result.validator_trust[0] == U16_MAX


def test_weight_for_a_slot_taken_since_does_not_count() -> None:
    assert run(given(registered_at=[0, 0, 6])).incentive == [0, U16_MAX, 0]


def test_weight_for_oneself_counts_only_for_the_owner() -> None:
    weights = [[(0, 1), (1, 1)], [], []]
    assert run(given(weights=weights)).incentive == [0, U16_MAX, 0]
    assert run(given(weights=weights, owner_uid=0)).incentive == [32767, 32767, 0]


def test_neither_the_inactive_nor_those_without_permit_vote() -> None:
    assert run(given(active=[False, True, True])).incentive == [0, 0, 0]
    assert run(given(stake_threshold=11)).incentive == [0, 0, 0]


def test_equal_stakes_give_permits_to_higher_uids() -> None:
    assert permits([5, 5, 5, 0], 2, 0) == [False, True, True, False]


def test_trust_falls_with_disagreement() -> None:
    weights = [[(2, 1)], [(3, 1)], [], []]
    fields = {"stake": [30, 10, 0, 0], "active": [True] * 4, "last_update": [1] * 4, "registered_at": [0] * 4}
    result = run(given(weights=weights, **fields))
    assert result.validator_trust[0] > result.validator_trust[1] > 0
    assert sum(result.incentive) in range(U16_MAX - 4, U16_MAX + 1)


def test_empty_subnet_has_an_empty_epoch() -> None:
    empty: dict[str, Any] = {key: [] for key in ("stake", "active", "weights", "last_update", "registered_at")}
    assert run(given(**empty)).incentive == []
