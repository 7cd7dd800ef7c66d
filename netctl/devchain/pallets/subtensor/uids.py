"""Slots on a subnet: appending neurons, and replacing the least one when all are taken."""

from __future__ import annotations

from collections.abc import Iterator

from netctl.devchain.errors import DispatchError
from netctl.devchain.pallets.subtensor import items, vectors
from netctl.devchain.pallets.subtensor.coinbase.supply import recycle_owed
from netctl.devchain.pallets.subtensor.ownership import ROOT_NETUID
from netctl.devchain.pallets.subtensor.shares import hotkey_alpha
from netctl.devchain.pallets.wire import address, public_key
from netctl.devchain.storage import Frame, Item, View

Rank = tuple[int, int, int]
"""What makes a neuron go first: emission, block of registration, uid; least first."""


def _per_uid(view: View, item: Item, netuid: int) -> Iterator[tuple[int, bytes]]:
    """(uid, raw value) of a (netuid, uid) map; both hashers are Identity, so that keys are plain concatenations."""
    prefix = view.codec.entry(item.pallet, item.name).key((netuid,))
    for uid in range(items.SUBNETWORK_N.get(view, netuid)):
        raw = view.get_raw(prefix + uid.to_bytes(2, "little"))
        if raw is not None:
            yield uid, raw


def hotkeys(view: View, netuid: int) -> list[str]:
    """The hotkeys of a subnet in the order of their uids."""
    return [address(raw) for _, raw in _per_uid(view, items.KEYS, netuid)]


def registration_blocks(view: View, netuid: int) -> list[int]:
    """The block at which each uid was taken."""
    return [int.from_bytes(raw, "little") for _, raw in _per_uid(view, items.BLOCK_AT_REGISTRATION, netuid)]


def _immortal_uids(view: View, netuid: int, registered_at: list[int]) -> set[int]:
    """The owner's hotkeys that cannot be replaced: its first ImmuneOwnerUidsLimit, the subnet's own one before all."""
    limit = items.IMMUNE_OWNER_UIDS_LIMIT.get(view, netuid)
    owner_uid = items.UIDS.get(view, netuid, items.SUBNET_OWNER_HOTKEY.get(view, netuid))
    owned = items.OWNED_HOTKEYS.get(view, items.SUBNET_OWNER.get(view, netuid))
    taken = [(registered_at[uid], uid) for uid in _uids_among(view, netuid, owned, len(registered_at))]
    kept = [uid for _, uid in sorted(taken)][:limit]
    if owner_uid is not None and owner_uid not in kept:
        kept = [owner_uid, *kept][:limit]
    return set(kept)


def _uids_among(view: View, netuid: int, owned: list[str], count: int) -> list[int]:
    """Which of these hotkeys are on the subnet, by whichever look-up is shorter."""
    if len(owned) < count:
        found = (items.UIDS.get(view, netuid, hotkey) for hotkey in owned)
        return [uid for uid in found if uid is not None]
    keys = set(map(public_key, owned))
    return [uid for uid, raw in _per_uid(view, items.KEYS, netuid) if raw in keys]


def neuron_to_prune(view: View, netuid: int) -> int | None:
    """Whose slot the next registration takes on a full subnet; None if nobody may be replaced.

    Lowest emission, then longest registered, then lowest uid. Neurons in their immunity period go only when no
    more than MinNonImmuneUids others are left.
    """
    registered_at = registration_blocks(view, netuid)
    emission = vectors.EMISSION.read(view, netuid)
    immortal = _immortal_uids(view, netuid, registered_at)
    immunity = items.IMMUNITY_PERIOD.get(view, netuid)
    exposed: list[Rank] = []
    immune: list[Rank] = []
    for uid, since in enumerate(registered_at):
        if uid not in immortal:
            group = immune if view.block - since < immunity else exposed
            group.append((emission[uid] if uid < len(emission) else 0, since, uid))
    if len(exposed) > items.MIN_NON_IMMUNE_UIDS.get(view, netuid):
        return min(exposed)[2]
    return min(immune)[2] if immune else None


def protected(view: View, netuid: int) -> set[int]:
    """Who may not be taken off the subnet now: the owner's own, and those in their immunity period."""
    registered_at, immunity = registration_blocks(view, netuid), items.IMMUNITY_PERIOD.get(view, netuid)
    immune = {uid for uid, since in enumerate(registered_at) if view.block - since < immunity}
    return immune | _immortal_uids(view, netuid, registered_at)


