"""Who counts: stake that is enough, permits for the greatest of it, and the stake of those that vote."""

from __future__ import annotations

from netctl.devchain.pallets.subtensor.yuma.fixed import normalized, saturate
from netctl.devchain.pallets.subtensor.yuma.given import EpochInput


def active(given: EpochInput) -> list[bool]:
    """Who updated within the activity cutoff; a uid beyond the vector of updates did not."""
    oldest = given.block - given.activity_cutoff
    fresh = [updated >= oldest for updated in given.last_update[: len(given.stake_q64)]]
    return fresh + [False] * (len(given.stake_q64) - len(fresh))


def stake(given: EpochInput) -> list[int]:
    """Stake as fractions of one, in I32F32; what is below the threshold is nothing, unless it is the owner's."""
    least_q64 = given.stake_threshold << 64
    kept = [
        amount if amount >= least_q64 or uid == given.owner_uid else 0 for uid, amount in enumerate(given.stake_q64)
    ]
    total = sum(kept)
    return [saturate((amount << 64) // total >> 32) for amount in kept] if total else [0] * len(kept)


def with_owner(permits: list[bool], owner_uid: int | None) -> list[bool]:
    """The same with a permit for the subnet owner's hotkey."""
    return [permit or uid == owner_uid for uid, permit in enumerate(permits)]


def top(stake: list[int], limit: int) -> list[bool]:
    """A permit for the `limit` greatest stakes that are not zero; of equals the greater uids."""
    dropped = len(stake) - limit
    lesser = set(sorted(range(len(stake)), key=stake.__getitem__)[:dropped]) if dropped > 0 else set()
    return [amount != 0 and uid not in lesser for uid, amount in enumerate(stake)]


def voting_stake(stake: list[int], given: EpochInput, active: list[bool], permits: list[bool]) -> list[int]:
    """Stake of the active with a permit, as fractions of its sum. Where nobody ever updated, nobody is inactive."""
    counted = active if given.last_update else [True] * len(stake)
    return normalized(
        [
            amount if is_active and permit else 0
            for amount, is_active, permit in zip(stake, counted, permits, strict=True)
        ]
    )
