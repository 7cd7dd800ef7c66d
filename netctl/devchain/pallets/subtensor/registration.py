"""Registering neurons for TAO: burned_register, register_limit, register, and seats on root."""

from __future__ import annotations

from typing import Any

from netctl.devchain.errors import DispatchError
from netctl.devchain.pallet import Origin, call
from netctl.devchain.pallets import ledger
from netctl.devchain.pallets.subtensor import items, ownership, pool, pricing, uids, windows
from netctl.devchain.storage import Frame, View

ROOT_INTERVAL_FACTOR = 3


def check(view: View, coldkey: str, netuid: int, hotkey: str) -> int:
    """Everything that a registration is refused for before money moves, in the runtime's order. Its price in rao."""
    if netuid == ownership.ROOT_NETUID:
        raise DispatchError("RegistrationNotPermittedOnRootSubnet")
    ownership.ensure_subnet(view, netuid)
    if not items.REGISTRATION_ALLOWED.get(view, netuid):
        raise DispatchError("SubNetRegistrationDisabled")
    windows.check(view, netuid)
    if ownership.is_registered(view, netuid, hotkey):
        raise DispatchError("HotKeyAlreadyRegisteredInSubNet")
    price_rao = int(items.BURN.get(view, netuid))
    if ledger.reducible_rao(view, coldkey, keep_alive=True) < price_rao:
        raise DispatchError("NotEnoughBalanceToStake")
    if ownership.has_owner(view, hotkey) and ownership.owner_of(view, hotkey) != coldkey:
        raise DispatchError("NonAssociatedColdKey")
    ensure_slot(view, netuid)
    return price_rao


def ensure_slot(view: View, netuid: int) -> None:
    """NoNeuronIdAvailable when the subnet has no slots; whether a full one can free a slot is seen when it is taken."""
    if items.MAX_ALLOWED_UIDS.get(view, netuid) == 0:
        raise DispatchError("NoNeuronIdAvailable")


def pay(frame: Frame, coldkey: str, netuid: int, price_rao: int) -> None:
    """The price goes into the pool, and the alpha that it buys is destroyed."""
    if price_rao:
        ledger.transfer(frame, coldkey, ownership.subnet_account(netuid), price_rao, keep_alive=True)
        pool.change_alpha_out(frame, netuid, -pool.buy(frame, netuid, price_rao).received)


def seat(frame: Frame, netuid: int, hotkey: str) -> int:
    """Take a slot and count it."""
    uid = uids.register(frame, netuid, hotkey)
    count = items.REGISTRATIONS_THIS_BLOCK.get(frame, netuid)
    items.REGISTRATIONS_THIS_BLOCK.put(frame, count + 1, netuid)
    return uid


def announce(frame: Frame, netuid: int, uid: int, hotkey: str) -> None:
    """The event that clients find their uid in."""
    frame.emit(items.PALLET, "NeuronRegistered", (netuid, uid, hotkey))


def register(frame: Frame, coldkey: str, netuid: int, hotkey: str) -> None:
    """The whole of a registration for TAO."""
    price_rao = check(frame, coldkey, netuid, hotkey)
    ownership.associate(frame, coldkey, hotkey)
    pay(frame, coldkey, netuid, price_rao)
    uid = seat(frame, netuid, hotkey)
    if windows.are_kept(frame, netuid):
        windows.count(frame, netuid, "burn")
    else:
        pricing.raise_after_registration(frame, netuid)
    recycled_rao = min(items.RAO_RECYCLED.get(frame, netuid) + price_rao, pool.U64_MAX)  # the runtime saturates here
    items.RAO_RECYCLED.put(frame, recycled_rao, netuid)
    announce(frame, netuid, uid, hotkey)


class RegistrationCalls:
    """The calls by which a coldkey buys a uid for a hotkey."""

    @call()
    def burned_register(self, frame: Frame, origin: Origin, *, netuid: int, hotkey: str) -> None:
        """Register at whatever the price is when it is included."""
        register(frame, origin.signed(), netuid, hotkey)

    @call()
    def register(
        self,
        frame: Frame,
        origin: Origin,
        *,
        netuid: int,
        block_number: int,
        nonce: int,
        work: Any,
        hotkey: str,
        coldkey: str,
    ) -> None:
        """What registered by proof of work once: the proof is ignored, the signer pays (subtensor, dispatches)."""
        del block_number, nonce, work, coldkey
        register(frame, origin.signed(), netuid, hotkey)

    @call()
    def register_limit(self, frame: Frame, origin: Origin, *, netuid: int, hotkey: str, limit_price: int) -> None:
        """Register, but for no more than `limit_price` rao."""
        coldkey = origin.signed()
        if netuid == ownership.ROOT_NETUID:
            raise DispatchError("RegistrationNotPermittedOnRootSubnet")
        ownership.ensure_subnet(frame, netuid)
        if items.BURN.get(frame, netuid) > limit_price:
            raise DispatchError("RegistrationPriceLimitExceeded")
        register(frame, coldkey, netuid, hotkey)

    @call()
    def root_register(self, frame: Frame, origin: Origin, *, hotkey: str) -> None:
        """Take a seat on root: burn-priced, and capped per block and per interval. Child keys are not modelled."""
        root = ownership.ROOT_NETUID
        ownership.ensure_subnet(frame, root, "RootNetworkDoesNotExist")
        coldkey = origin.signed()
        if items.REGISTRATIONS_THIS_BLOCK.get(frame, root) >= items.MAX_REGISTRATIONS_PER_BLOCK.get(frame, root):
            raise DispatchError("TooManyRegistrationsThisBlock")
        this_interval = items.REGISTRATIONS_THIS_INTERVAL.get(frame, root)
        target = items.TARGET_REGISTRATIONS_PER_INTERVAL.get(frame, root)
        if this_interval >= ROOT_INTERVAL_FACTOR * target:
            raise DispatchError("TooManyRegistrationsThisInterval")
        if ownership.is_registered(frame, root, hotkey):
            raise DispatchError("HotKeyAlreadyRegisteredInSubNet")
        price_rao = int(items.BURN.get(frame, root))
        if ledger.reducible_rao(frame, coldkey, keep_alive=True) < price_rao:
            raise DispatchError("NotEnoughBalanceToStake")
        uids.ensure_root_seat(frame, hotkey)
        ownership.associate(frame, coldkey, hotkey)
        if ownership.owner_of(frame, hotkey) != coldkey:
            raise DispatchError("NonAssociatedColdKey")
        ledger.destroy(frame, coldkey, price_rao, keep_alive=True)
        items.RAO_RECYCLED.put(frame, items.RAO_RECYCLED.get(frame, root) + price_rao, root)
        uid = seat(frame, root, hotkey)
        if not items.DELEGATES.exists(frame, hotkey):
            items.DELEGATES.put(frame, items.DELEGATES.get(frame, hotkey), hotkey)
        items.REGISTRATIONS_THIS_INTERVAL.put(frame, this_interval + 1, root)
        pricing.raise_after_registration(frame, root)
        announce(frame, root, uid, hotkey)

    @call()
    def try_associate_hotkey(self, frame: Frame, origin: Origin, *, hotkey: str) -> None:
        """Claim a hotkey that nobody owns."""
        ownership.associate(frame, origin.signed(), hotkey)
