"""The oracle itself, against numbers that can be worked out on paper."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest

from tests.oracle.coinbase import Holder, Pool, alpha_after, emission_rao, emit, pay, stakes_after
from tests.oracle.yuma import Subnet, epoch, stake_weighted_median, top_permits

pytestmark = pytest.mark.fast

F = Fraction
TAO = 10**9


def subnet(**changes: Any) -> Subnet:
    """Two validators, 0 with 60 and 1 with 40, and the miners 2 and 3; kappa one half, for round numbers."""
    fields: dict[str, Any] = {
        "block": 100,
        "last_step": 80,
        "activity_cutoff": 1_000,
        "stake": [60, 40, 0, 0],
        "weights": [{2: 3, 3: 1}, {2: 1, 3: 1}, {}, {}],
        "bonds": [{}, {}, {}, {}],
        "last_update": [90, 90, 0, 0],
        "registered_at": [0, 0, 0, 0],
        "permits": [True, True, False, False],
        "kappa": F(1, 2),
    }
    return Subnet(**(fields | changes))


def test_median_is_the_score_that_kappa_of_the_stake_reaches() -> None:
    scores = [F(1, 10), F(2, 10), F(3, 10)]
    thirds = [F(1, 3)] * 3
    assert stake_weighted_median(thirds, scores, F(1, 2)) == F(2, 10)
    assert stake_weighted_median([F(1, 5), F(1, 5), F(3, 5)], scores, F(1, 2)) == F(3, 10)
    assert stake_weighted_median([F(1, 5), F(1, 5), F(3, 5)], scores, F(9, 10)) == F(1, 10)
    assert stake_weighted_median([F(0)] * 3, scores, F(1, 2)) == 0


def test_of_equal_stakes_the_higher_uid_has_the_permit() -> None:
    assert top_permits([F(5), F(5), F(5), F(0)], 2) == [False, True, True, False]


def test_majority_of_stake_sets_consensus_and_more_is_clipped() -> None:
    result = epoch(subnet())
    assert result.consensus == [0, 0, F(3, 4), F(1, 4)]
    assert result.clipped[:2] == [[0, 0, F(3, 4), F(1, 4)], [0, 0, F(1, 2), F(1, 4)]]
    assert result.validator_trust[:2] == [1, F(3, 4)]
    assert result.ranks == [0, 0, F(65, 100), F(25, 100)]
    assert result.incentive == [0, 0, F(13, 18), F(5, 18)]


def test_bonds_of_yuma3_move_a_tenth_of_the_way() -> None:
    result = epoch(subnet())
    assert result.bonds[:2] == [[0, 0, F(3, 40), F(1, 40)], [0, 0, F(1, 20), F(1, 40)]]
    later = epoch(subnet(bonds=[{2: 65_535}, {}, {}, {}]))
    assert later.bonds[0][2] == F(9, 10) + F(3, 40)
    assert later.bonds[1] == [0, 0, F(1, 20), F(1, 40)]


def test_dividends_follow_bonds_incentive_and_stake() -> None:
    result = epoch(subnet())
    first = F(6, 10) * (F(3, 5) * F(13, 18) + F(1, 2) * F(5, 18))
    second = F(4, 10) * (F(2, 5) * F(13, 18) + F(1, 2) * F(5, 18))
    assert result.dividends == [first / (first + second), second / (first + second), 0, 0]
    assert sum(result.server) == sum(result.validator) == F(1, 2)


def test_yuma2_shares_each_miner_among_the_stake_behind_it() -> None:
    result = epoch(subnet(yuma3=False))
    assert result.bonds[0][2] == result.bonds[0][3] == 1
    assert result.bonds[1][2:] == [F(4, 9), F(2, 3)]
    assert result.dividends[0] == F(9, 13) * F(13, 18) + F(3, 5) * F(5, 18)


def test_without_penalty_bonds_follow_what_was_asked_not_what_was_agreed() -> None:
    assert epoch(subnet(bonds_penalty=F(0))).bonds[1][3] == F(1, 20)


def test_bond_in_a_neuron_registered_since_the_last_epoch_is_forgotten() -> None:
    bonds = [{2: 65_535, 3: 65_535}, {}, {}, {}]
    result = epoch(subnet(bonds=bonds, registered_at=[0, 0, 81, 80]))
    assert result.bonds[0][2:] == [F(3, 40), F(9, 10) + F(1, 40)]


def test_liquid_alpha_is_slow_in_consensus_and_fast_away_from_it() -> None:
    liquid = {"liquid_alpha": True, "consensus_mode": "Current", "alpha_low": F(1, 10), "alpha_high": F(9, 10)}
    slow = epoch(subnet(weights=[{2: 1, 3: 1}] * 2 + [{}] * 2, **liquid)).bonds[0][2] / F(1, 2)
    assert float(slow) == pytest.approx(0.1 + 0.8 / (1 + 2.718281828459045**5), abs=1e-12)
    previous = liquid | {"consensus_mode": "Previous", "previous_consensus": [F(0)] * 4}
    fast = epoch(subnet(weights=[{2: 1}, {2: 1}, {}, {}], **previous)).bonds[0][2]
    assert float(fast) == pytest.approx(0.1 + 0.8 / (1 + 2.718281828459045**-5), abs=1e-12)


def test_auto_measures_against_the_previous_consensus_when_bonds_are_clipped_entirely() -> None:
    liquid: dict[str, Any] = {"liquid_alpha": True, "previous_consensus": [F(0), F(0), F(1), F(0)]}
    assert epoch(subnet(**liquid)).bonds == epoch(subnet(**liquid, consensus_mode="Previous")).bonds
    loose = {**liquid, "bonds_penalty": F(1, 2)}
    assert epoch(subnet(**loose)).bonds == epoch(subnet(**loose, consensus_mode="Current")).bonds
    assert epoch(subnet(**loose)).bonds != epoch(subnet(**loose, consensus_mode="Previous")).bonds


def test_who_does_not_count_moves_nothing() -> None:
    alone = epoch(subnet(weights=[{2: 3, 3: 1}, {}, {}, {}])).incentive
    assert epoch(subnet(permits=[True, False, False, False])).incentive == alone
    assert epoch(subnet(last_update=[900, 90, 0, 0], block=1_500)).incentive == alone
    assert epoch(subnet(stake=[60, 0, 0, 0])).incentive == alone
    assert epoch(subnet(stake_threshold=50)).incentive == alone


def test_weights_for_oneself_and_for_a_slot_taken_since_are_left_out() -> None:
    rows = [{0: 1, 2: 1}, {1: 1, 2: 1}, {}, {}]
    assert epoch(subnet(weights=rows)).weights[:2] == [[0, 0, 1, 0], [0, 0, 1, 0]]
    assert epoch(subnet(weights=rows, owner_uid=0)).weights[0] == [F(1, 2), 0, F(1, 2), 0]
    assert epoch(subnet(registered_at=[0, 0, 90, 0])).weights[0] == [0, 0, 0, 1]


def test_without_weights_validators_get_everything_by_stake() -> None:
    result = epoch(subnet(weights=[{}] * 4))
    assert result.validator == [F(6, 10), F(4, 10), 0, 0]
    assert not any(result.server)


def test_emission_halves_at_each_half_of_what_is_left() -> None:
    half = 10_500_000 * TAO
    assert [emission_rao(x) for x in (0, half - 1, half, half + half // 2, 2 * half)] == [
        TAO,
        TAO,
        TAO // 2,
        TAO // 4,
        0,
    ]


def pool(**changes: Any) -> Pool:
    fields: dict[str, Any] = {
        "tao": F(TAO),
        "alpha_in": 600_000 * TAO,
        "alpha_out": 300_000 * TAO,
        "price": F(1, 2),
        "root_tao": 200_000 * TAO,
        "tao_weight": F(1, 2),
        "owner_cut_share": F(18, 100),
        "is_root_paid": True,
        "pending_server": 0,
        "pending_validator": 0,
        "pending_root": 0,
        "pending_owner": 0,
    }
    return Pool(**(fields | changes))


def test_block_of_emission_is_shared_as_the_rules_say() -> None:
    told = emit(pool())
    assert (told.alpha_in, told.tao_in, told.excess_tao) == (TAO // 10, TAO // 20, TAO - TAO // 20)
    assert (told.alpha_out, told.owner, told.server) == (TAO, 180_000_000, 410_000_000)
    # Root's 100,000 stand against a million and the block's own 1.1 alpha: 41,000,000 * 1,000,000 / 1,000,001.1
    assert (told.root, told.validator, told.recycled) == (40_999_954, 369_000_045, 0)
    poor = emit(pool(is_root_paid=False))
    assert (poor.root, poor.recycled) == (0, 40_999_954)


def test_pool_that_would_take_less_alpha_than_it_may_gets_all_tao() -> None:
    told = emit(pool(price=F(20)))
    assert (told.tao_in, told.excess_tao, told.alpha_in) == (TAO, 0, TAO // 20)


def paid() -> tuple[Any, list[Holder]]:
    def holder(uid: int, alpha: int, coldkey: str = "", **more: Any) -> Holder:
        cold = coldkey or f"c{uid}"
        fields = {"root_tao": 0, "take": F(1, 5), "coldkeys": {cold: F(alpha)} if alpha else {}} | more
        return Holder(uid=uid, hotkey=f"h{uid}", coldkey=cold, alpha=alpha, **fields)

    holders = [
        holder(0, 60, root_tao=120, coldkeys={"c0": F(45), "fan": F(15)}),
        holder(1, 40),
        holder(2, 0, "owner"),
        holder(3, 0),
    ]
    given = {"server": 1_800, "validator": 1_000, "root": 800, "owner_cut": 70}
    weights = [{2: 1, 3: 1}] * 2 + [{}] * 2
    told = pay(
        subnet(weights=weights, yuma3=False),
        holders,
        owner="owner",
        owner_hotkey="h2",
        tao_weight=F(1, 2),
        **given,
    )
    return told, holders


def test_epoch_pays_miners_by_incentive_and_withholds_the_owners() -> None:
    told, holders = paid()
    assert told.incentive == {"h0": 0, "h1": 0, "h3": 900}
    assert told.withheld == {"h2": 900}
    assert told.withheld_share() == F(1, 2)
    assert alpha_after(told, holders, "h2")["h2"] == 70


def test_epoch_pays_validators_by_dividends_their_take_first_and_root_apart() -> None:
    told, holders = paid()
    assert told.outcome.dividends[:2] == [F(6, 10), F(4, 10)]
    by_alpha = F(3, 10) / (F(3, 10) + F(4, 10)) * 1_000
    assert told.nominators["h0"] == by_alpha * F(4, 5)
    assert told.root == {"h0": 640, "h1": 0, "h2": 0, "h3": 0}
    assert told.take["h0"] == by_alpha / 5 + 160
    stakes = stakes_after(told, holders[0], holders, "owner", "h2")
    assert sum(stakes.values()) == 60 + told.take["h0"] + told.nominators["h0"]
    assert stakes["fan"] == 15 + told.nominators["h0"] * 15 / (60 + told.take["h0"])
