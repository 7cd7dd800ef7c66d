"""When a subnet's epochs run, and who may change it."""

from __future__ import annotations

from netctl.devchain.errors import DispatchError
from netctl.devchain.pallet import Origin, call
from netctl.devchain.pallets.subtensor import items, ownership
from netctl.devchain.pallets.subtensor.cells import Cell
from netctl.devchain.pallets.subtensor.subnets import ensure_owner
from netctl.devchain.storage import Frame, View

TEMPO = Cell(items.PALLET, "Tempo", 2)
BLOCKS_SINCE_LAST_STEP = Cell(items.PALLET, "BlocksSinceLastStep")
LAST_EPOCH_BLOCK = Cell(items.PALLET, "LastEpochBlock")
PENDING_EPOCH_AT = Cell(items.PALLET, "PendingEpochAt")
"""What every block reads, past the codec."""

MIN_TEMPO = 360
MAX_TEMPO = 50_400
FACTOR_MILLI = range(1_000, 50_001)
MECHANISM_COUNT_UPDATE = 7
MECHANISM_EMISSION = 8
TEMPO_UPDATE = 11
"""The runtime's numbers for these changes, under which it keeps the block of an owner's last one."""


def next_epoch_block(view: View, netuid: int) -> int:
    """The block at which the subnet's next epoch runs: a tempo after the last, or earlier if triggered."""
    due = LAST_EPOCH_BLOCK.get(view, netuid) + max(1, TEMPO.get(view, netuid))
    pending = PENDING_EPOCH_AT.get(view, netuid)
    return min(due, pending) if pending else due


def is_due(frame: Frame, netuid: int) -> bool:
    """Count a block, and say whether it has an epoch. A tempo that was shortened below the count is over at once."""
    tempo = TEMPO.get(frame, netuid)
    since = min(BLOCKS_SINCE_LAST_STEP.get(frame, netuid), tempo) + 1
    BLOCKS_SINCE_LAST_STEP.put(frame, since, netuid)
    return bool(tempo) and (frame.block >= next_epoch_block(frame, netuid) or since > tempo)


def epoch_index(view: View, netuid: int) -> int:
    """Which epoch a commitment or a reveal of this block belongs to: the next one where one is due and was deferred."""
    tempo = TEMPO.get(view, netuid)
    is_late = BLOCKS_SINCE_LAST_STEP.get(view, netuid) > tempo or view.block >= next_epoch_block(view, netuid)
    return int(items.SUBNET_EPOCH_INDEX.get(view, netuid)) + bool(tempo and is_late)


def activity_cutoff_blocks(view: View, netuid: int) -> int:
    """After how many blocks without an update a validator no longer counts: thousandths of a tempo."""
    factor = items.ACTIVITY_CUTOFF_FACTOR_MILLI.get(view, netuid)
    return max(1, int(factor) * int(items.TEMPO.get(view, netuid)) // 1000)


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
        limit_transaction(frame, owner, netuid, TEMPO_UPDATE, MIN_TEMPO)
    items.TEMPO.put(frame, tempo, netuid)
    items.LAST_EPOCH_BLOCK.put(frame, frame.block, netuid)
    frame.emit(items.PALLET, "TempoSet", (netuid, tempo))


def limit_transaction(frame: Frame, owner: str, netuid: int, transaction: int, blocks: int) -> None:
    """One change of this kind by an owner in so many blocks; TxRateLimitExceeded else."""
    key = (owner, netuid, transaction)
    last = items.TRANSACTION_KEY_LAST_BLOCK.get(frame, *key)
    if last and frame.block - last < blocks:
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
