"""Who gets which part of a block: halvings, shares, the gate, and the arithmetic of one subnet. No chain needed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netctl.devchain.chain import Chain
from netctl.devchain.frame import BlockFrame
from netctl.devchain.pallets.subtensor import shares
from netctl.devchain.pallets.subtensor.coinbase.issuance import SUPPLY_RAO, block_emission_rao
from netctl.devchain.pallets.subtensor.coinbase.split import (
    GATE_INTERVAL_BLOCKS,
    ONE_Q32,
    ONE_Q64,
    bar_q64,
    demand_q64,
    gated_q64,
)
from netctl.devchain.pallets.subtensor.coinbase.terms import alpha_terms, pool_terms, root_proportion_q32
from netctl.devchain.storage import Item
from tests.devchain.lab import BOB, CHARLIE, make_chain
from tests.devchain.laws import LOST_IN_A_BLOCK, stored
from tests.oracle.stage import Stage, founded

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
def test_bar_is_the_share_of_a_rank_and_the_least_where_there_are_fewer() -> None:
    shares = [5, 0, 9, 7]
    assert [bar_q64(shares, rank, 0) for rank in (1, 2, 3, 4, 32)] == [9, 7, 5, 5, 5]
    assert bar_q64([0, 0], 1, 0) == bar_q64([], 1, 0) == bar_q64([], 0, 1) == 0


@pytest.mark.fast
def test_bar_of_a_quantile_that_rounding_keeps_out_of_reach_is_the_least_share() -> None:
    assert bar_q64([5, 9, 7], 0, 15) == 7
    assert bar_q64([5, 9, 7], 0, 22) == 5


@pytest.mark.fast
@pytest.mark.parametrize(("exponent", "tiny"), [(3, 0.05 / 2_000), (2.5, 0.05 / 9_000)])
def test_gate_lets_nothing_through_that_is_thousands_of_times_off_the_bar(exponent: float, tiny: float) -> None:
    """Far above it too: the runtime's fixed-point power fails in both directions, and takes its greatest number."""
    shares = {1: int(tiny * ONE_Q64), 2: int(0.05 * ONE_Q64), 3: int((0.95 - tiny) * ONE_Q64)}
    by_least = gated_q64(shares, shares[1], int(exponent * ONE_Q64))
    assert by_least[1] / ONE_Q64 == pytest.approx(1, rel=1e-3)
    by_greatest = gated_q64(shares, shares[3], int(exponent * ONE_Q64))
    assert by_greatest[3] / ONE_Q64 == pytest.approx(1, rel=1e-2)
    assert 0 < by_greatest[1] / ONE_Q64 < 1e-9


@pytest.mark.fast
def test_no_gate_leaves_shares_as_they_are() -> None:
    assert gated_q64({1: 5, 2: 7}, 0, CUBE) == {1: 5, 2: 7}


@contextmanager
def a_chain_of_two() -> Iterator[Chain]:
    """A chain with two subnets that have started."""
    chain = make_chain()
    try:
        founded(chain, "Founder")
        yield chain
    finally:
        chain.close()


def give_prices(*prices: int) -> Callable[[BlockFrame], None]:
    """Moving prices of subnets 1, 2, ... in this proportion."""

    def grant(frame: BlockFrame) -> None:
        for netuid, price in enumerate(prices, 1):
            Item("SubtensorModule", "SubnetMovingPrice").put(frame, {"bits": price * ONE_Q32}, netuid)

    return grant


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


def bar(chain: Chain) -> float:
    return int(stored(chain.view(), "EmissionGateBar")["bits"]) / ONE_Q64


def test_bar_keeps_its_place_for_an_interval() -> None:
    chain = make_chain()
    chain.seal()
    assert bar(chain) == 1, "the share of the only subnet"
    founded(chain, "Founder")
    for _ in range(2):
        chain.seal(give_prices(3, 1))
        assert bar(chain) == 1
    while chain.head.number % GATE_INTERVAL_BLOCKS:
        chain.seal()
    assert bar(chain) == pytest.approx(1 / 4, rel=1e-3)
    chain.close()


def test_bar_is_found_anew_at_once_when_its_rank_or_quantile_is_set() -> None:
    with a_chain_of_two() as chain:
        stage = Stage(chain)
        chain.seal(give_prices(3, 1))
        stage.root("sudo_set_emission_bar_rank", rank=1)
        assert bar(chain) == 0
        chain.seal()
        assert bar(chain) == pytest.approx(3 / 4, rel=1e-3)
        stage.root("sudo_set_emission_bar_rank", rank=0)
        stage.root("sudo_set_emission_bar_quantile", quantile={"bits": ONE_Q64 * 8 // 10})
        chain.seal()
        assert bar(chain) == pytest.approx(1 / 4, rel=1e-3)
        stage.root("sudo_set_emission_gate_exponent", exponent={"bits": ONE_Q64})
        assert bar(chain) == pytest.approx(1 / 4, rel=1e-3), "the exponent does not move it"


@pytest.mark.parametrize(
    ("function", "args"),
    [
        ("sudo_set_emission_bar_quantile", {"quantile": {"bits": 0}}),
        ("sudo_set_emission_bar_quantile", {"quantile": {"bits": ONE_Q64}}),
        ("sudo_set_emission_gate_exponent", {"exponent": {"bits": ONE_Q64 - 1}}),
        ("sudo_set_emission_gate_exponent", {"exponent": {"bits": 8 * ONE_Q64 + 1}}),
    ],
)
def test_gate_is_set_within_its_bounds(function: str, args: dict[str, object]) -> None:
    chain = make_chain()
    with pytest.raises(AssertionError, match="Err"):
        Stage(chain).root(function, **args)
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
def test_a_blocks_alpha_is_split_but_for_what_rounding_loses(alpha: int, cut: int, root_tao: int, issued: int) -> None:
    root = root_proportion_q32(root_tao, 971_718_665_099_567_868, issued)
    parts = alpha_terms(alpha, cut, root)
    each = (parts.owner, parts.server, parts.validator, parts.root)
    assert 0 <= alpha - sum(each) <= LOST_IN_A_BLOCK
    assert min(each) >= 0
    assert parts.validator + parts.root <= parts.server <= (alpha - parts.owner) // 2
    assert parts.owner == pytest.approx(alpha * cut / 65_535, abs=alpha / 2**31 + 1)


@pytest.mark.fast
@given(st.integers(0, TAO << 32), st.integers(1, 10**16), st.integers(1, 10**16), st.integers(0, ONE_Q32))
def test_pool_gets_no_more_than_the_block_has(tao_q32: int, tao: int, alpha: int, root_q32: int) -> None:
    laid = pool_terms(tao_q32, tao, alpha, TAO, root_q32)
    assert min(laid.tao_in, laid.alpha_in, laid.excess_tao) >= 0
    assert (tao_q32 >> 32) - 1 <= laid.tao_in + laid.excess_tao <= tao_q32 >> 32
    assert laid.alpha_in <= root_q32 * TAO >> 32
