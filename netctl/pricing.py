"""What registration costs: the burn curve of one subnet as pure functions of its `BurnRule`.

The rule is the runtime's (pallet subtensor, ``do_register`` and the price update at the start of every block): each
success multiplies the price by BurnIncreaseMult, each block decays it by 2^(-1/BurnHalfLife), and after either it
is clamped to [MinBurn, MaxBurn]. Amounts are rao; fractions are dropped, as the chain drops them.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from netctl.money import Rao
from netctl.ports import BurnRule


@dataclass(frozen=True, slots=True)
class Turn:
    """One registration of a sequence: how many blocks from now, and its price then."""

    wait_blocks: int
    price_rao: Rao


def clamped(rule: BurnRule, price_rao: Rao) -> Rao:
    """The price held between the subnet's floor and ceiling."""
    return min(max(price_rao, rule.min_burn_rao), rule.max_burn_rao)


def after_registrations(rule: BurnRule, price_rao: Rao, count: int) -> Rao:
    """The price right after `count` registrations in one block, starting at `price_rao`."""
    for _ in range(count):
        raised = clamped(rule, int(price_rao * max(rule.increase_mult, 1.0)))
        if raised == price_rao:
            break
        price_rao = raised
    return price_rao


def after_blocks(rule: BurnRule, price_rao: Rao, blocks: int) -> Rao:
    """The price after `blocks` without a registration; a half-life of 0 means that it stands still."""
    if rule.half_life_blocks <= 0 or blocks <= 0:
        return clamped(rule, price_rao) if blocks > 0 else price_rao
    return clamped(rule, int(price_rao * 0.5 ** (blocks / rule.half_life_blocks)))


def blocks_until(rule: BurnRule, price_rao: Rao, cap_rao: Rao) -> int | None:
    """Blocks until the price is at or under the cap if nobody registers; None when it never gets there."""
    if price_rao <= cap_rao:
        return 0
    if rule.min_burn_rao > cap_rao or rule.half_life_blocks <= 0 or cap_rao <= 0:
        return None
    blocks = max(0, math.ceil(rule.half_life_blocks * math.log2(price_rao / (cap_rao + 1))) - 1)
    while after_blocks(rule, price_rao, blocks) > cap_rao:
        blocks += 1
    return blocks


def costs_in_sequence(rule: BurnRule, count: int) -> tuple[Rao, ...]:
    """What each of `count` registrations pays when all of them go into one block."""
    prices: list[Rao] = []
    price = rule.burn_rao
    for _ in range(count):
        prices.append(price)
        price = after_registrations(rule, price, 1)
    return tuple(prices)


def turns(rule: BurnRule, count: int, cap_rao: Rao | None) -> tuple[Turn, ...] | None:
    """`count` registrations, each as soon as its price is at or under the cap; None when the floor is above the cap."""
    planned: list[Turn] = []
    price, wait = rule.burn_rao, 0
    for _ in range(count):
        if cap_rao is not None:
            pause = blocks_until(rule, price, cap_rao)
            if pause is None:
                return None
            price, wait = after_blocks(rule, price, pause), wait + pause
        planned.append(Turn(wait, price))
        price = after_registrations(rule, price, 1)
    return tuple(planned)
