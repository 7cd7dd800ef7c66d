"""When to register, and what it then costs: schedules of N registrations under a cap, a budget and a deadline.

Blocks count from the head that the rule was read at; a registration "after 1 block" is in the next one. Nobody else is
expected to register. Away from the floor it does not matter for a price in which order it was raised and decayed, only
how many raises and how many blocks came before. So the cheapest schedule with a deadline waits as long as it can and
wastes no decay at the floor: one at each time that the price is down there, the rest together in the last block.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from netctl.money import Rao
from netctl.ports import BurnRule
from netctl.pricing import curve, windows

REACHES = 4
"""How many blocks above the floor are tried as the price to wait for: the last ones before it may be worth little."""

SLACK = (0, 1, 2, 4, 8, 16)
"""By how many blocks the soonest finish may slip for a schedule that costs less."""


@dataclass(frozen=True, slots=True)
class Turn:
    """One registration: in which block from now, and its price there."""

    block: int
    price_rao: Rao


@dataclass(frozen=True, slots=True)
class Schedule:
    """Registrations in the order of their turns."""

    turns: tuple[Turn, ...]

    @property
    def total_rao(self) -> Rao:
        return sum(turn.price_rao for turn in self.turns)

    @property
    def dearest_rao(self) -> Rao:
        return max((turn.price_rao for turn in self.turns), default=0)

    @property
    def blocks(self) -> int:
        """After how many blocks the last one is in."""
        return self.turns[-1].block if self.turns else 0


def at_once(rule: BurnRule, count: int) -> Schedule:
    """All of them as soon as the chain takes them, whatever it costs."""
    return following(rule, [0] * count, None) or Schedule(())


def soonest(rule: BurnRule, count: int, cap_rao: Rao | None) -> Schedule | None:
    """Each as soon as its price is at or under the cap; None when the price never gets there."""
    return following(rule, [0] * count, cap_rao)


def following(rule: BurnRule, waits: Sequence[int], cap_rao: Rao | None) -> Schedule | None:
    """Each once its wait (blocks) is over and its price at or under the cap; None when the price never gets there."""
    if rule.windows is not None:
        found = windows.following(rule, rule.windows, waits, cap_rao)
        return None if found is None else _of(found)
    turns: list[Turn] = []
    price, now = curve.after_block(rule, rule.burn_rao), 1
    for wait in waits:
        price, now = curve.after_blocks(rule, price, wait - now), max(now, wait)
        if cap_rao is not None:
            pause = curve.blocks_until(rule, price, cap_rao)
            if pause is None:
                return None
            price, now = curve.after_blocks(rule, price, pause), now + pause
        turns.append(Turn(now, price))
        price = curve.after_registrations(rule, price, 1)
    return Schedule(tuple(turns))


def cheapest(rule: BurnRule, count: int, cap_rao: Rao | None, within_blocks: int | None = None) -> Schedule | None:
    """What costs least, all of it in at most `within_blocks`; None where cap and deadline cannot both be kept.

    Among those that cost the same, the one that ends first. With windows: the cheapest of the paces tried.
    """
    if rule.windows is not None:
        found = windows.cheapest(rule, rule.windows, count, cap_rao, within_blocks)
        return None if found is None else _of(found)
    candidates = [soonest(rule, count, cap_rao), *_paced(rule, count, within_blocks)]
    kept = [each for each in candidates if each is not None and _keeps(each, cap_rao, within_blocks)]
    return min(kept, key=lambda each: (each.total_rao, each.blocks), default=None)


def earliest(rule: BurnRule, count: int, cap_rao: Rao | None, budget_rao: Rao | None) -> Schedule | None:
    """What ends first under the cap and, if it can, within the budget, and costs least of all that end then.

    None when the price never gets down to the cap. Where no schedule is within the budget: the cheapest there is.
    """
    first = soonest(rule, count, cap_rao)
    if first is None or (rule.windows is not None and budget_rao is None):
        return first
    last = cheapest(rule, count, cap_rao)
    found = [each for slack in SLACK if (each := cheapest(rule, count, cap_rao, first.blocks + slack)) is not None]
    best = _best_of_slack(rule, found)
    if budget_rao is None or best.total_rao <= budget_rao or last is None or last.total_rao > budget_rao:
        return best if budget_rao is None or best.total_rao <= budget_rao else last
    return _first_within(rule, count, cap_rao, budget_rao, best.blocks, last.blocks) or last


def _best_of_slack(rule: BurnRule, found: Sequence[Schedule]) -> Schedule:
    """The one that ends first, but for one a few blocks later that saves clearly more than those blocks' decay does."""
    best = found[0]
    for each in found[1:]:
        decay = (curve.decay_factor(rule.half_life_blocks) / curve.ONE) ** (each.blocks - best.blocks)
        if each.total_rao < best.total_rao * decay * 0.98:
            best = each
    return best


def _first_within(
    rule: BurnRule, count: int, cap_rao: Rao | None, budget_rao: Rao, low: int, high: int
) -> Schedule | None:
    """The earliest finish whose cheapest schedule is within the budget, by halving: waiting longer never costs more."""
    best = None
    while low < high:
        middle = (low + high) // 2
        tried = cheapest(rule, count, cap_rao, middle)
        if tried is not None and tried.total_rao <= budget_rao:
            best, high = tried, middle
        else:
            low = middle + 1
    return best


def _paced(rule: BurnRule, count: int, within_blocks: int | None) -> Iterator[Schedule]:
    """One at each time the price is down where it cannot fall much further, the rest in the last block."""
    factor = curve.decay_factor(rule.half_life_blocks)
    if factor == curve.ONE:
        return
    reach = rule.min_burn_rao
    for _ in range(REACHES):
        yield _waiting(rule, count, within_blocks, reach)
        reach = max(reach + 1, -(-reach * curve.ONE // max(1, factor)))


def _waiting(rule: BurnRule, count: int, within_blocks: int | None, reach_rao: Rao) -> Schedule:
    turns: list[Turn] = []
    factor, floor, ceiling = curve.decay_factor(rule.half_life_blocks), rule.min_burn_rao, rule.max_burn_rao
    price, block = rule.burn_rao, 0
    while len(turns) < count:
        price, block = min(max(price * factor >> curve.BITS, floor), ceiling), block + 1
        while len(turns) < count and (price <= reach_rao or block == within_blocks):
            turns.append(Turn(block, price))
            price = curve.after_registrations(rule, price, 1)
    return Schedule(tuple(turns))


def _keeps(schedule: Schedule, cap_rao: Rao | None, within_blocks: int | None) -> bool:
    in_time = within_blocks is None or schedule.blocks <= within_blocks
    return in_time and (cap_rao is None or schedule.dearest_rao <= cap_rao)


def _of(turns: Sequence[tuple[int, Rao]]) -> Schedule:
    return Schedule(tuple(Turn(block, price_rao) for block, price_rao in turns))
