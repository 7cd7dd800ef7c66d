"""How many incentive mechanisms a subnet has, and how its emission is split among them (subtensor, subnets/mechanism).

Weights, bonds, incentive, updates and commitments are each mechanism's own; stake and permits are the subnet's.
"""

from __future__ import annotations

from netctl.devchain.errors import DispatchError
from netctl.devchain.pallets.subtensor import epochs, items, null_consensus, vectors
from netctl.devchain.pallets.subtensor.uids import storage_index
from netctl.devchain.storage import Frame, View

MOST_MECHANISMS = 16
MOST_UIDS = 256
"""How many slots the mechanisms of one subnet may have together."""
U16_MAX = 65_535

_MAPS = (items.WEIGHTS, items.BONDS, items.WEIGHT_COMMITS, items.TIMELOCKED_WEIGHT_COMMITS)
_VECTORS = (items.INCENTIVE, items.CONSENSUS_BY_MECHANISM, items.LAST_UPDATE)


def _ensure_subnet(view: View, netuid: int) -> None:
    if not items.NETWORKS_ADDED.get(view, netuid):
        raise DispatchError("MechanismDoesNotExist")


def ensure_uids(view: View, netuid: int, max_uids: int, count: int) -> None:
    """TooManyUIDsPerMechanism where `count` mechanisms would have more slots together than a subnet may have."""
    if max_uids * count > (null_consensus.MOST_UIDS if epochs.is_null(view, netuid) else MOST_UIDS):
        raise DispatchError("TooManyUIDsPerMechanism")


def set_count(frame: Frame, netuid: int, count: int) -> None:
    """Add mechanisms, or drop the last ones with all that is theirs; the split is even again."""
    _ensure_subnet(frame, netuid)
    if not 0 < count <= min(MOST_MECHANISMS, items.MAX_MECHANISM_COUNT.get(frame)):
        raise DispatchError("InvalidValue")
    ensure_uids(frame, netuid, items.MAX_ALLOWED_UIDS.get(frame, netuid), count)
    held = items.MECHANISM_COUNT.get(frame, netuid)
    if count == held:
        return
    for mechanism in range(count, held):
        _forget(frame, storage_index(netuid, mechanism))
    items.MECHANISM_COUNT.put(frame, count, netuid)
    items.MECHANISM_EMISSION_SPLIT.remove(frame, netuid)


def _forget(frame: Frame, index: int) -> None:
    for item in _MAPS:
        for key in frame.page(frame.codec.entry(item.pallet, item.name).key((index,))):
            frame.remove_raw(key)
    for item in _VECTORS:
        item.remove(frame, index)


def set_split(frame: Frame, netuid: int, split: list[int] | None) -> None:
    """Each mechanism's part of the emission in 65535ths, which must sum up to one; None for even parts."""
    _ensure_subnet(frame, netuid)
    if split is None:
        items.MECHANISM_EMISSION_SPLIT.remove(frame, netuid)
        return
    if len(split) != items.MECHANISM_COUNT.get(frame, netuid) or sum(split) != U16_MAX:
        raise DispatchError("InvalidValue")
    items.MECHANISM_EMISSION_SPLIT.put(frame, split, netuid)


def reset_bonds(frame: Frame, netuid: int, hotkey: str) -> None:
    """Drop all bonds with a neuron, where the subnet has BondsResetOn: what a ResetBondsFlag in a commitment does."""
    uid = items.UIDS.get(frame, netuid, hotkey)
    if uid is None or not items.BONDS_RESET_ON.get(frame, netuid):
        return
    for mechanism in range(items.MECHANISM_COUNT.get(frame, netuid)):
        index = storage_index(netuid, mechanism)
        for validator in range(items.SUBNETWORK_N.get(frame, netuid)):
            row = vectors.BONDS.read(frame, index, validator)
            if row:
                vectors.BONDS.write(frame, index, validator, [(dest, bond) for dest, bond in row if dest != uid])
