"""When epochs run, and what they read and write. Emission is not modelled: the Emission vector stays zero."""

from __future__ import annotations

from netctl.devchain.errors import DispatchError
from netctl.devchain.pallet import Origin, call
from netctl.devchain.pallets.subtensor import consensus, items, ownership, pricing, vectors
from netctl.devchain.pallets.subtensor.shares import stake_weight
from netctl.devchain.pallets.subtensor.subnets import ensure_owner
from netctl.devchain.pallets.subtensor.uids import hotkeys, registration_blocks
from netctl.devchain.storage import Frame, View

MIN_TEMPO = 360
MAX_TEMPO = 50_400
FACTOR_MILLI = range(1_000, 50_001)
TEMPO_UPDATE = 11
"""The runtime's number for a change of tempo, under which it keeps the block of an owner's last one."""


def next_epoch_block(view: View, netuid: int) -> int:
    """The block at which the subnet's next epoch runs: a tempo after the last, or earlier if triggered."""
    due = items.LAST_EPOCH_BLOCK.get(view, netuid) + max(1, items.TEMPO.get(view, netuid))
    pending = items.PENDING_EPOCH_AT.get(view, netuid)
    return int(min(due, pending) if pending else due)


def begin_block(frame: Frame) -> None:
    """Prices decay, counters start anew, and subnets whose tempo is over have their epoch."""
    for netuid in ownership.netuids(frame):
        pricing.decay(frame, netuid)
        if items.REGISTRATIONS_THIS_BLOCK.get(frame, netuid):
            items.REGISTRATIONS_THIS_BLOCK.put(frame, 0, netuid)
        if netuid == ownership.ROOT_NETUID:
            _root_interval(frame)
        elif _is_due(frame, netuid):
            _finish_tempo(frame, netuid)


def _is_due(frame: Frame, netuid: int) -> bool:
    """Count a block, and say whether it has an epoch. A tempo that was shortened below the count is over at once."""
    tempo = items.TEMPO.get(frame, netuid)
    since = min(items.BLOCKS_SINCE_LAST_STEP.get(frame, netuid), tempo) + 1
    items.BLOCKS_SINCE_LAST_STEP.put(frame, since, netuid)
    return bool(tempo) and (frame.block >= next_epoch_block(frame, netuid) or since > tempo)


def _root_interval(frame: Frame) -> None:
    """Root has no epochs; its registration interval is the blocks' number modulo its tempo."""
    root = ownership.ROOT_NETUID
    tempo = items.TEMPO.get(frame, root)
    if tempo == 0 or frame.block % tempo == 0:
        items.REGISTRATIONS_THIS_INTERVAL.put(frame, 0, root)


def _finish_tempo(frame: Frame, netuid: int) -> None:
    items.LAST_EPOCH_BLOCK.put(frame, frame.block, netuid)
    items.LAST_STEP_BLOCK.put(frame, frame.block, netuid)
    items.BLOCKS_SINCE_LAST_STEP.put(frame, 0, netuid)
    items.PENDING_EPOCH_AT.put(frame, 0, netuid)
    index = items.SUBNET_EPOCH_INDEX
    index.put(frame, index.get(frame, netuid) + 1, netuid)
    items.REGISTRATIONS_THIS_INTERVAL.put(frame, 0, netuid)
    if not is_null(frame, netuid):
        run(frame, netuid)


def is_null(view: View, netuid: int) -> bool:
    """Whether the subnet has chosen to go without consensus: its epochs pass, and nothing comes of them."""
    return bool(items.EPOCH_CONSENSUS.get(view, netuid) == "Null")


