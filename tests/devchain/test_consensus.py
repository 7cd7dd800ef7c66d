"""Consensus by hand: stake, permits, masks, median, clipping, emission. 65535 is one."""

from __future__ import annotations

import pytest

from netctl.devchain.pallets.subtensor.yuma import run
from netctl.devchain.pallets.subtensor.yuma.fixed import ONE, U16_MAX
from netctl.devchain.pallets.subtensor.yuma.median import weighted_medians
from netctl.devchain.pallets.subtensor.yuma.permits import top
from tests.devchain.yuma_cases import given

pytestmark = pytest.mark.fast


def test_one_validator_gives_all_incentive_by_its_weights() -> None:
    """1 and 3 are a quarter and three: 65535/4 = 16383.75 and 49151.25, floored. All of them together are trust."""
    result = run(given([10, 0, 0], {0: [(1, 1), (2, 3)]}))
    assert result.incentive == result.consensus == [0, 16_383, 49_151]
    assert result.dividends == result.validator_trust == result.stake_weight == [U16_MAX, 0, 0]


def test_emission_is_halved_between_miners_and_validators() -> None:
    """Incentive and dividends sum up to two: 1/4, 3/4 and 1 of it are 125, 375 and 500 of 1000 rao."""
    result = run(given([10, 0, 0], {0: [(1, 1), (2, 3)]}, emission_rao=1_000))
    assert result.server_emission_rao == [0, 125, 375]
    assert result.validator_emission_rao == [500, 0, 0]
    assert result.emission_rao == [500, 125, 375]


def test_emission_goes_by_stake_where_there_are_no_weights() -> None:
    """Of 30, 10 and 20 the last is not active: 3/4 and 1/4. Where nobody is, all count: 1/2, 1/6, 1/3.

    Fractions are cut at 32 bits, and rao floored: of 300 that leaves 299.
    """
    fields = {"emission_rao": 1_200, "last_update": [50, 50, 0], "activity_cutoff": 60}
    assert run(given([30, 10, 20], {}, **fields)).validator_emission_rao == [900, 299, 0]
    asleep = run(given([30, 10, 20], {}, **fields | {"last_update": [0, 0, 0]}))
    assert asleep.validator_emission_rao == asleep.emission_rao == [600, 199, 399]
    assert asleep.server_emission_rao == [0, 0, 0]


def test_a_minority_does_not_move_the_median() -> None:
    """Three quarters of stake give uid 2 all, a quarter uid 3: the median of (0, 0, 0, 1) is 0, and it is clipped."""
    result = run(given([30, 10, 0, 0], {0: [(2, 1)], 1: [(3, 1)]}))
    assert result.consensus == result.incentive == [0, 0, U16_MAX, 0]
    assert result.validator_trust == [U16_MAX, 0, 0, 0]
    assert result.dividends == [U16_MAX, 0, 0, 0]


def test_what_a_majority_agrees_on_stays_of_a_weight() -> None:
    """40 % give uid 3 all; 60 % a half. Half is what more than half of stake gives: both are clipped to it.

    Ranks: uid 4 has 0.6 * 0.5 by the 60 %, uid 3 half from both: 0.3 and 0.5, so 3/8 and 5/8.
    """
    result = run(given([30, 30, 40, 0, 0], {0: [(3, 1), (4, 1)], 1: [(3, 1), (4, 1)], 2: [(3, 1)]}))
    assert result.consensus == [0, 0, 0, 32_767, 32_767]
    assert result.validator_trust[:3] == [U16_MAX, U16_MAX, 32_767]
    assert result.incentive[3:] == [pytest.approx(40_959, abs=1), pytest.approx(24_575, abs=1)]


