"""The burn curve against figures published for the chain, and against a block-by-block walk of its own."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netctl import pricing
from netctl.ports import BurnRule

pytestmark = pytest.mark.fast
TAO = 1_000_000_000


def rule(
    burn: int = TAO, *, floor: int = 1, ceiling: int = 100 * TAO, mult: float = 1.26, half_life: int = 360
) -> BurnRule:
    return BurnRule(burn, floor, ceiling, mult, half_life)


@pytest.mark.parametrize(("count", "multiple"), [(4, 5.85), (8, 20.6)])
def test_a_burst_costs_the_published_multiple_of_the_first_price(count: int, multiple: float) -> None:
    assert sum(pricing.costs_in_sequence(rule(), count)) / TAO == pytest.approx(multiple, rel=0.002)


def test_the_price_is_back_after_120_blocks_per_registration() -> None:
    raised = pricing.after_registrations(rule(), TAO, 1)
    assert pricing.after_blocks(rule(), raised, 120) == pytest.approx(TAO, rel=0.001)


def test_the_price_halves_in_a_half_life() -> None:
    assert pricing.after_blocks(rule(), 8 * TAO, 720) == 2 * TAO


def test_the_price_stays_between_floor_and_ceiling() -> None:
    bounded = rule(floor=TAO // 2, ceiling=2 * TAO)
    assert pricing.after_registrations(bounded, TAO, 50) == 2 * TAO
    assert pricing.after_blocks(bounded, TAO, 100_000) == TAO // 2


def test_the_price_stands_still_without_a_half_life() -> None:
    assert pricing.after_blocks(rule(half_life=0), 5 * TAO, 1000) == 5 * TAO
    assert pricing.blocks_until(rule(half_life=0), 5 * TAO, TAO) is None


def test_a_cap_below_the_floor_is_never_reached() -> None:
    assert pricing.blocks_until(rule(floor=TAO), 5 * TAO, TAO // 2) is None
    assert pricing.turns(rule(floor=TAO), 3, TAO // 2) is None


def test_turns_come_at_once_while_all_of_them_stay_under_the_cap() -> None:
    planned = pricing.turns(rule(), 4, 3 * TAO)
    assert planned is not None
    assert [turn.wait_blocks for turn in planned] == [0, 0, 0, 0]
    assert tuple(turn.price_rao for turn in planned) == pricing.costs_in_sequence(rule(), 4)


def test_turns_wait_for_the_decay_where_the_next_price_is_above_the_cap() -> None:
    planned = pricing.turns(rule(), 4, TAO)
    assert planned is not None
    assert [turn.wait_blocks for turn in planned] == pytest.approx([0, 120, 240, 360], abs=3)
    assert all(turn.price_rao <= TAO for turn in planned)


@given(st.integers(1_000, 10**11), st.integers(1_000, 10**11), st.integers(1, 2000))
def test_blocks_until_is_the_first_block_at_or_under_the_cap(price: int, cap: int, half_life: int) -> None:
    curve = rule(ceiling=10**12, half_life=half_life)
    blocks = pricing.blocks_until(curve, price, cap)
    assert blocks is not None
    assert blocks or price <= cap
    assert not blocks or pricing.after_blocks(curve, price, blocks) <= cap
    assert blocks < 2 or pricing.after_blocks(curve, price, blocks - 1) > cap


@given(st.integers(500_000, 10**11), st.integers(1, 600))
def test_many_blocks_at_once_agree_with_block_by_block(price: int, blocks: int) -> None:
    curve = rule(floor=500_000)
    factor, walked = int(0.5 ** (1 / 360) * 2**32), price
    for _ in range(blocks):
        walked = min(max(walked * factor >> 32, 500_000), 100 * TAO)
    assert pricing.after_blocks(curve, price, blocks) == pytest.approx(walked, rel=0.002)
