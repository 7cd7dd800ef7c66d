"""The burn curve against figures published for the chain, and against a walk of the runtime's own arithmetic."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netctl.ports import BurnRule, Windows
from netctl.pricing import curve

pytestmark = pytest.mark.fast
TAO = 1_000_000_000


def rule(
    burn: int = TAO, *, floor: int = 1, ceiling: int = 100 * TAO, mult: float = 1.26, half_life: int = 360
) -> BurnRule:
    return BurnRule(burn, floor, ceiling, mult, half_life)


@pytest.mark.parametrize(("count", "multiple"), [(4, 5.85), (8, 20.6)])
def test_a_burst_costs_the_published_multiple_of_the_first_price(count: int, multiple: float) -> None:
    assert sum(curve.costs_in_sequence(rule(), count)) / TAO == pytest.approx(multiple, rel=0.002)


def test_the_price_is_back_after_120_blocks_per_registration() -> None:
    raised = curve.after_registrations(rule(), TAO, 1)
    assert curve.after_blocks(rule(), raised, 120) == pytest.approx(TAO, rel=0.001)


def test_the_price_halves_in_a_half_life() -> None:
    assert curve.after_blocks(rule(), 8 * TAO, 720) == pytest.approx(2 * TAO, rel=1e-6)
    assert curve.after_blocks(rule(), 8 * TAO, 720) <= 2 * TAO  # the runtime truncates


def test_the_price_stays_between_floor_and_ceiling() -> None:
    bounded = rule(floor=TAO // 2, ceiling=2 * TAO)
    assert curve.after_registrations(bounded, TAO, 50) == 2 * TAO
    assert curve.after_blocks(bounded, TAO, 100_000) == TAO // 2


def test_the_price_stands_still_without_a_half_life() -> None:
    assert curve.after_blocks(rule(half_life=0), 5 * TAO, 1000) == 5 * TAO
    assert curve.blocks_until(rule(half_life=0), 5 * TAO, TAO) is None


def test_a_cap_below_the_floor_is_never_reached() -> None:
    assert curve.blocks_until(rule(floor=TAO), 5 * TAO, TAO // 2) is None


@given(st.integers(1_000, 10**11), st.integers(1_000, 10**11), st.integers(1, 500))
def test_blocks_until_is_the_first_block_at_or_under_the_cap(price: int, cap: int, half_life: int) -> None:
    burn = rule(ceiling=10**12, half_life=half_life)
    blocks = curve.blocks_until(burn, price, cap)
    assert blocks is not None
    assert blocks or price <= cap
    assert not blocks or curve.after_blocks(burn, price, blocks) <= cap
    assert not blocks or curve.after_blocks(burn, price, blocks - 1) > cap


@given(st.integers(2, 2000))
def test_the_decay_is_the_largest_factor_that_leaves_half_after_a_half_life(half_life: int) -> None:
    def left(factor: int) -> Fraction:
        return Fraction(factor, curve.ONE) ** half_life

    factor = curve.decay_factor(half_life)
    # Truncation in the runtime's power may only let the factor be greater, by less than its digits can tell.
    assert left(factor) <= Fraction(1, 2) + Fraction(half_life * 4, curve.ONE)
    assert left(factor + 1) > Fraction(1, 2)


def test_only_what_is_not_locked_is_burned() -> None:
    halved = BurnRule(TAO, 1, 100 * TAO, 1.26, 360, lock_share=Fraction(1, 4))
    assert curve.locked_rao(halved, 2 * TAO) == TAO // 2
    assert curve.locked_rao(rule(), 2 * TAO) == 0


@pytest.mark.parametrize(
    ("registrations", "smoothing", "price"),
    [
        (0, Fraction(0), TAO // 2),
        (0, Fraction(9, 10), TAO * 95 // 100),
        (1, Fraction(0), TAO),
        (2, Fraction(0), TAO),
        (6, Fraction(0), 2 * TAO),
        (4, Fraction(1, 2), TAO * 125 // 100),
    ],
)
def test_an_interval_moves_the_older_price_by_how_far_its_target_was_missed(
    registrations: int, smoothing: Fraction, price: int
) -> None:
    windows = Windows(1, 2, 100, 0, 100, smoothing)
    assert curve.after_interval(rule(), windows, TAO, registrations) == price