def root_neuron_to_prune(view: View) -> int | None:
    """The member of root with the least stake, of equals the lowest uid; None if all are in their immunity period."""
    immunity = items.IMMUNITY_PERIOD.get(view, ROOT_NETUID)
    members = zip(hotkeys(view, ROOT_NETUID), registration_blocks(view, ROOT_NETUID), strict=True)
    ranked = [
        (hotkey_alpha(view, hotkey, ROOT_NETUID), uid)
        for uid, (hotkey, since) in enumerate(members)
        if view.block - since >= immunity
    ]
    return min(ranked)[1] if ranked else None


def ensure_root_seat(view: View, hotkey: str) -> None:
    """StakeTooLowForRoot where root is full and the hotkey has less stake there than who would go."""
    if items.SUBNETWORK_N.get(view, ROOT_NETUID) < items.MAX_ALLOWED_UIDS.get(view, ROOT_NETUID):
        return
    uid = root_neuron_to_prune(view)
    if uid is None:
        raise DispatchError("NoNeuronIdAvailable")
    leaving = items.KEYS.get(view, ROOT_NETUID, uid)
    if hotkey_alpha(view, hotkey, ROOT_NETUID) < hotkey_alpha(view, leaving, ROOT_NETUID):
        raise DispatchError("StakeTooLowForRoot")


def register(frame: Frame, netuid: int, hotkey: str) -> int:
    """Give a hotkey a slot, and say which; NoNeuronIdAvailable when none can be had."""
    count = items.SUBNETWORK_N.get(frame, netuid)
    if count < items.MAX_ALLOWED_UIDS.get(frame, netuid):
        items.SUBNETWORK_N.put(frame, count + 1, netuid)
        _occupy(frame, netuid, count, hotkey)
        return int(count)
    uid = root_neuron_to_prune(frame) if netuid == ROOT_NETUID else neuron_to_prune(frame, netuid)
    if uid is None:
        raise DispatchError("NoNeuronIdAvailable")
    _vacate(frame, netuid, uid)
    _occupy(frame, netuid, uid, hotkey)
    return uid


def forget_hotkey(frame: Frame, netuid: int, hotkey: str) -> None:
    """Take a hotkey and what it serves off the subnet, whatever becomes of its slot."""
    for item in (items.UIDS, items.AXONS, items.NEURON_CERTIFICATES, items.PROMETHEUS):
        item.remove(frame, netuid, hotkey)
    items.IS_NETWORK_MEMBER.remove(frame, hotkey, netuid)


def _vacate(frame: Frame, netuid: int, uid: int) -> None:
    hotkey = items.KEYS.get(frame, netuid, uid)
    forget_hotkey(frame, netuid, hotkey)
    if netuid == ROOT_NETUID:
        recycle_owed(frame, hotkey)
    for mechanism in range(items.MECHANISM_COUNT.get(frame, netuid)):
        index = storage_index(netuid, mechanism)
        items.WEIGHTS.remove(frame, index, uid)
        items.BONDS.remove(frame, index, uid)
        vectors.INCENTIVE.set(frame, index, uid, 0)
        vectors.CONSENSUS_BY_MECHANISM.clear(frame, index, uid)
        _forget_weights_for(frame, index, uid)
    vectors.STAKE_WEIGHT.clear(frame, netuid, uid)


def _forget_weights_for(frame: Frame, index: int, uid: int) -> None:
    """What others gave to the one who had this slot is not given to the next."""
    for (validator,), row in items.WEIGHTS.entries(frame, index):
        if any(dest == uid and weight for dest, weight in row):
            kept = [(dest, 0 if dest == uid else weight) for dest, weight in row]
            items.WEIGHTS.put(frame, kept, index, validator)


def _occupy(frame: Frame, netuid: int, uid: int, hotkey: str) -> None:
    for vector in vectors.RESET_ON_REGISTRATION:
        vector.set(frame, netuid, uid, 0)
    vectors.ACTIVE.set(frame, netuid, uid, 1)
    for mechanism in range(items.MECHANISM_COUNT.get(frame, netuid)):
        index = storage_index(netuid, mechanism)
        vectors.INCENTIVE.set(frame, index, uid, 0)
        vectors.LAST_UPDATE.set(frame, index, uid, frame.block)
    items.KEYS.put(frame, hotkey, netuid, uid)
    items.UIDS.put(frame, uid, netuid, hotkey)
    items.BLOCK_AT_REGISTRATION.put(frame, frame.block, netuid, uid)
    items.IS_NETWORK_MEMBER.put(frame, True, hotkey, netuid)


def storage_index(netuid: int, mechanism: int) -> int:
    """The index under which a mechanism's vectors and weights are kept."""
    return mechanism * 4096 + netuid