@pytest.mark.parametrize(("kappa", "median"), [(0, 3), (26_000, 3), (33_000, 2), (45_000, 2), (46_000, 1), (65_535, 1)])
def test_kappa_says_how_much_stake_a_majority_is(kappa: int, median: int) -> None:
    """Stakes 40 %, 30 %, 30 % score 3, 2, 1: at least 3 is said by 40 %, at least 2 by 70 %, at least 1 by all."""
    stake = [ONE * 4 // 10, ONE * 3 // 10, ONE * 3 // 10]
    rows = [[(0, 3)], [(0, 2)], [(0, 1)]]
    assert weighted_medians(stake, rows, kappa * ONE // U16_MAX)[0] == median


def test_stake_that_says_nothing_counts_as_zero_in_the_median() -> None:
    """40 % are silent, 30 % say 1, 30 % say 2: up to 1 goes 70 %, more than half."""
    stake = [ONE * 4 // 10, ONE * 3 // 10, ONE * 3 // 10]
    assert weighted_medians(stake, [[], [(0, 1)], [(0, 2)]], ONE // 2)[0] == 1


def test_weight_for_a_slot_taken_since_does_not_count() -> None:
    weights = {0: [(1, 1), (2, 3)]}
    assert run(given([10, 0, 0], weights, registered_at=[0, 0, 50])).incentive == [0, U16_MAX, 0]
    assert run(given([10, 0, 0], weights, registered_at=[0, 0, 49])).incentive == [0, 16_383, 49_151]


def test_weight_to_come_for_a_slot_taken_since_the_commitment_does_not_count() -> None:
    weights = {0: [(1, 1), (2, 3)]}
    fields = {"last_update": [60, 0, 0], "registered_at": [0, 0, 41]}
    assert run(given([10, 0, 0], weights, committed_at=[40, None, None], **fields)).incentive == [0, U16_MAX, 0]
    assert run(given([10, 0, 0], weights, committed_at=[41, None, None], **fields)).incentive[2] == 49_151
    assert run(given([10, 0, 0], weights, committed_at=[None] * 3, **fields)).incentive[2] == 49_151


def test_weight_for_oneself_counts_only_for_the_owner() -> None:
    weights = {0: [(0, 1), (1, 1)]}
    assert run(given([10, 0, 0], weights)).incentive == [0, U16_MAX, 0]
    assert run(given([10, 0, 0], weights, owner_uid=0)).incentive == [32_767, 32_767, 0]


def test_who_is_inactive_or_without_permit_does_not_vote() -> None:
    weights = {0: [(2, 1)], 1: [(3, 1)]}
    assert run(given([30, 10, 0, 0], weights, last_update=[39, 40, 0, 0], activity_cutoff=60)).incentive[3] == U16_MAX
    assert run(given([30, 10, 0, 0], weights, permits=[False, True, False, False])).incentive[3] == U16_MAX


def test_stake_below_the_threshold_is_none_unless_the_owner_has_it() -> None:
    weights = {0: [(2, 1)], 1: [(3, 1)]}
    least = run(given([30, 10, 0, 0], weights, stake_threshold=30))
    assert least.stake_weight == [U16_MAX, 0, 0, 0]
    assert run(given([30, 10, 0, 0], weights, stake_threshold=31)).stake_weight == [0, 0, 0, 0]
    owned = run(given([30, 10, 0, 0], weights, stake_threshold=31, owner_uid=1))
    assert owned.stake_weight == [0, U16_MAX, 0, 0]


def test_equal_stakes_give_permits_to_higher_uids() -> None:
    assert top([5, 5, 5, 0], 2) == [False, True, True, False]
    assert top([5, 5, 5, 0], 9) == [True, True, True, False]
    assert top([5, 0, 0, 0], 2) == [True, False, False, False]


def test_permits_of_the_next_epoch_go_to_the_greatest_stakes_and_the_owner() -> None:
    result = run(given([30, 10, 20, 0], {}, max_validators=1, owner_uid=3))
    assert result.permits == [True, False, False, True]


def test_who_loses_the_permit_loses_the_bonds() -> None:
    weights = {0: [(2, 1)], 1: [(2, 1)]}
    result = run(given([30, 10, 0], weights, max_validators=1))
    assert result.dividends[1] > 0
    assert result.bonds == [[(2, U16_MAX)], [], []]


def test_empty_subnet_has_an_empty_epoch() -> None:
    result = run(given([], {}, emission_rao=100))
    assert result.incentive == result.emission_rao == []


def test_uids_beyond_the_vector_of_updates_are_inactive_unless_nobody_ever_updated() -> None:
    """A mechanism that was added has no updates at first; then no weight counts, and all stake does."""
    weights = {0: [(2, 1)], 1: [(2, 1)]}
    short = run(given([30, 10, 0], weights, last_update=[50]))
    assert short.active == [True, False, False]
    assert short.dividends == [U16_MAX, 0, 0]
    none = run(given([30, 10, 0], weights, last_update=[], emission_rao=4_000))
    assert (none.active, none.incentive) == ([False] * 3, [0] * 3)
    assert none.validator_emission_rao == [3_000, 1_000, 0]
    fields = {"last_update": [], "emission_rao": 4_000, "permits": [False, True, False]}
    assert run(given([30, 10, 0], weights, **fields)).validator_emission_rao == [0, 4_000, 0]
