"""The end of a subnet: it is none at once; behind the block's extrinsics its TAO is paid out and its state goes.

The pool's TAO is shared by alpha: stakers have their part as free balance of their coldkeys, and what stands for the
pool's own alpha and for what the protocol bought is recycled (subtensor, dissolution and remove_stake).
"""

from __future__ import annotations

import logging
from typing import NamedTuple

from netctl.devchain.errors import DispatchError
from netctl.devchain.pallet import Origin, approximates, call
from netctl.devchain.pallets import ledger
from netctl.devchain.pallets.subtensor import items, ownership, shares, uids
from netctl.devchain.pallets.subtensor.coinbase import accounts
from netctl.devchain.pallets.subtensor.coinbase.split import moving_price_q32
from netctl.devchain.pallets.wire import public_key
from netctl.devchain.runtime import maps_by_netuid
from netctl.devchain.storage import Frame, Item, View

log = logging.getLogger(__name__)

PALLETS = ("SubtensorModule", "Commitments", "AlphaAssets", "Swap")
KEPT = frozenset(
    {"NetworksAdded", "RegisteredSubnetCounter", "HotkeySuccessor", "HotkeyRoot"}
    | {"AutoStakeDestination", "AutoStakeDestinationColdkeys"}
)
"""What outlives a subnet: how often its netuid was taken, and what coldkeys want of whatever has it."""
REFUND_SINCE = Item(items.PALLET, "TaoInRefundDeploymentBlock")
_ACCOUNT_KEY_BYTES = 16 + 32
"""An account as a part of a storage key: its BLAKE2 hash of 128 bits, and itself."""


class Holder(NamedTuple):
    """Who holds alpha behind which hotkey, and how much of it, in rao."""

    hotkey: str
    coldkey: str
    alpha: int


def candidate(view: View) -> int | None:
    """The subnet that goes first: of the lowest moving price, the oldest of those; None while all are immune."""
    immunity = items.NETWORK_IMMUNITY_PERIOD.get(view)
    ranked = [
        (moving_price_q32(view, netuid), since, netuid)
        for netuid in ownership.netuids(view)
        if netuid != ownership.ROOT_NETUID
        and view.block >= (since := items.NETWORK_REGISTERED_AT.get(view, netuid)) + immunity
    ]
    return min(ranked)[2] if ranked else None


def dissolve(frame: Frame, netuid: int) -> None:
    """Take a subnet out of the world, and queue what it leaves behind."""
    if netuid == ownership.ROOT_NETUID:
        raise DispatchError("SubnetNotExists")
    ownership.ensure_subnet(frame, netuid)
    if netuid in items.DISSOLVE_QUEUE.get(frame):
        raise DispatchError("NetworkDissolveAlreadyQueued")
    items.NETWORKS_ADDED.remove(frame, netuid)
    items.TOTAL_NETWORKS.put(frame, items.TOTAL_NETWORKS.get(frame) - 1)
    accounts.TOTAL_STAKE.add(frame, -accounts.SUBNET_TAO.get(frame, netuid))
    items.DISSOLVE_QUEUE.append(frame, netuid)
    frame.emit(items.PALLET, "NetworkRemoved", netuid)


def clean_up_next(frame: Frame) -> None:
    """Finish one queued subnet; the runtime needs as many blocks for it as its weights ask for, here it is one."""
    if not items.DISSOLVE_QUEUE.exists(frame):
        return
    netuid, *rest = items.DISSOLVE_QUEUE.get(frame)
    _pay_out(frame, netuid)
    _recycle_rest(frame, netuid)
    _forget(frame, netuid)
    if rest:
        items.DISSOLVE_QUEUE.put(frame, rest)
    else:
        items.DISSOLVE_QUEUE.remove(frame)
    frame.emit(items.PALLET, "NetworkDissolveCleanupCompleted", {"netuid": netuid})


def holders(view: View, netuid: int) -> list[Holder]:
    """Everybody with alpha on a subnet, in the order of the storage."""
    hotkeys = [hotkey for (hotkey, on), _ in items.TOTAL_HOTKEY_ALPHA.entries(view) if on == netuid]
    return [
        Holder(hotkey, coldkey, shares.stake_of(view, hotkey, coldkey, netuid))
        for hotkey in hotkeys
        for (coldkey, on), _ in items.ALPHA.entries(view, hotkey)
        if on == netuid
    ]


