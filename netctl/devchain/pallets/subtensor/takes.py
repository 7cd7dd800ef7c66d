"""What validators keep of the dividends of those who stake with them: 65535ths, taken from the next epoch on."""

from __future__ import annotations

from netctl.devchain.errors import DispatchError
from netctl.devchain.pallet import Origin, call
from netctl.devchain.pallets.subtensor import items, ownership
from netctl.devchain.storage import Frame, View


def _owner(view: View, origin: Origin, hotkey: str) -> str:
    coldkey = origin.signed()
    if not ownership.has_owner(view, hotkey):
        raise DispatchError("HotKeyAccountNotExists")
    if ownership.owner_of(view, hotkey) != coldkey:
        raise DispatchError("NonAssociatedColdKey")
    return coldkey


def _limit_rate(frame: Frame, hotkey: str) -> None:
    """One rise in TxDelegateTakeRateLimit blocks; DelegateTxRateLimitExceeded else, up to and with the last of them."""
    key = {"LastTxBlockDelegateTake": hotkey}
    limit, last = items.TAKE_RATE_LIMIT.get(frame), items.LAST_RATE_LIMITED_BLOCK.get(frame, key)
    if limit and last and frame.block - last <= limit:
        raise DispatchError("DelegateTxRateLimitExceeded")
    items.LAST_RATE_LIMITED_BLOCK.put(frame, frame.block, key)


class TakeCalls:
    """The calls by which a coldkey sets the take of a hotkey of its own."""

    @call()
    def decrease_take(self, frame: Frame, origin: Origin, *, hotkey: str, take: int) -> None:
        """Ask less, at any time, but not less than MinDelegateTake."""
        coldkey = _owner(frame, origin, hotkey)
        if items.DELEGATES.exists(frame, hotkey) and take >= items.DELEGATES.get(frame, hotkey):
            raise DispatchError("DelegateTakeTooLow")
        if take < items.MIN_TAKE.get(frame):
            raise DispatchError("DelegateTakeTooLow")
        items.DELEGATES.put(frame, take, hotkey)
        frame.emit(items.PALLET, "TakeDecreased", (coldkey, hotkey, take))

    @call()
    def increase_take(self, frame: Frame, origin: Origin, *, hotkey: str, take: int) -> None:
        """Ask more, seldom, and at most MaxDelegateTake."""
        coldkey = _owner(frame, origin, hotkey)
        if items.DELEGATES.exists(frame, hotkey) and take <= items.DELEGATES.get(frame, hotkey):
            raise DispatchError("DelegateTakeTooLow")
        if take > items.MAX_TAKE.get(frame):
            raise DispatchError("DelegateTakeTooHigh")
        _limit_rate(frame, hotkey)
        items.DELEGATES.put(frame, take, hotkey)
        frame.emit(items.PALLET, "TakeIncreased", (coldkey, hotkey, take))
