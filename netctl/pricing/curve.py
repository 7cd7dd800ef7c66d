"""What registration costs: the burn curve of one subnet as pure functions of its `BurnRule`.

The rule is the runtime's (pallet subtensor, subnets/registration.rs: ``bump_registration_price_after_registration``,
and ``update_registration_prices_for_networks`` at the start of every block): each success multiplies the price by
BurnIncreaseMult, each block decays it by a factor that halves it in BurnHalfLife blocks, and after either it is clamped
to [MinBurn, MaxBurn]. Amounts are whole rao; the arithmetic is the runtime's too, 64 fractional bits for the increase
and 32 for the decay, truncated, so that a prediction is exact.
"""

from __future__ import annotations

from bisect import bisect_right
from fractions import Fraction
from functools import lru_cache

from netctl.money import Rao
from netctl.ports import BurnRule, Windows

BITS = 32
ONE = 1 << BITS
"""1 in the fixed-point numbers of a decay."""


def clamped(rule: BurnRule, price_rao: Rao) -> Rao:
    """The price held between the subnet's floor and ceiling."""
    return min(max(price_rao, rule.min_burn_rao), rule.max_burn_rao)


def after_registrations(rule: BurnRule, price_rao: Rao, count: int) -> Rao:
    """The price right after `count` registrations in one block, starting at `price_rao`.

    Where registration goes by windows the price stands still until the interval is over.
    """
    if rule.windows is not None:
        return price_rao
    for _ in range(count):
        raised = clamped(rule, int(price_rao * max(Fraction(rule.increase_mult), Fraction(1))))
        if raised == price_rao:
            break
        price_rao = raised
    return price_rao


def after_blocks(rule: BurnRule, price_rao: Rao, blocks: int) -> Rao:
    """The price after `blocks` without a registration; a half-life of 0 means that it stands still."""
    for _ in range(blocks):
        fallen = after_block(rule, price_rao)
        if fallen == price_rao:
            break
        price_rao = fallen
    return price_rao


def highest_soon(rule: BurnRule, others: int) -> Rao:
    """The most that the next registration can cost by what is known: after `others` more, or in a new interval."""
    if rule.windows is not None:
        return max(rule.burn_rao, after_interval(rule, rule.windows, rule.burn_rao, rule.windows.per_interval))
    return after_registrations(rule, rule.burn_rao, others)


def after_block(rule: BurnRule, price_rao: Rao) -> Rao:
    """The price after one block without a registration."""
    if rule.windows is not None:
        return price_rao
    return clamped(rule, price_rao * decay_factor(rule.half_life_blocks) >> BITS)


@lru_cache(maxsize=64)
def decay_factor(half_life_blocks: int) -> int:
    """A block's decay in units of 2^-32: the largest factor whose power of the half-life is at most a half.

    As the runtime finds it (pallet subtensor, ``decay_factor_q32``, ``pow_q32`` and ``mul_by_q32``: in utils/misc.rs,
    later in utils/misc/q32_math.rs); 2^32 for a half-life of 0.
    """
    if half_life_blocks <= 0:
        return ONE

    def power(factor: int) -> int:
        result, exponent = ONE, half_life_blocks
        while exponent:
            if exponent & 1:
                result = result * factor >> BITS
            exponent, factor = exponent >> 1, factor * factor >> BITS
        return result

    return bisect_right(range(ONE), ONE // 2, key=power) - 1


def blocks_until(rule: BurnRule, price_rao: Rao, cap_rao: Rao) -> int | None:
    """Blocks until the price is at or under the cap if nobody registers; None when it never gets there."""
    blocks = 0
    if rule.min_burn_rao > cap_rao:
        return 0 if price_rao <= cap_rao else None
    while price_rao > cap_rao:
        fallen = after_block(rule, price_rao)
        if fallen == price_rao:
            return None
        price_rao, blocks = fallen, blocks + 1
    return blocks


def costs_in_sequence(rule: BurnRule, count: int) -> tuple[Rao, ...]:
    """What each of `count` registrations pays when all of them go into one block."""
    prices: list[Rao] = []
    price = rule.burn_rao
    for _ in range(count):
        prices.append(price)
        price = after_registrations(rule, price, 1)
    return tuple(prices)


def locked_rao(rule: BurnRule, price_rao: Rao) -> Rao:
    """The part of a price that buys alpha which stays locked as collateral; the rest is burned."""
    return int(price_rao * rule.lock_share)


def after_interval(rule: BurnRule, windows: Windows, price_rao: Rao, registrations: int) -> Rao:
    """The next interval's price, where `registrations` by burn came in this one and none by proof of work.

    The older runtime's rule (pallet subtensor, ``adjust_registration_terms_for_networks``): more than the target make
    it dearer and none at all cheaper, by (count + target) / (2 target), of which AdjustmentAlpha is smoothed away.
    """
    if windows.target <= 0:
        return rule.max_burn_rao if registrations else price_rao
    if 0 < registrations <= windows.target:
        return price_rao
    moved = price_rao * Fraction(registrations + windows.target, 2 * windows.target)
    return clamped(rule, int(windows.smoothing * price_rao + (1 - windows.smoothing) * moved))