def parts_rao(pot_rao: int, alphas: list[int], total: int) -> list[int]:
    """Each holder's part of the pot; the rao that rounding leaves over go one each to the greatest remainders."""
    if not total:
        return [0] * len(alphas)
    divided = [divmod(pot_rao * alpha, total) for alpha in alphas]
    parts = [part for part, _ in divided]
    left = sum(remainder for _, remainder in divided) // total
    for at in sorted(range(len(divided)), key=lambda at: -divided[at][1])[:left]:
        parts[at] += 1
    return parts


def _pay_out(frame: Frame, netuid: int) -> None:
    """To coldkeys in the order of their keys, each at once. Who cannot be paid, since it is too little, is not.

    In subnets as old as the chain, as subnet 1 is, the pool's own alpha has no part.
    """
    held = holders(frame, netuid)
    own = accounts.PROTOCOL_ALPHA.get(frame, netuid)
    if items.NETWORK_REGISTERED_AT.get(frame, netuid) > REFUND_SINCE.get(frame):
        own += accounts.ALPHA_IN.get(frame, netuid)
    alphas = [holder.alpha for holder in held]
    due: dict[str, int] = {}
    for holder, part in zip(
        held, parts_rao(accounts.SUBNET_TAO.get(frame, netuid), alphas, own + sum(alphas)), strict=True
    ):
        due[holder.coldkey] = due.get(holder.coldkey, 0) + part
    for coldkey in sorted(due, key=public_key):
        if due[coldkey]:
            _pay(frame, netuid, coldkey, due[coldkey])


def _pay(frame: Frame, netuid: int, coldkey: str, amount_rao: int) -> None:
    try:
        with frame.checkpoint():
            ledger.transfer(frame, ownership.subnet_account(netuid), coldkey, amount_rao, keep_alive=False)
    except DispatchError as refusal:
        log.info("%d rao of subnet %d do not reach %s: %s", amount_rao, netuid, coldkey, refusal)


def _recycle_rest(frame: Frame, netuid: int) -> None:
    """All but the existential deposit, which stays in the account for whoever has the netuid next."""
    account = ownership.subnet_account(netuid)
    left = ledger.reducible_rao(frame, account, keep_alive=True)
    if left:
        ledger.destroy(frame, account, left, keep_alive=True)
        items.TOTAL_ISSUANCE.put(frame, ledger.TOTAL_ISSUANCE.get(frame))


def _forget(frame: Frame, netuid: int) -> None:
    if items.SUBNET_IDENTITIES.exists(frame, netuid):
        frame.emit(items.PALLET, "SubnetIdentityRemoved", netuid)
    indices = [uids.storage_index(netuid, at) for at in range(items.MECHANISM_COUNT.get(frame, netuid))]
    for pallet, name, place, by_mechanism in maps_by_netuid(frame.options.spec):
        if pallet in PALLETS and name not in KEPT and frame.codec.has_entry(pallet, name):
            entry = frame.codec.entry(pallet, name)
            for each in indices if by_mechanism else [netuid]:
                if place:
                    start = len(entry.prefix) + place * _ACCOUNT_KEY_BYTES
                    told = each.to_bytes(2, "little")
                    gone = [key for key in frame.page(entry.prefix) if key[start : start + 2] == told]
                else:
                    gone = frame.page(entry.key((each,)))
                for key in gone:
                    frame.remove_raw(key)


@approximates("one block does it all; root dividends that wait in PendingBasketDeposits go with the subnet")
class DissolutionCalls:
    """How root ends a subnet. Its owner cannot."""

    @call()
    def root_dissolve_network(self, frame: Frame, origin: Origin, *, netuid: int) -> None:
        """End a subnet, whatever its age."""
        origin.root()
        dissolve(frame, netuid)

    @call()
    def dissolve_network(self, frame: Frame, origin: Origin, *, coldkey: str, netuid: int) -> None:
        """The same; the coldkey says nothing."""
        del coldkey
        origin.root()
        dissolve(frame, netuid)
