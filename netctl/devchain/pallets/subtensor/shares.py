"""Alpha held behind hotkeys: each hotkey's pool on a subnet, and the shares that coldkeys have in it.

A pool that grows by dividends makes every share worth more; until then one share is one rao of alpha.
"""

from __future__ import annotations

from netctl.devchain.errors import DispatchError
from netctl.devchain.pallets.subtensor import items
from netctl.devchain.pallets.subtensor.cells import Cell
from netctl.devchain.pallets.subtensor.ownership import ROOT_NETUID, remember_staking_hotkey
from netctl.devchain.storage import Frame, View

OLD_SHARES_Q64 = Cell(items.PALLET, "Alpha", 16)
OLD_TOTAL_SHARES_Q64 = Cell(items.PALLET, "TotalHotkeyShares", 16)
"""Where the runtime kept shares before, and SDK 9 still looks for its `get_stake`."""


def _float(mantissa: int) -> dict[str, int]:
    return {"mantissa": mantissa, "exponent": 0}


def _shares(view: View, hotkey: str, coldkey: str, netuid: int) -> int:
    return int(items.ALPHA.get(view, hotkey, coldkey, netuid)["mantissa"])


def _total_shares(view: View, hotkey: str, netuid: int) -> int:
    return int(items.TOTAL_HOTKEY_SHARES.get(view, hotkey, netuid)["mantissa"])


def hotkey_alpha(view: View, hotkey: str, netuid: int) -> int:
    """All alpha behind a hotkey on a subnet, in rao."""
    return int(items.TOTAL_HOTKEY_ALPHA.get(view, hotkey, netuid))


def stake_of(view: View, hotkey: str, coldkey: str, netuid: int) -> int:
    """A coldkey's part of it, in rao of alpha."""
    shares = _shares(view, hotkey, coldkey, netuid)
    if shares == 0:
        return 0
    total = _total_shares(view, hotkey, netuid)
    return shares * hotkey_alpha(view, hotkey, netuid) // total


def add(frame: Frame, hotkey: str, coldkey: str, netuid: int, alpha: int) -> None:
    """Put alpha behind a hotkey for a coldkey."""
    pool, total = hotkey_alpha(frame, hotkey, netuid), _total_shares(frame, hotkey, netuid)
    _move(frame, hotkey, coldkey, netuid, alpha, alpha * total // pool if pool and total else alpha)
    remember_staking_hotkey(frame, coldkey, hotkey)


def reward(frame: Frame, hotkey: str, owner: str, netuid: int, alpha: int) -> None:
    """Alpha for all who stake with a hotkey, by their shares; for its owner where nobody does."""
    if not alpha:
        return
    if _total_shares(frame, hotkey, netuid):
        items.TOTAL_HOTKEY_ALPHA.put(frame, hotkey_alpha(frame, hotkey, netuid) + alpha, hotkey, netuid)
    else:
        add(frame, hotkey, owner, netuid, alpha)


def remove(frame: Frame, hotkey: str, coldkey: str, netuid: int, alpha: int) -> None:
    """Take alpha out again; NotEnoughStakeToWithdraw for more than there is."""
    held = stake_of(frame, hotkey, coldkey, netuid)
    if alpha > held:
        raise DispatchError("NotEnoughStakeToWithdraw")
    pool, total = hotkey_alpha(frame, hotkey, netuid), _total_shares(frame, hotkey, netuid)
    shares = _shares(frame, hotkey, coldkey, netuid) if alpha == held else -(-alpha * total // pool)
    _move(frame, hotkey, coldkey, netuid, -alpha, -shares)


def _move(frame: Frame, hotkey: str, coldkey: str, netuid: int, alpha: int, shares: int) -> None:
    pool = hotkey_alpha(frame, hotkey, netuid) + alpha
    total = _total_shares(frame, hotkey, netuid) + shares
    mine = _shares(frame, hotkey, coldkey, netuid) + shares
    items.TOTAL_HOTKEY_ALPHA.put(frame, pool, hotkey, netuid)
    items.TOTAL_HOTKEY_SHARES.put(frame, _float(total), hotkey, netuid)
    if mine:
        items.ALPHA.put(frame, _float(mine), hotkey, coldkey, netuid)
    else:
        items.ALPHA.remove(frame, hotkey, coldkey, netuid)
    if frame.options.compat:
        OLD_TOTAL_SHARES_Q64.put(frame, total << 64, hotkey, netuid)
        OLD_SHARES_Q64.put(frame, mine << 64, hotkey, coldkey, netuid)


def stake_weight(view: View, hotkey: str, netuid: int) -> tuple[int, int, int]:
    """(total, alpha, TAO on root) of a hotkey on a subnet; root's TAO counts by TaoWeight.

    Child keys are not modelled.
    """
    alpha = hotkey_alpha(view, hotkey, netuid)
    if netuid == ROOT_NETUID:
        return alpha, 0, alpha
    root_tao = hotkey_alpha(view, hotkey, ROOT_NETUID)
    return alpha + root_tao * items.TAO_WEIGHT.get(view) // ((1 << 64) - 1), alpha, root_tao
