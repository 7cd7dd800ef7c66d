"""The price of a registration: up at each one, halved every BurnHalfLife blocks, between MinBurn and MaxBurn.

Arithmetic as the runtime's: 32 fractional bits for the decay, 64 for the increase, truncated.
"""

from __future__ import annotations

from functools import lru_cache

from netctl.devchain.pallets.subtensor import items
from netctl.devchain.storage import Frame, View

_ONE_Q32 = 1 << 32
_ONE_Q64 = 1 << 64
_U64_MAX = (1 << 64) - 1


def _power_q32(factor: int, exponent: int) -> int:
    result = _ONE_Q32
    while exponent:
        if exponent & 1:
            result = result * factor >> 32
        exponent >>= 1
        factor = factor * factor >> 32
    return result


@lru_cache(maxsize=256)
def decay_factor_q32(half_life_blocks: int) -> int:
    """The largest factor below 1, in units of 2^-32, that leaves at most half after `half_life_blocks` blocks."""
    if half_life_blocks == 0:
        return _ONE_Q32
    low, high = 0, _ONE_Q32
    while low + 1 < high:
        middle = (low + high) // 2
        if _power_q32(middle, half_life_blocks) > _ONE_Q32 // 2:
            high = middle
        else:
            low = middle
    return low


def _clamped(view: View, netuid: int, price_rao: int) -> int:
    return min(max(price_rao, int(items.MIN_BURN.get(view, netuid))), int(items.MAX_BURN.get(view, netuid)))


def decay(frame: Frame, netuid: int) -> None:
    """One block's worth of decay; also pulls a price that is out of its bounds back in."""
    price = decayed = items.BURN.get(frame, netuid)
    if frame.block > 1 and frame.options.registration == "price":
        decayed = price * decay_factor_q32(items.BURN_HALF_LIFE.get(frame, netuid)) >> 32
    decayed = _clamped(frame, netuid, decayed)
    if decayed != price:
        items.BURN.put(frame, decayed, netuid)


def raise_after_registration(frame: Frame, netuid: int) -> None:
    """What a successful registration does to the next one's price."""
    if frame.options.registration != "price":
        return  # root, where registration goes by windows: its price stands still
    multiplier = max(items.BURN_INCREASE_MULT.get(frame, netuid)["bits"], _ONE_Q64)
    raised = min(items.BURN.get(frame, netuid) * multiplier >> 64, _U64_MAX)
    items.BURN.put(frame, _clamped(frame, netuid, raised), netuid)
