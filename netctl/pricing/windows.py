"""Schedules under the older registration rule: caps per block and interval, a price that stands still between.

Blocks count from the head that the rule was read at. Nobody else is expected to register.
"""

from __future__ import annotations

from collections.abc import Sequence

from netctl.money import Rao
from netctl.ports import BurnRule, Windows
from netctl.pricing import curve

Turns = Sequence[tuple[int, Rao]]
"""In which block from now, and at what price."""

IDLE_INTERVALS = 100
"""After so many intervals in a row without a registration none is expected to come."""


def following(rule: BurnRule, windows: Windows, waits: Sequence[int], cap_rao: Rao | None) -> Turns | None:
    """Each once its wait (blocks) is over, the windows are open and the price is at or under the cap; None if never."""
    return _walk(rule, windows, waits, cap_rao, windows.per_interval)


def cheapest(
    rule: BurnRule, windows: Windows, count: int, cap_rao: Rao | None, within_blocks: int | None
) -> Turns | None:
    """The cheapest of some paces: all that the caps allow or the target only, begun now or after some intervals.

    The target does not make the price rise, and intervals without a registration make it fall. Of those that cost the
    same, what ends first; None where nothing keeps the cap and the deadline.
    """
    found: list[Turns] = []
    for quota in dict.fromkeys((windows.per_interval, windows.target)):
        for idle in range(IDLE_INTERVALS):
            start = windows.left_blocks + (idle - 1) * windows.interval_blocks if idle else 0
            if within_blocks is not None and start > within_blocks:
                break
            turns = _walk(rule, windows, [start] * count, cap_rao, quota)
            if turns is not None and (within_blocks is None or not turns or turns[-1][0] <= within_blocks):
                found.append(turns)
                if turns and turns[0][1] <= rule.min_burn_rao:
                    break
    return min(found, key=lambda turns: (sum(price for _, price in turns), len(turns) and turns[-1][0]), default=None)


def _walk(rule: BurnRule, windows: Windows, waits: Sequence[int], cap_rao: Rao | None, quota: int) -> Turns | None:
    turns: list[tuple[int, Rao]] = []
    price, taken, idle, block, ends = rule.burn_rao, windows.taken, 0, 0, max(1, windows.left_blocks)
    while len(turns) < len(waits):
        block += 1
        if block >= ends:
            idle = 0 if taken else idle + 1
            if idle > IDLE_INTERVALS:
                return None
            price, taken, ends = curve.after_interval(rule, windows, price, taken), 0, block + windows.interval_blocks
        room = min(windows.per_block, quota - taken)
        while room > 0 and len(turns) < len(waits) and waits[len(turns)] <= block and _is_under(price, cap_rao):
            turns.append((block, price))
            room, taken = room - 1, taken + 1
    return turns


def _is_under(price_rao: Rao, cap_rao: Rao | None) -> bool:
    return cap_rao is None or price_rao <= cap_rao
