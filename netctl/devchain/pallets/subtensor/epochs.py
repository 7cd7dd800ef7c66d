"""What an epoch reads from the state and writes back. Emission is not modelled: the Emission vector stays zero."""

from __future__ import annotations

from netctl.devchain.pallets.subtensor import consensus, items, vectors
from netctl.devchain.pallets.subtensor.shares import stake_weight
from netctl.devchain.pallets.subtensor.tempo import activity_cutoff_blocks
from netctl.devchain.pallets.subtensor.uids import hotkeys, registration_blocks
from netctl.devchain.storage import Frame, View


def is_null(view: View, netuid: int) -> bool:
    """Whether the subnet has chosen to go without consensus: its epochs pass, and nothing comes of them."""
    return bool(items.EPOCH_CONSENSUS.get(view, netuid) == "Null")


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
