"""Which coldkey a hotkey belongs to, and the accounts that subnets hold their TAO in."""

from __future__ import annotations

from functools import lru_cache

from netctl.devchain.errors import DispatchError
from netctl.devchain.pallets.subtensor import items
from netctl.devchain.pallets.wire import address
from netctl.devchain.storage import Frame, View

ROOT_NETUID = 0
_SUBNET_ACCOUNT_PREFIX = b"modl" + b"subtensr"


@lru_cache(maxsize=1024)
def subnet_account(netuid: int) -> str:
    """The account of a subnet's pool: the pallet id `subtensr` with the netuid behind it, as the runtime derives it."""
    return address((_SUBNET_ACCOUNT_PREFIX + netuid.to_bytes(2, "little")).ljust(32, b"\0"))


def ensure_subnet(view: View, netuid: int, error: str = "SubnetNotExists") -> None:
    """Refuse netuids that are not there."""
    if not items.NETWORKS_ADDED.get(view, netuid):
        raise DispatchError(error)


def netuids(view: View) -> list[int]:
    """Every subnet, root first."""
    return sorted(int(keys[0]) for keys, added in items.NETWORKS_ADDED.entries(view) if added)


def has_owner(view: View, hotkey: str) -> bool:
    """Whether the hotkey belongs to any coldkey."""
    return items.OWNER.exists(view, hotkey)


def owner_of(view: View, hotkey: str) -> str:
    """The coldkey of a hotkey; the zero account for one that nobody owns."""
    return str(items.OWNER.get(view, hotkey))


def associate(frame: Frame, coldkey: str, hotkey: str) -> None:
    """Give an unowned hotkey to a coldkey; nothing happens to an owned one."""
    if has_owner(frame, hotkey):
        return
    items.OWNER.put(frame, coldkey, hotkey)
    if not items.OWNED_HOTKEYS.holds(frame, hotkey, coldkey):
        items.OWNED_HOTKEYS.append(frame, hotkey, coldkey)
    remember_staking_hotkey(frame, coldkey, hotkey)


def remember_staking_hotkey(frame: Frame, coldkey: str, hotkey: str) -> None:
    """List a hotkey among those that a coldkey stakes to."""
    if not items.STAKING_HOTKEYS.holds(frame, hotkey, coldkey):
        items.STAKING_HOTKEYS.append(frame, hotkey, coldkey)


def is_registered(view: View, netuid: int, hotkey: str) -> bool:
    """Whether the hotkey has a uid on the subnet."""
    return items.UIDS.exists(view, netuid, hotkey)


def uid_of(view: View, netuid: int, hotkey: str) -> int:
    """The hotkey's uid; HotKeyNotRegisteredInSubNet without one."""
    uid = items.UIDS.get(view, netuid, hotkey)
    if uid is None:
        raise DispatchError("HotKeyNotRegisteredInSubNet")
    return int(uid)
