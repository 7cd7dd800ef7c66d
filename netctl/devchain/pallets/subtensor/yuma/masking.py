"""Which weights count, and as what fractions of a validator's row."""

from __future__ import annotations

from netctl.devchain.pallets.subtensor.yuma.fixed import FRACTION
from netctl.devchain.pallets.subtensor.yuma.given import EpochInput, Matrix, Row


def weights(given: EpochInput, permits: list[bool]) -> Matrix:
    """Rows of permitted validators, normalised, without what is masked."""
    return [_row(given, uid) if permit else [] for uid, permit in enumerate(permits)]


def _row(given: EpochInput, uid: int) -> Row:
    """Not for oneself unless one owns the subnet, and not for slots taken since the row was set or committed to."""
    count, registered = len(given.registered_at), given.registered_at
    updated = given.last_update[uid] if uid < len(given.last_update) else 0
    committed = given.committed_at[uid] if given.committed_at is not None else None
    may_vote_for_itself = uid == given.owner_uid
    kept = [
        (dest, weight)
        for dest, weight in given.weights[uid]
        if dest < count
        and (dest != uid or may_vote_for_itself)
        and updated > registered[dest]
        and (committed is None or committed >= registered[dest])
    ]
    total = sum([weight for _, weight in kept])
    return [(dest, (weight << FRACTION) // total) for dest, weight in kept] if total else kept


def clipped(weights: Matrix, consensus: list[int]) -> Matrix:
    """No weight above consensus; where nobody agrees, only weights of zero stay."""
    return [
        [(dest, min(weight, consensus[dest])) for dest, weight in row if consensus[dest] or not weight]
        for row in weights
    ]


def between(weights: Matrix, clipped: Matrix, penalty: int) -> Matrix:
    """The weights that bonds grow by: as set at a penalty of 0, as clipped at 1, in between in proportion."""
    if penalty == 0:
        return weights
    if penalty == 1 << FRACTION:
        return clipped
    return [_between(row, dict(other), penalty) for row, other in zip(weights, clipped, strict=True)]


def _between(row: Row, clipped: dict[int, int], penalty: int) -> Row:
    moved = [(dest, weight + (penalty * (clipped.get(dest, 0) - weight) >> FRACTION)) for dest, weight in sorted(row)]
    return [(dest, weight) for dest, weight in moved if weight > 0]
