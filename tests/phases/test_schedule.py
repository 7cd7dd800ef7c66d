"""Schedules against every schedule there is, in cases small enough to try them all."""

from __future__ import annotations

from fractions import Fraction
from itertools import combinations_with_replacement

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from netctl.ports import BurnRule, Windows
from netctl.pricing import curve, schedule
from netctl.pricing.schedule import Schedule, Turn

pytestmark = pytest.mark.fast
TAO = 1_000_000_000


def rule(burn: int = TAO, *, floor: int = 1, half_life: int = 360, windows: Windows | None = None) -> BurnRule:
    return BurnRule(burn, floor, 10**15, 1.26, half_life, windows=windows)


def walked(burn: BurnRule, blocks: tuple[int, ...]) -> Schedule:
    """What registering in these blocks costs, block by block."""
    price, turns = burn.burn_rao, []
    for block in range(1, blocks[-1] + 1):
        price = curve.after_block(burn, price)
        for _ in range(blocks.count(block)):
            turns.append(Turn(block, price))
            price = curve.after_registrations(burn, price, 1)
    return Schedule(tuple(turns))


CURVES = st.builds(
    rule,
    st.integers(TAO // 2, 4 * TAO),
    floor=st.sampled_from([1, TAO // 2, TAO]),
    half_life=st.integers(3, 30),
)


@settings(max_examples=60, deadline=None)
@given(CURVES, st.integers(1, 4), st.integers(1, 12), st.sampled_from([None, TAO, 2 * TAO, 3 * TAO]))
def test_nothing_within_the_deadline_and_under_the_cap_is_clearly_cheaper(
    burn: BurnRule, count: int, within: int, cap: int | None
) -> None:
    every = (walked(burn, blocks) for blocks in combinations_with_replacement(range(1, within + 1), count))
    kept = [each.total_rao for each in every if cap is None or each.dearest_rao <= cap]
    found = schedule.cheapest(burn, count, cap, within)
    if not kept:
        assert found is None
        return
    assert found is not None
    assert found.blocks <= within
    assert cap is None or found.dearest_rao <= cap
    assert walked(burn, tuple(turn.block for turn in found.turns)) == found
    a_block = 2 ** (1 / burn.half_life_blocks)
    assert min(kept) <= found.total_rao <= min(kept) * a_block


@settings(max_examples=60, deadline=None)
@given(CURVES, st.integers(1, 4), st.sampled_from([TAO, 2 * TAO]))
def test_the_earliest_ends_when_the_cap_first_allows_it_and_costs_no_more_than_the_soonest(
    burn: BurnRule, count: int, cap: int
) -> None:
    soonest = schedule.soonest(burn, count, cap)
    found = schedule.earliest(burn, count, cap, None)
    assert soonest is not None
    assert found is not None
    assert soonest.blocks <= found.blocks <= soonest.blocks + schedule.SLACK[-1]
    assert found.total_rao <= soonest.total_rao
    assert found.dearest_rao <= cap


def test_a_floor_makes_one_register_at_each_visit_and_the_rest_at_the_end() -> None:
    found = schedule.earliest(rule(floor=TAO), 16, 2 * TAO, None)
    soonest = schedule.soonest(rule(floor=TAO), 16, 2 * TAO)
    assert found is not None
    assert soonest is not None
    assert found.blocks == soonest.blocks == pytest.approx(1442, abs=3)
    assert soonest.total_rao / TAO == pytest.approx(29.8, abs=0.1)
    assert found.total_rao / TAO == pytest.approx(17.8, abs=0.1)
    gaps = [later.block - turn.block for turn, later in zip(found.turns, found.turns[1:], strict=False)]
    assert all(gap == pytest.approx(120, abs=3) for gap in gaps[:11])
    assert sum(gaps[12:]) <= 1


@settings(max_examples=40, deadline=None)
@given(CURVES, st.integers(1, 5), st.integers(10, 100))
def test_a_budget_is_kept_wherever_waiting_can_keep_it_and_no_longer_than_it_takes(
    burn: BurnRule, count: int, percent: int
) -> None:
    dearest, cheapest = schedule.at_once(burn, count), schedule.cheapest(burn, count, None)
    assert cheapest is not None
    budget = cheapest.total_rao + (dearest.total_rao - cheapest.total_rao) * percent // 100
    found = schedule.earliest(burn, count, None, budget)
    assert found is not None
    assert found.total_rao <= budget
    if found.blocks > 1:
        hurried = schedule.cheapest(burn, count, None, found.blocks - 1)
        assert hurried is None or hurried.total_rao > budget


def test_without_a_cap_or_a_budget_all_go_at_once() -> None:
    assert schedule.earliest(rule(), 4, None, None) == schedule.at_once(rule(), 4)
    assert schedule.at_once(rule(), 4).blocks == 1


def test_waiting_saves_nothing_where_the_price_stands_still() -> None:
    still = rule(half_life=0)
    assert schedule.cheapest(still, 3, None) == schedule.at_once(still, 3)
    assert schedule.earliest(still, 3, 2 * TAO, TAO) == schedule.at_once(still, 3)
    assert schedule.cheapest(still, 3, TAO) is None


@pytest.mark.parametrize("count", [16, 64])
def test_many_are_planned_under_the_cap(count: int) -> None:
    found = schedule.earliest(rule(floor=500_000), count, 2 * TAO, None)
    assert found is not None
    assert found.blocks == pytest.approx(120 * (count - 4), abs=40)
    assert found.total_rao < 10 * TAO
    assert found.dearest_rao <= 2 * TAO


WINDOWS = Windows(per_block=2, target=3, interval_blocks=50, taken=0, left_blocks=20, smoothing=Fraction(0))


def test_windows_take_so_many_in_a_block_and_an_interval() -> None:
    found = schedule.at_once(rule(windows=WINDOWS), 12)
    blocks = [turn.block for turn in found.turns]
    assert blocks == [1, 1, 2, 2, 3, 3, 4, 4, 5, 20, 20, 21]
    assert [turn.price_rao for turn in found.turns] == [TAO] * 9 + [2 * TAO] * 3


def test_an_interval_that_is_full_is_waited_out() -> None:
    full = Windows(2, 3, 50, taken=9, left_blocks=7, smoothing=Fraction(0))
    found = schedule.soonest(rule(windows=full), 2, None)
    assert found is not None
    assert [turn.block for turn in found.turns] == [7, 7]


def test_with_windows_the_target_keeps_the_price_from_rising() -> None:
    slow = schedule.cheapest(rule(floor=TAO, windows=WINDOWS), 9, None)
    fast = schedule.at_once(rule(floor=TAO, windows=WINDOWS), 12)
    assert slow is not None
    assert slow.dearest_rao == TAO
    assert fast.dearest_rao == 2 * TAO


def test_windows_that_never_open_take_nobody() -> None:
    closed = Windows(0, 3, 50, 0, 20, Fraction(0))
    assert schedule.soonest(rule(windows=closed), 1, None) is None
    assert schedule.earliest(rule(windows=closed), 1, None, TAO) is None
    assert schedule.at_once(rule(windows=closed), 1) == Schedule(())