def activity_cutoff_blocks(view: View, netuid: int) -> int:
    """After how many blocks without an update a validator no longer counts: thousandths of a tempo."""
    factor = items.ACTIVITY_CUTOFF_FACTOR_MILLI.get(view, netuid)
    return max(1, int(factor) * int(items.TEMPO.get(view, netuid)) // 1000)


def _gather(view: View, netuid: int) -> consensus.EpochInput:
    keys = hotkeys(view, netuid)
    last_update = vectors.LAST_UPDATE.read(view, netuid)
    cutoff = activity_cutoff_blocks(view, netuid)
    owner_uid = items.UIDS.get(view, netuid, items.SUBNET_OWNER_HOTKEY.get(view, netuid))
    return consensus.EpochInput(
        stake=[stake_weight(view, hotkey, netuid)[0] for hotkey in keys],
        active=[updated + cutoff >= view.block for updated in last_update],
        weights=[items.WEIGHTS.get(view, netuid, uid) for uid in range(len(keys))],
        last_update=last_update,
        registered_at=registration_blocks(view, netuid),
        owner_uid=owner_uid,
        max_validators=items.MAX_ALLOWED_VALIDATORS.get(view, netuid),
        stake_threshold=items.STAKE_THRESHOLD.get(view),
    )


def run(frame: Frame, netuid: int) -> None:
    """One epoch of a subnet's first mechanism."""
    given = _gather(frame, netuid)
    result = consensus.run(given)
    vectors.ACTIVE.write(frame, netuid, [int(is_active) for is_active in given.active])
    vectors.VALIDATOR_PERMIT.write(frame, netuid, [int(permit) for permit in result.permits])
    vectors.INCENTIVE.write(frame, netuid, result.incentive)
    vectors.CONSENSUS.write(frame, netuid, result.consensus)
    vectors.DIVIDENDS.write(frame, netuid, result.dividends)
    vectors.VALIDATOR_TRUST.write(frame, netuid, result.validator_trust)
    items.STAKE_WEIGHT.put(frame, _max_upscaled(given.stake), netuid)


def _max_upscaled(stake: list[int]) -> list[int]:
    greatest = max(stake, default=0)
    return [amount * consensus.U16_MAX // greatest if greatest else 0 for amount in stake]


def ensure_admin_window(view: View, netuid: int) -> None:
    """Hyperparameters may not change in the last AdminFreezeWindow blocks before an epoch."""
    tempo = items.TEMPO.get(view, netuid)
    is_triggered = items.PENDING_EPOCH_AT.get(view, netuid) > view.block
    if tempo and (is_triggered or _until_tempo_ends(view, netuid) < items.ADMIN_FREEZE_WINDOW.get(view)):
        raise DispatchError("AdminActionProhibitedDuringWeightsWindow")


def _until_tempo_ends(view: View, netuid: int) -> int:
    """Blocks until the epoch that comes of itself."""
    due = items.LAST_EPOCH_BLOCK.get(view, netuid) + items.TEMPO.get(view, netuid)
    return max(0, int(due) - view.block)


def change_tempo(frame: Frame, origin: Origin, netuid: int, tempo: int) -> None:
    """Root sets any tempo; an owner one within the chain's bounds, once in MIN_TEMPO blocks. Its cycle starts anew."""
    is_root = origin.kind == "root"
    owner = None if is_root else ensure_owner(frame, origin, netuid)
    ownership.ensure_subnet(frame, netuid)
    if not is_root and not MIN_TEMPO <= tempo <= MAX_TEMPO:
        raise DispatchError("TempoOutOfBounds")
    ensure_admin_window(frame, netuid)
    if owner is not None:
        _limit_tempo_changes(frame, owner, netuid)
    items.TEMPO.put(frame, tempo, netuid)
    items.LAST_EPOCH_BLOCK.put(frame, frame.block, netuid)
    frame.emit(items.PALLET, "TempoSet", (netuid, tempo))


def _limit_tempo_changes(frame: Frame, owner: str, netuid: int) -> None:
    key = (owner, netuid, TEMPO_UPDATE)
    last = items.TRANSACTION_KEY_LAST_BLOCK.get(frame, *key)
    if last and frame.block - last < MIN_TEMPO:
        raise DispatchError("TxRateLimitExceeded")
    items.TRANSACTION_KEY_LAST_BLOCK.put(frame, frame.block, *key)


def change_activity_cutoff_factor(frame: Frame, origin: Origin, netuid: int, factor_milli: int) -> None:
    """After how many thousandths of a tempo validators become inactive; the freeze window binds owners only."""
    if origin.kind != "root":
        ensure_owner(frame, origin, netuid)
    if factor_milli not in FACTOR_MILLI:
        raise DispatchError("ActivityCutoffFactorMilliOutOfBounds")
    if origin.kind != "root":
        ensure_admin_window(frame, netuid)
        limit_owner(frame, netuid, "ActivityCutoffFactorMilli")
    items.ACTIVITY_CUTOFF_FACTOR_MILLI.put(frame, factor_milli, netuid)
    told = {"netuid": netuid, "factor_milli": factor_milli}
    frame.emit(items.PALLET, "ActivityCutoffFactorMilliSet", told)


def limit_owner(frame: Frame, netuid: int, hyperparameter: str) -> None:
    """One change of a hyperparameter by its owner in OwnerHyperparamRateLimit epochs."""
    key = {"OwnerHyperparamUpdate": (netuid, hyperparameter)}
    span = items.OWNER_HYPERPARAM_RATE_LIMIT.get(frame) * items.TEMPO.get(frame, netuid)
    last = items.LAST_RATE_LIMITED_BLOCK.get(frame, key)
    if last and frame.block - last < span:
        raise DispatchError("TxRateLimitExceeded")
    items.LAST_RATE_LIMITED_BLOCK.put(frame, frame.block, key)


class EpochCalls:
    """How an owner steers its subnet's epochs."""

    @call()
    def set_tempo(self, frame: Frame, origin: Origin, *, netuid: int, tempo: int) -> None:
        """Owner's tempo, within the chain's bounds; shorter ones only through Sudo and AdminUtils."""
        origin.signed()
        change_tempo(frame, origin, netuid, tempo)

    @call()
    def set_activity_cutoff_factor(self, frame: Frame, origin: Origin, *, netuid: int, factor_milli: int) -> None:
        """After how many thousandths of a tempo validators become inactive."""
        origin.signed()
        change_activity_cutoff_factor(frame, origin, netuid, factor_milli)

    @call()
    def trigger_epoch(self, frame: Frame, origin: Origin, *, netuid: int) -> None:
        """Run an epoch after AdminFreezeWindow blocks instead of waiting for the tempo."""
        who = ensure_owner(frame, origin, netuid)
        if items.COMMIT_REVEAL_ENABLED.get(frame, netuid):
            raise DispatchError("DynamicTempoBlockedByCommitReveal")
        if items.PENDING_EPOCH_AT.get(frame, netuid):
            raise DispatchError("EpochTriggerAlreadyPending")
        window = items.ADMIN_FREEZE_WINDOW.get(frame)
        if _until_tempo_ends(frame, netuid) < window:
            raise DispatchError("AutoEpochAlreadyImminent")
        limit_owner(frame, netuid, "TriggerEpoch")
        fires_at = frame.block + window
        items.PENDING_EPOCH_AT.put(frame, fires_at, netuid)
        frame.emit(items.PALLET, "EpochTriggered", {"netuid": netuid, "by": who, "fires_at": fires_at})
