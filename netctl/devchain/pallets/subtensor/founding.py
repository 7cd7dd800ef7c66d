"""Buying a subnet. At the limit another one makes room: the buyer's TAO is locked until that one is cleaned up."""

from __future__ import annotations

from typing import Any

from netctl.devchain.errors import DispatchError
from netctl.devchain.pallets import ledger
from netctl.devchain.pallets.subtensor import dissolution, items, ownership, subnets, uids
from netctl.devchain.storage import Frame, View

_LOCK_PREFIX = b"rglk"


def register(frame: Frame, coldkey: str, hotkey: str, identity: dict[str, Any] | None) -> None:
    """Make a subnet, or queue for one."""
    if ownership.has_owner(frame, hotkey) and ownership.owner_of(frame, hotkey) != coldkey:
        raise DispatchError("NonAssociatedColdKey")
    last_block = items.LAST_RATE_LIMITED_BLOCK.get(frame, "NetworkLastRegistered")
    if last_block and frame.block - last_block < items.NETWORK_RATE_LIMIT.get(frame):
        raise DispatchError("NetworkTxRateLimitExceeded")
    is_full = not has_room(frame)
    pruned = _to_prune(frame) if is_full else None
    cost_rao = subnets.lock_cost_rao(frame)
    if ledger.reducible_rao(frame, coldkey, keep_alive=False) < cost_rao:
        raise DispatchError("CannotAffordLockCost")
    if pruned is not None:
        dissolution.dissolve(frame, pruned)
    if is_full:
        _queue(frame, coldkey, hotkey, identity, cost_rao)
    else:
        found(frame, coldkey, hotkey, identity, cost_rao)


def has_room(view: View) -> bool:
    """Whether there is a free netuid; those that wait to be cleaned up are not."""
    taken = len(ownership.netuids(view)) - 1 + len(items.DISSOLVE_QUEUE.get(view))
    return bool(taken < items.SUBNET_LIMIT.get(view))


def _to_prune(view: View) -> int | None:
    """Which subnet goes for a buyer; None if one goes already that nobody waits for. SubnetLimitReached if none can."""
    if len(items.DISSOLVE_QUEUE.get(view)) > len(items.REGISTRATION_QUEUE.get(view)):
        return None
    netuid = dissolution.candidate(view)
    if netuid is None:
        raise DispatchError("SubnetLimitReached")
    return netuid


def _queue(frame: Frame, coldkey: str, hotkey: str, identity: dict[str, Any] | None, cost_rao: int) -> None:
    lock_id = items.REGISTRATION_LOCK_ID.get(frame)
    items.REGISTRATION_LOCK_ID.put(frame, lock_id + 1)
    ledger.lock(frame, coldkey, _identifier(lock_id), cost_rao)
    told = {
        "coldkey": coldkey,
        "hotkey": hotkey,
        "mechid": subnets.DYNAMIC_MECHANISM,
        "identity": identity,
        "lock_amount": cost_rao,
        "median_subnet_alpha_price": {"bits": 1 << 64},
        "registration_block": frame.block,
    }
    waiting = items.REGISTRATION_QUEUE.get(frame)
    items.REGISTRATION_QUEUE.put(frame, [*waiting, {**told, "lock_id": lock_id}])
    frame.emit(items.PALLET, "NetworkRegistrationQueued", told)


def _identifier(lock_id: int) -> bytes:
    return _LOCK_PREFIX + lock_id.to_bytes(4, "little")


def serve_queue(frame: Frame) -> None:
    """Make the first queued subnet that can be made, one in a block."""
    if not items.REGISTRATION_QUEUE.exists(frame):
        return
    waiting = items.REGISTRATION_QUEUE.get(frame)
    for at, asked in enumerate(waiting):
        if not has_room(frame):
            return
        try:
            with frame.checkpoint():
                ledger.unlock(frame, asked["coldkey"], _identifier(asked["lock_id"]))
                found(frame, asked["coldkey"], asked["hotkey"], asked["identity"], asked["lock_amount"])
                _set_queue(frame, waiting[:at] + waiting[at + 1 :])
        except DispatchError:
            continue
        return


def _set_queue(frame: Frame, waiting: list[dict[str, Any]]) -> None:
    if waiting:
        items.REGISTRATION_QUEUE.put(frame, waiting)
    else:
        items.REGISTRATION_QUEUE.remove(frame)


def found(frame: Frame, coldkey: str, hotkey: str, identity: dict[str, Any] | None, cost_rao: int) -> None:
    """A new subnet for an owner who pays; the existential deposit of a whole balance stays behind."""
    cost_rao = min(cost_rao, ledger.reducible_rao(frame, coldkey, keep_alive=True))
    netuid = subnets.next_netuid(frame)
    mechanism = subnets.DYNAMIC_MECHANISM
    subnets.create(frame, netuid, owner=coldkey, owner_hotkey=hotkey, mechanism=mechanism, tempo=subnets.DEFAULT_TEMPO)
    ledger.transfer(frame, coldkey, ownership.subnet_account(netuid), cost_rao, keep_alive=True)
    items.NETWORK_LAST_LOCK_COST.put(frame, cost_rao)
    items.LAST_RATE_LIMITED_BLOCK.put(frame, frame.block, "NetworkLastRegistered")
    ownership.associate(frame, coldkey, hotkey)
    uids.register(frame, netuid, hotkey)
    items.SUBNET_LOCKED.put(frame, cost_rao, netuid)
    subnets.fill_pool(frame, netuid, cost_rao)
    frame.emit(items.PALLET, "SubnetOwnerHotkeySet", (netuid, hotkey))
    if identity is not None:
        items.SUBNET_IDENTITIES.put(frame, identity, netuid)
        frame.emit(items.PALLET, "SubnetIdentitySet", netuid)
    items.SUBNET_EMISSION_ENABLED.put(frame, True, netuid)
    frame.emit(items.PALLET, "NetworkAdded", (netuid, mechanism))
