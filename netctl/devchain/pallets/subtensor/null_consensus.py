"""Subnets that go without consensus: one validator's weights say it all, and stake alone earns dividends.

The hotkey with the most stake holds the only permit; miners earn by its row as it was written, everybody with stake
earns dividends by it, and bonds stay as Yuma left them. Source: bittensor 11.3 and subtensor, tests of Null consensus;
newer than spec 461. Approximated: consensus and trust are zeros, and the one rao of a rounding goes to the greatest
remainder, then to the lowest uid.
"""

from __future__ import annotations

from netctl.devchain.errors import DispatchError
from netctl.devchain.pallets.subtensor import epochs, items, vectors
from netctl.devchain.pallets.subtensor.coinbase.payout import Pending
from netctl.devchain.pallets.subtensor.tempo import activity_cutoff_blocks
from netctl.devchain.pallets.subtensor.uids import hotkeys, registration_blocks, storage_index
from netctl.devchain.pallets.wire import public_key
from netctl.devchain.storage import Frame, View

MOST_UIDS = 2_500
"""Slots of a Null subnet, of all its mechanisms together."""
U16_MAX = 65_535


def elect(frame: Frame, netuid: int, stake_q64: list[int]) -> int | None:
    """Give the only permit to the uid with the most stake, the first of equals, and say which; None without neurons."""
    winner = max(range(len(stake_q64)), key=lambda uid: (stake_q64[uid], -uid), default=None)
    vectors.VALIDATOR_PERMIT.write(frame, netuid, [int(uid == winner) for uid in range(len(stake_q64))])
    return winner


def switch(frame: Frame, netuid: int, mode: str, most_of_yuma: int) -> None:
    """Change a subnet's consensus; InvalidValue while timelocked commitments wait, TooManyUIDsPerMechanism if too big.

    Yuma's number of validators is kept and comes back, as far as there are slots for it.
    """
    count = items.MECHANISM_COUNT.get(frame, netuid)
    for mechanism in range(count):
        waiting = items.TIMELOCKED_WEIGHT_COMMITS.entries(frame, storage_index(netuid, mechanism))
        if any(commits for _, commits in waiting):
            raise DispatchError("InvalidValue", "SubtensorModule")
    most = (MOST_UIDS if mode == "Null" else most_of_yuma) // count
    if items.SUBNETWORK_N.get(frame, netuid) > most:
        raise DispatchError("TooManyUIDsPerMechanism")
    was_null = epochs.is_null(frame, netuid)
    slots = min(items.MAX_ALLOWED_UIDS.get(frame, netuid), most)
    items.MAX_ALLOWED_UIDS.put(frame, slots, netuid)
    items.EPOCH_CONSENSUS.put(frame, mode, netuid)
    if mode == "Null" and not was_null:
        if not items.LAST_YUMA_STEP_BLOCK.get(frame, netuid):
            items.LAST_YUMA_STEP_BLOCK.put(frame, items.LAST_STEP_BLOCK.get(frame, netuid), netuid)
        items.SAVED_MAX_VALIDATORS.put(frame, items.MAX_ALLOWED_VALIDATORS.get(frame, netuid), netuid)
        items.MAX_ALLOWED_VALIDATORS.put(frame, 1, netuid)
        elect(frame, netuid, epochs.stakes_q64(frame, netuid, hotkeys(frame, netuid)))
    elif mode == "Yuma" and was_null:
        saved = items.SAVED_MAX_VALIDATORS.get(frame, netuid)
        if saved is not None:
            items.MAX_ALLOWED_VALIDATORS.put(frame, min(saved, slots), netuid)
            items.SAVED_MAX_VALIDATORS.remove(frame, netuid)


def apportioned(units: int, shares: list[int]) -> list[int]:
    """Whole units by shares, all of them; nothing to anybody where all shares are zero."""
    total = sum(shares)
    if not total:
        return [0] * len(shares)
    parts = [units * share // total for share in shares]
    by_remainder = sorted(range(len(shares)), key=lambda at: (-(units * shares[at] % total), at))
    for at in by_remainder[: units - sum(parts)]:
        parts[at] += 1
    return parts


def run(frame: Frame, netuid: int, pending: Pending) -> epochs.Emissions:
    """One epoch: elect, and divide what waits. Without any stake the miners have the validators' part too."""
    keys = hotkeys(frame, netuid)
    stake_q64 = epochs.stakes_q64(frame, netuid, keys)
    winner = elect(frame, netuid, stake_q64)
    least_q64 = items.STAKE_THRESHOLD.get(frame) << 64
    counted = [amount if amount >= least_q64 else 0 for amount in stake_q64]
    miners_rao, dividends_rao = pending.server, pending.validator + pending.root
    if not any(counted):
        miners_rao, dividends_rao = pending.server + pending.validator, 0
    server = [0] * len(keys)
    for mechanism, part_rao in enumerate(epochs.split_emission(frame, netuid, miners_rao)):
        index = storage_index(netuid, mechanism)
        merits = _merits(frame, netuid, index, winner, len(keys))
        vectors.INCENTIVE.write(frame, index, apportioned(U16_MAX, merits))
        server = [held + more for held, more in zip(server, apportioned(part_rao, merits), strict=True)]
    validator = apportioned(dividends_rao, counted)
    _write(frame, netuid, counted, [left + right for left, right in zip(server, validator, strict=True)])
    told = zip(keys, server, validator, strict=True)
    return sorted(told, key=lambda each: public_key(each[0]))


def _merits(view: View, netuid: int, index: int, winner: int | None, count: int) -> list[int]:
    """The winner's weights for those who were there when it set them; equal ones where nothing is left of its row."""
    merits = [0] * count
    if winner is not None:
        registered_at, updated = registration_blocks(view, netuid), vectors.LAST_UPDATE.get(view, index, winner)
        for dest, weight in vectors.WEIGHTS.read(view, index, winner):
            if dest < count and registered_at[dest] < updated:
                merits[dest] = weight
    return merits if any(merits) else [1] * count


def _write(frame: Frame, netuid: int, counted: list[int], emission_rao: list[int]) -> None:
    oldest = frame.block - activity_cutoff_blocks(frame, netuid)
    updated = vectors.LAST_UPDATE.read(frame, storage_index(netuid, 0))
    zeros, parts = [0] * len(counted), apportioned(U16_MAX, counted)
    active = [int(uid < len(updated) and updated[uid] >= oldest) for uid in range(len(counted))]
    vectors.ACTIVE.write(frame, netuid, active)
    vectors.STAKE_WEIGHT.write(frame, netuid, parts)
    vectors.DIVIDENDS.write(frame, netuid, parts)
    vectors.CONSENSUS.write(frame, netuid, zeros)
    vectors.VALIDATOR_TRUST.write(frame, netuid, zeros)
    vectors.EMISSION.write(frame, netuid, emission_rao)
