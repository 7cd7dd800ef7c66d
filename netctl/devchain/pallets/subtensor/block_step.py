"""What every block does to the subnets before any extrinsic: prices decay, TAO and alpha are emitted, epochs run."""

from __future__ import annotations

from netctl.devchain.pallets.subtensor import commits, epochs, items, null_consensus, ownership, pricing, windows
from netctl.devchain.pallets.subtensor.coinbase.emit import emit, follow
from netctl.devchain.pallets.subtensor.coinbase.payout import Pending, distribute
from netctl.devchain.pallets.subtensor.tempo import is_due
from netctl.devchain.storage import Frame


def begin_block(frame: Frame) -> None:
    """Prices decay, counters start anew, all subnets have their emission, and those whose tempo is over their epoch."""
    netuids = ownership.netuids(frame)
    for netuid in netuids:
        if windows.are_kept(frame, netuid):
            windows.step(frame, netuid)
        else:
            pricing.decay(frame, netuid)
        if items.REGISTRATIONS_THIS_BLOCK.get(frame, netuid):
            items.REGISTRATIONS_THIS_BLOCK.put(frame, 0, netuid)
        if netuid == ownership.ROOT_NETUID:
            _root_interval(frame)
    taking = emit(frame, netuids)
    _run_epochs(frame, [netuid for netuid in netuids if netuid != ownership.ROOT_NETUID and is_due(frame, netuid)])
    follow(frame, taking)


def _run_epochs(frame: Frame, due: list[int]) -> None:
    """As many as MaxEpochsPerBlock in a block; the rest wait for the next."""
    if not due:
        return
    most = items.MAX_EPOCHS_PER_BLOCK.get(frame)
    for netuid in due[:most]:
        _finish_tempo(frame, netuid)
    for netuid in due[most:]:
        items.PENDING_EPOCH_AT.put(frame, frame.block + 1, netuid)
        told = {"netuid": netuid, "from_block": frame.block, "to_block": frame.block + 1}
        frame.emit(items.PALLET, "EpochDeferred", told)


def _root_interval(frame: Frame) -> None:
    """Root has no epochs; its registration interval is the blocks' number modulo its tempo."""
    root = ownership.ROOT_NETUID
    tempo = items.TEMPO.get(frame, root)
    if tempo == 0 or frame.block % tempo == 0:
        items.REGISTRATIONS_THIS_INTERVAL.put(frame, 0, root)


def _by_consensus(frame: Frame, netuid: int, pending: Pending) -> epochs.Emissions:
    return epochs.run(frame, netuid, pending.server + pending.validator + pending.root)


def _finish_tempo(frame: Frame, netuid: int) -> None:
    items.LAST_EPOCH_BLOCK.put(frame, frame.block, netuid)
    items.BLOCKS_SINCE_LAST_STEP.put(frame, 0, netuid)
    items.PENDING_EPOCH_AT.put(frame, 0, netuid)
    index = items.SUBNET_EPOCH_INDEX
    index.put(frame, index.get(frame, netuid) + 1, netuid)
    commits.forget_expired(frame, netuid)
    if not windows.are_kept(frame, netuid):
        items.REGISTRATIONS_THIS_INTERVAL.put(frame, 0, netuid)
    if epochs.is_null(frame, netuid):
        distribute(frame, netuid, null_consensus.run)
    else:
        distribute(frame, netuid, _by_consensus)
        items.LAST_YUMA_STEP_BLOCK.put(frame, frame.block, netuid)
    # Behind the epoch: it reads here when the last one was, to tell which bonds are older.
    items.LAST_STEP_BLOCK.put(frame, frame.block, netuid)
