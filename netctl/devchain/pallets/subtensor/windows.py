"""The older registration regime: caps per block and per interval, price and difficulty adjusted once an interval.

Rules as the runtime had them before prices moved with every registration (subtensor, registration and block_step):
at most MaxRegistrationsPerBlock in a block and three times TargetRegistrationsPerInterval in an interval of
AdjustmentInterval blocks. At its end what was asked for most is made dearer, or what was asked for least cheaper.
"""

from __future__ import annotations

from typing import Literal

from netctl.devchain.errors import DispatchError
from netctl.devchain.pallets.subtensor import items, ownership
from netctl.devchain.storage import Frame, Item, View

Way = Literal["burn", "pow"]

INTERVAL_FACTOR = 3
_ONE_Q18 = 1 << 18
_U64_MAX = (1 << 64) - 1
_COUNTED: dict[Way, Item] = {"burn": items.BURN_REGISTRATIONS, "pow": items.POW_REGISTRATIONS}


def are_kept(view: View, netuid: int) -> bool:
    """Whether registrations on this subnet go by windows. Root has caps of its own in both regimes."""
    return view.options.registration == "windows" and netuid != ownership.ROOT_NETUID


def open_subnet(frame: Frame, netuid: int) -> None:
    """Give a new subnet the caps that the chain was made with, and its first interval."""
    if not are_kept(frame, netuid):
        return
    options = frame.options
    chosen = (
        (items.MAX_REGISTRATIONS_PER_BLOCK, options.regs_per_block),
        (items.TARGET_REGISTRATIONS_PER_INTERVAL, options.target_regs_per_interval),
        (items.ADJUSTMENT_INTERVAL, options.adjustment_interval),
    )
    for item, value in chosen:
        if value is not None:
            item.put(frame, value, netuid)
    items.LAST_ADJUSTMENT_BLOCK.put(frame, frame.block, netuid)


def check(view: View, netuid: int) -> None:
    """TooManyRegistrationsThisBlock or TooManyRegistrationsThisInterval where a window is closed."""
    if not are_kept(view, netuid):
        return
    if items.REGISTRATIONS_THIS_BLOCK.get(view, netuid) >= items.MAX_REGISTRATIONS_PER_BLOCK.get(view, netuid):
        raise DispatchError("TooManyRegistrationsThisBlock")
    most = INTERVAL_FACTOR * items.TARGET_REGISTRATIONS_PER_INTERVAL.get(view, netuid)
    if items.REGISTRATIONS_THIS_INTERVAL.get(view, netuid) >= most:
        raise DispatchError("TooManyRegistrationsThisInterval")


def count(frame: Frame, netuid: int, way: Way) -> None:
    """Note a registration of this interval."""
    if are_kept(frame, netuid):
        for item in (items.REGISTRATIONS_THIS_INTERVAL, _COUNTED[way]):
            item.put(frame, item.get(frame, netuid) + 1, netuid)


def step(frame: Frame, netuid: int) -> None:
    """What a block does before its extrinsics: where an interval is over, adjust and begin the next."""
    if frame.block - items.LAST_ADJUSTMENT_BLOCK.get(frame, netuid) < items.ADJUSTMENT_INTERVAL.get(frame, netuid):
        return
    for item in _dearer_or_cheaper(frame, netuid):
        _adjust(frame, netuid, item)
    items.LAST_ADJUSTMENT_BLOCK.put(frame, frame.block, netuid)
    for item in (items.REGISTRATIONS_THIS_INTERVAL, *_COUNTED.values()):
        if item.get(frame, netuid):
            item.put(frame, 0, netuid)


def _dearer_or_cheaper(view: View, netuid: int) -> tuple[Item, ...]:
    """Beyond the target the favoured way's price rises; up to it the other way's falls; both where they are equal."""
    burned, proved = items.BURN_REGISTRATIONS.get(view, netuid), items.POW_REGISTRATIONS.get(view, netuid)
    if burned == proved:
        return items.BURN, items.DIFFICULTY
    target = items.TARGET_REGISTRATIONS_PER_INTERVAL.get(view, netuid)
    rises = items.REGISTRATIONS_THIS_INTERVAL.get(view, netuid) > target
    return (items.BURN,) if (burned > proved) == rises else (items.DIFFICULTY,)


def _adjust(frame: Frame, netuid: int, item: Item) -> None:
    bounds = {
        items.BURN: (items.MIN_BURN, items.MAX_BURN),
        items.DIFFICULTY: (items.MIN_DIFFICULTY, items.MAX_DIFFICULTY),
    }
    low, high = (int(bound.get(frame, netuid)) for bound in bounds[item])
    current = int(item.get(frame, netuid))
    actual = items.REGISTRATIONS_THIS_INTERVAL.get(frame, netuid)
    target = items.TARGET_REGISTRATIONS_PER_INTERVAL.get(frame, netuid)
    wanted = adjusted(current, actual, target, items.ADJUSTMENT_ALPHA.get(frame, netuid))
    value = high if wanted >= high else max(wanted, low)
    if value != current:
        item.put(frame, value, netuid)


def adjusted(current: int, actual: int, target: int, alpha: int) -> int:
    """current * (actual + target) / (2 * target), smoothed: `alpha` / 2^64 of the old value stays. Truncated.

    18 fractional bits, as the runtime's; a target of 0 counts as without bounds.
    """
    if target == 0:
        return _U64_MAX
    moved = current * _ONE_Q18 * (actual + target) // (2 * target)
    kept = alpha * _ONE_Q18 // _U64_MAX
    return (kept * current * _ONE_Q18 // _ONE_Q18 + (_ONE_Q18 - kept) * moved // _ONE_Q18) >> 18
