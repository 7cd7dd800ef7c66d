"""Shrinking a subnet without consensus: at most a batch of neurons a call, the rest moved into the holes.

Source: subtensor, subnets/uids (trim_null_uids_batch); newer than spec 461. All waiting commitments are cancelled at
once, since they name uids of before; the runtime's limit on how many a call cancels is out of reach here.
"""

from __future__ import annotations

from netctl.devchain.errors import DispatchError
from netctl.devchain.pallets.subtensor import epochs, items, null_consensus, uids, vectors
from netctl.devchain.pallets.subtensor.coinbase import accounts
from netctl.devchain.pallets.subtensor.vectors import UidVector
from netctl.devchain.storage import Frame, Item, View

BATCH = 64
MOST_IMMUNE_PERCENT = 80
MIN_ALLOWED_UIDS = Item(items.PALLET, "MinAllowedUids")
_OF_SUBNET = (
    vectors.ACTIVE,
    vectors.CONSENSUS,
    vectors.DIVIDENDS,
    vectors.VALIDATOR_TRUST,
    vectors.STAKE_WEIGHT,
    vectors.EMISSION,
)
_OF_MECHANISM = (vectors.INCENTIVE, vectors.CONSENSUS_BY_MECHANISM, vectors.LAST_UPDATE)


def prune(frame: Frame, netuid: int, target: int) -> None:
    """Take away at most a batch of those with the least emission, on the way to `target` slots.

    NullPruningTarget holds the target until it is reached. InvalidValue: not a Null subnet, or a target out of bounds;
    TrimmingWouldExceedMaxImmunePercentage: too many of those that would stay are immune.
    """
    most = items.MAX_ALLOWED_UIDS.get(frame, netuid)
    if not epochs.is_null(frame, netuid) or not MIN_ALLOWED_UIDS.get(frame, netuid) <= target <= most:
        raise DispatchError("InvalidValue", "SubtensorModule")
    count = items.SUBNETWORK_N.get(frame, netuid)
    kept_anyway = uids.protected(frame, netuid)
    if count > target and len(kept_anyway) * 100 >= MOST_IMMUNE_PERCENT * target:
        raise DispatchError("TrimmingWouldExceedMaxImmunePercentage")
    _cancel_commitments(frame, netuid)
    left = max(target, count - BATCH)
    items.MAX_ALLOWED_UIDS.put(frame, left, netuid)
    if count > left:
        _remove(frame, netuid, _leavers(frame, netuid, count - left, kept_anyway))
    if items.SUBNETWORK_N.get(frame, netuid) > target:
        items.NULL_PRUNING_TARGET.put(frame, target, netuid)
    else:
        items.NULL_PRUNING_TARGET.remove(frame, netuid)


def _indices(view: View, netuid: int) -> list[int]:
    return [uids.storage_index(netuid, mechanism) for mechanism in range(items.MECHANISM_COUNT.get(view, netuid))]


def _cancel_commitments(frame: Frame, netuid: int) -> None:
    for index in _indices(frame, netuid):
        for item in (items.WEIGHT_COMMITS, items.TIMELOCKED_WEIGHT_COMMITS):
            for key in list(frame.page(frame.codec.entry(item.pallet, item.name).key((index,)))):
                frame.remove_raw(key)


def _leavers(view: View, netuid: int, wanted: int, kept_anyway: set[int]) -> set[int]:
    """Least emission first, of equals the higher uid."""
    emission = vectors.EMISSION.read(view, netuid)
    ranked = sorted(range(len(emission)), key=lambda uid: (emission[uid], -uid))
    return set([uid for uid in ranked if uid not in kept_anyway][:wanted])


def _remove(frame: Frame, netuid: int, leavers: set[int]) -> None:
    """Holes below the new count are filled from above it; everybody else keeps the uid."""
    keys, since = uids.hotkeys(frame, netuid), uids.registration_blocks(frame, netuid)
    count, permits = len(keys), vectors.VALIDATOR_PERMIT.read(frame, netuid)
    left = count - len(leavers)
    holes = sorted(uid for uid in leavers if uid < left)
    tails = (uid for uid in range(left, count) if uid not in leavers)
    now_at = {uid: uid for uid in range(left) if uid not in leavers} | dict(zip(tails, holes, strict=True))
    for uid in leavers:
        uids.forget_hotkey(frame, netuid, keys[uid])
        Item(items.PALLET, accounts.ALPHA_DIVIDENDS.name).remove(frame, netuid, keys[uid])
    for old, new in now_at.items():
        items.KEYS.put(frame, keys[old], netuid, new)
        items.UIDS.put(frame, new, netuid, keys[old])
        items.BLOCK_AT_REGISTRATION.put(frame, since[old], netuid, new)
    for uid in range(left, count):
        items.KEYS.remove(frame, netuid, uid)
        items.BLOCK_AT_REGISTRATION.remove(frame, netuid, uid)
    for vector in _OF_SUBNET:
        _move(frame, vector, netuid, now_at, left)
    for index in _indices(frame, netuid):
        for vector in _OF_MECHANISM:
            _move(frame, vector, index, now_at, left)
        _move_rows(frame, items.WEIGHTS, index, {uid: new for uid, new in now_at.items() if permits[uid]}, now_at)
        _move_rows(frame, items.BONDS, index, now_at, now_at)
    items.SUBNETWORK_N.put(frame, left, netuid)
    null_consensus.elect(frame, netuid, epochs.stakes_q64(frame, netuid, uids.hotkeys(frame, netuid)))


def _move(frame: Frame, vector: UidVector, index: int, now_at: dict[int, int], left: int) -> None:
    held = vector.read(frame, index)
    if held:
        moved = [0] * left
        for old, new in now_at.items():
            moved[new] = held[old] if old < len(held) else 0
        vector.write(frame, index, moved)


def _move_rows(frame: Frame, item: Item, index: int, rows: dict[int, int], now_at: dict[int, int]) -> None:
    held = [(uid, row) for (uid,), row in item.entries(frame, index)]
    for uid, _ in held:
        item.remove(frame, index, uid)
    for uid, row in held:
        if uid in rows:
            item.put(frame, [(now_at[dest], value) for dest, value in row if dest in now_at], index, rows[uid])
