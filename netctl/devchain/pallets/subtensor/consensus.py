"""What an epoch makes of stake and weights: one pure function over plain lists.

A first, simple rule: a miner's incentive is the stake-weighted mean of the weights that permitted validators gave it.
Yuma's clipping and bonds are not in it.
"""

from __future__ import annotations

from dataclasses import dataclass

U16_MAX = 65_535


@dataclass(frozen=True)
class EpochInput:
    """One subnet at its epoch; every list has one element per uid."""

    stake: list[int]
    active: list[bool]
    weights: list[list[tuple[int, int]]]
    last_update: list[int]
    registered_at: list[int]
    owner_uid: int | None
    max_validators: int
    stake_threshold: int


@dataclass(frozen=True)
class EpochOutput:
    """What is written back, as fractions of 65535 where it is a fraction."""

    permits: list[bool]
    incentive: list[int]
    consensus: list[int]
    dividends: list[int]
    validator_trust: list[int]


def permits(stake: list[int], limit: int, threshold: int) -> list[bool]:
    """A permit for the `limit` greatest stakes that are above zero and at least the threshold; of equals the last."""
    worthy = [uid for uid, amount in enumerate(stake) if amount > 0 and amount >= threshold]
    chosen = set(sorted(worthy, key=lambda uid: (-stake[uid], -uid))[:limit])
    return [uid in chosen for uid in range(len(stake))]


def _row(given: EpochInput, uid: int) -> list[float]:
    """A validator's weights, normalised; not for itself unless it owns the subnet, nor for slots taken since."""
    row = [0.0] * len(given.stake)
    for dest, weight in given.weights[uid]:
        is_self = dest == uid and uid != given.owner_uid
        if dest < len(row) and not is_self and given.registered_at[dest] <= given.last_update[uid]:
            row[dest] = float(weight)
    total = sum(row)
    return [weight / total for weight in row] if total else row


def run(given: EpochInput) -> EpochOutput:
    """Permits, incentives and dividends of one epoch."""
    count = len(given.stake)
    permitted = permits(given.stake, given.max_validators, given.stake_threshold)
    voters = [uid for uid in range(count) if permitted[uid] and given.active[uid]]
    rows = {uid: _row(given, uid) for uid in voters}
    voting = {uid: given.stake[uid] for uid in voters if any(rows[uid])}
    total = sum(voting.values())
    mean = [0.0] * count
    for uid, amount in voting.items():
        for dest, weight in enumerate(rows[uid]):
            mean[dest] += weight * amount / total
    agreed = {uid: sum(map(min, rows[uid], mean)) for uid in voting}
    shared = [_u16(share) for share in mean]
    return EpochOutput(
        permits=permitted,
        incentive=shared,
        consensus=list(shared),
        dividends=[_u16(voting[uid] / total) if uid in voting else 0 for uid in range(count)],
        validator_trust=[_u16(agreed.get(uid, 0.0)) for uid in range(count)],
    )


def _u16(fraction: float) -> int:
    return min(U16_MAX, int(fraction * U16_MAX + 1e-6))
