"""Who gets which part of a block: halvings, shares, the gate, and the arithmetic of one subnet. No chain needed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netctl.devchain.pallets.subtensor import shares
from netctl.devchain.pallets.subtensor.coinbase.issuance import SUPPLY_RAO, block_emission_rao
from netctl.devchain.pallets.subtensor.coinbase.split import ONE_Q32, ONE_Q64, bar_q64, demand_q64, gated_q64
from netctl.devchain.pallets.subtensor.coinbase.terms import alpha_terms, pool_terms, root_proportion_q32
from netctl.devchain.storage import Item
from tests.devchain.lab import BOB, CHARLIE, make_chain

TAO = 10**9
CUBE = 3 * ONE_Q64


@pytest.mark.fast
@pytest.mark.parametrize(
    ("issued_tao", "emission_rao"),
    [(0, TAO), (10_499_999, TAO), (10_500_000, TAO // 2), (15_750_000, TAO // 4), (20_999_999, TAO >> 24)],
)
def test_emission_halves_at_each_half_of_what_is_left(issued_tao: int, emission_rao: int) -> None:
    assert block_emission_rao(issued_tao * TAO) == emission_rao


@pytest.mark.fast
def test_nothing_is_emitted_beyond_the_supply() -> None:
    assert [block_emission_rao(SUPPLY_RAO + more) for more in (0, 1)] == [0, 0]


@pytest.mark.fast
def test_gate_makes_a_ninefold_share_of_a_double_price() -> None:
    shares = {1: ONE_Q64 // 3, 2: 2 * ONE_Q64 // 3}
    gated = gated_q64(shares, bar_q64(list(shares.values()), 0, int(0.61 * ONE_Q64)), CUBE)
    assert gated[1] / ONE_Q64 == pytest.approx(0.1)
    assert gated[2] / ONE_Q64 == pytest.approx(0.9)


@pytest.mark.fast
def test_bar_is_the_share_of_a_rank_and_none_where_there_are_fewer() -> None:
    shares = [5, 0, 9, 7]
    assert [bar_q64(shares, rank, 0) for rank in (1, 2, 3, 4)] == [9, 7, 5, 0]


@pytest.mark.fast
def test_no_gate_leaves_shares_as_they_are() -> None:
    assert gated_q64({1: 5, 2: 7}, 0, CUBE) == {1: 5, 2: 7}


def test_what_is_withheld_from_miners_lowers_a_subnets_demand() -> None:
    chain = make_chain()
    price, burned = (Item("SubtensorModule", name) for name in ("SubnetMovingPrice", "MinerBurned"))

    def grant(frame: object) -> None:
        for netuid, withheld in ((1, 0), (2, ONE_Q32 // 2)):
            Item("SubtensorModule", "SubnetMechanism").put(frame, 1, netuid)  # type: ignore[arg-type]
            price.put(frame, {"bits": ONE_Q32}, netuid)  # type: ignore[arg-type]
            burned.put(frame, {"bits": withheld}, netuid)  # type: ignore[arg-type]

    chain.seal(grant)
    shares = demand_q64(chain.view(), [1, 2])
    assert shares[1] / ONE_Q64 == pytest.approx(2 / 3)
    chain.seal(lambda frame: burned.put(frame, {"bits": ONE_Q32}, 1))
    chain.seal(lambda frame: burned.put(frame, {"bits": ONE_Q32}, 2))
    assert demand_q64(chain.view(), [1, 2])[1] / ONE_Q64 == pytest.approx(1 / 2)
    chain.close()


def test_moving_price_follows_the_price_slowly_and_never_above_one() -> None:
    chain = make_chain()
    moving = Item("SubtensorModule", "SubnetMovingPrice")
    chain.seal(lambda frame: moving.put(frame, {"bits": ONE_Q32 // 2}, 1))
    before = moving.get(chain.view(), 1)["bits"]
    chain.seal(lambda frame: Item("SubtensorModule", "EMAPriceHalvingBlocks").put(frame, 1, 1))
    chain.seal(
        lambda frame: Item("SubtensorModule", "SubnetMovingAlpha").put(
            frame,
            {"bits": ONE_Q32},
        )
    )
    chain.seal()
    age = chain.head.number
    expected = before + (ONE_Q32 - before) * age / (age + 1)
    assert moving.get(chain.view(), 1)["bits"] == pytest.approx(expected, rel=1e-2)
    assert moving.get(chain.view(), 1)["bits"] <= ONE_Q32
    chain.close()


def test_reward_opens_an_empty_pool_for_the_hotkeys_owner() -> None:
    chain = make_chain()
    hotkey, owner = BOB.ss58_address, CHARLIE.ss58_address
    chain.seal(lambda frame: shares.reward(frame, hotkey, owner, 1, 5 * TAO))
    assert shares.stake_of(chain.view(), hotkey, owner, 1) == shares.hotkey_alpha(chain.view(), hotkey, 1) == 5 * TAO
    chain.seal(lambda frame: shares.reward(frame, hotkey, owner, 1, TAO))
    assert shares.stake_of(chain.view(), hotkey, owner, 1) == 6 * TAO
    chain.close()


RAO = st.integers(0, 21_000_000 * TAO)


@pytest.mark.fast
@given(RAO, st.integers(0, 65_535), RAO, RAO)
def test_a_blocks_alpha_is_split_without_a_rest(alpha: int, cut: int, root_tao: int, issued: int) -> None:
    root = root_proportion_q32(root_tao, 971_718_665_099_567_868, issued)
    parts = alpha_terms(alpha, cut, root)
    assert parts.owner + parts.server + parts.validator + parts.root == alpha
    assert min(parts.owner, parts.server, parts.validator, parts.root) >= 0
    assert parts.server == (alpha - parts.owner) // 2
    assert parts.owner == pytest.approx(alpha * cut / 65_535, abs=alpha / 2**31 + 1)


@pytest.mark.fast
@given(st.integers(0, TAO << 32), st.integers(1, 10**16), st.integers(1, 10**16), st.integers(0, ONE_Q32))
def test_pool_gets_no_more_than_the_block_has(tao_q32: int, tao: int, alpha: int, root_q32: int) -> None:
    laid = pool_terms(tao_q32, tao, alpha, TAO, root_q32)
    assert min(laid.tao_in, laid.alpha_in, laid.excess_tao) >= 0
    assert (tao_q32 >> 32) - 1 <= laid.tao_in + laid.excess_tao <= tao_q32 >> 32
    assert laid.alpha_in <= root_q32 * TAO >> 32
