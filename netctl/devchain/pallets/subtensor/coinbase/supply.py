"""Alpha that nobody will have: burned, which leaves it issued, or recycled, as if it had never been."""

from __future__ import annotations

from netctl.devchain.pallets.subtensor import items
from netctl.devchain.pallets.subtensor.coinbase import accounts
from netctl.devchain.storage import Frame, Item

_OWED = Item(items.PALLET, accounts.BASKET_DEPOSITS.name)


def burn(frame: Frame, netuid: int, alpha: int) -> None:
    """Alpha stays issued and belongs to nobody."""
    accounts.ALPHA_BURNED.add(frame, alpha, netuid)


def recycle(frame: Frame, netuid: int, alpha: int) -> None:
    """Alpha was never issued."""
    accounts.ALPHA_OUT.add(frame, -alpha, netuid)
    accounts.ALPHA_RECYCLED.add(frame, alpha, netuid)


def recycle_owed(frame: Frame, hotkey: str) -> None:
    """What stakers on root were still owed through a hotkey that has lost its seat there."""
    for (netuid,), alpha in list(_OWED.entries(frame, hotkey)):
        recycle(frame, netuid, alpha)
        _OWED.remove(frame, hotkey, netuid)
