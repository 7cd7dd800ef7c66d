"""Yuma consensus of one epoch in exact fractions (subtensor: epoch/run_epoch, epoch/math).

Matrices are lists of rows, one row per uid: row i holds what neuron i says (or owns) about every neuron j.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction

U16 = 65_535
ZERO, ONE, HALF = Fraction(0), Fraction(1), Fraction(1, 2)
Vector = list[Fraction]
Matrix = list[Vector]


@dataclass(frozen=True, kw_only=True)
class Subnet:
    """What an epoch reads. Stakes in any unit; weights and bonds as stored (u16); shares and alphas in 0..1."""

    block: int
    last_step: int
    activity_cutoff: int
    stake: Sequence[int | Fraction]
    weights: Sequence[dict[int, int]]
    bonds: Sequence[dict[int, int]]
    last_update: Sequence[int]
    registered_at: Sequence[int]
    permits: Sequence[bool]
    max_validators: int = 64
    stake_threshold: int = 0
    owner_uid: int | None = None
    kappa: Fraction = Fraction(32_767, U16)
    bonds_penalty: Fraction = ONE
    bonds_moving_average: Fraction = Fraction(9, 10)
    yuma3: bool = True
    liquid_alpha: bool = False
    alpha_low: Fraction = Fraction(45_875, U16)
    alpha_high: Fraction = Fraction(58_982, U16)
    steepness: Fraction = Fraction(10)
    consensus_mode: str = "Auto"
    previous_consensus: Sequence[Fraction] = field(default_factory=tuple)
    committed_at: dict[int, int] = field(default_factory=dict)
    """By uid the block of its oldest commitment that is neither revealed nor too old; none unless it is asked for."""

    @property
    def size(self) -> int:
        return len(self.stake)


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What an epoch finds: proportions in 0..1; `server` and `validator`, parts of the emission, make 1 together.

    `bought` is what all bonds in a neuron grow by, of which each validator has its share before Yuma 3.
    """

    stake: Vector
    active: list[bool]
    permits: list[bool]
    weights: Matrix
    consensus: Vector
    clipped: Matrix
    validator_trust: Vector
    ranks: Vector
    incentive: Vector
    bought: Vector
    bonds: Matrix
    dividends: Vector
    server: Vector
    validator: Vector
    combined: Vector


def normalized(values: Sequence[Fraction]) -> Vector:
    """The values divided by their sum; all zero if that is zero."""
    total = sum(values, ZERO)
    return [value / total for value in values] if total else [ZERO] * len(values)


def transposed(matrix: Matrix) -> Matrix:
    return [list(column) for column in zip(*matrix, strict=True)]


def top_permits(stake: Sequence[Fraction], count: int) -> list[bool]:
    """The `count` greatest stakes above zero; of equal ones the higher uid."""
    ranked = sorted(range(len(stake)), key=lambda uid: (stake[uid], uid), reverse=True)
    chosen = set(ranked[:count])
    return [uid in chosen and stake[uid] > 0 for uid in range(len(stake))]


def as_counted(share: Fraction) -> Fraction:
    """A share of the stake in the runtime's I32F32: who differ by less are equals when permits are given."""
    return Fraction(int(share * 2**32), 2**32)


def with_owner(subnet: Subnet, permits: Sequence[bool]) -> list[bool]:
    """The owner's neuron may always vote, and its stake is never too little."""
    return [may or uid == subnet.owner_uid for uid, may in enumerate(permits)]


def counted_weights(subnet: Subnet) -> Matrix:
    """Rows that sum to 1: of validators with a permit, not for oneself, not for a uid that was taken over since.

    The owner's neuron alone may give weight to itself (it stands for burning). Where weights are committed before they
    are revealed, nobody's count who took a slot after the oldest commitment that is still open.
    """
    rows, may_vote = [], with_owner(subnet, subnet.permits)
    for uid, stored in enumerate(subnet.weights):
        row = [Fraction(stored.get(other, 0)) for other in range(subnet.size)]
        for other in range(subnet.size):
            is_self = other == uid and uid != subnet.owner_uid
            is_new = subnet.last_update[uid] <= subnet.registered_at[other]
            committed = subnet.committed_at.get(uid)
            is_newer = committed is not None and committed < subnet.registered_at[other]
            if not may_vote[uid] or is_self or is_new or is_newer:
                row[other] = ZERO
        rows.append(normalized(row))
    return rows


def stake_weighted_median(stake: Sequence[Fraction], scores: Sequence[Fraction], kappa: Fraction) -> Fraction:
    """The score that at least `kappa` of the stake reaches or exceeds, and no greater one does.

    Walk the scores upward and add up the stake behind them: the median is the score at which the stake passed
    exceeds 1 - kappa.
    """
    passed = ZERO
    voters = sorted((score, share) for score, share in zip(scores, stake, strict=True) if share > 0)
    for score, share in voters:
        passed += share
        if passed > 1 - kappa:
            return score
    return voters[-1][0] if voters else ZERO


def liquid_rate(subnet: Subnet, consensus: Fraction, weight: Fraction, bond: Fraction) -> Fraction:
    """How fast one bond follows its weight: a sigmoid between alpha_low and alpha_high.

    Buying (weight at or above the bond) goes by how far the weight is above consensus, selling by how far it is below
    the bond.
    """
    distance = weight - consensus if weight >= bond else bond - weight
    bounded = min(max(distance, ZERO), ONE)
    exponent = -subnet.steepness * (bounded - HALF)
    power = (Decimal(exponent.numerator) / Decimal(exponent.denominator)).exp()
    sigmoid = 1 / (1 + Fraction(power))
    rate = subnet.alpha_low + sigmoid * (subnet.alpha_high - subnet.alpha_low)
    return min(max(rate, subnet.alpha_low), subnet.alpha_high)


def liquid_consensus(subnet: Subnet, consensus: Vector) -> Vector:
    """The consensus that liquid alpha measures against; Auto takes the previous one if bonds are clipped entirely."""
    is_previous = subnet.consensus_mode == "Previous" or (
        subnet.consensus_mode == "Auto" and subnet.bonds_penalty == ONE
    )
    known = list(subnet.previous_consensus)
    if not (is_previous and known):
        return consensus
    return [known[uid] if uid < len(known) else ZERO for uid in range(subnet.size)]


def kept_bonds(subnet: Subnet) -> Matrix:
    """Stored bonds as proportions, without those in neurons registered after the last epoch's block."""
    fresh = [registered > subnet.last_step for registered in subnet.registered_at]
    return [
        [ZERO if fresh[other] else Fraction(row.get(other, 0), U16) for other in range(subnet.size)]
        for row in subnet.bonds
    ]


def bonds_of_yuma3(subnet: Subnet, target: Matrix, consensus: Vector) -> Matrix:
    """Each bond moves towards its weight on its own; with liquid alpha at its own pace.

    With liquid alpha a bond whose weight is zero is dropped at once: the runtime's sparse matrices only visit weights.
    """
    old = kept_bonds(subnet)
    slow = 1 - subnet.bonds_moving_average
    if not (subnet.liquid_alpha and any(consensus)):
        return [
            [slow * new + (1 - slow) * held for new, held in zip(*rows, strict=True)]
            for rows in zip(target, old, strict=True)
        ]
    measured = liquid_consensus(subnet, consensus)
    result = []
    for weights, held_row in zip(target, old, strict=True):
        row = []
        for agreed, weight, held in zip(measured, weights, held_row, strict=True):
            rate = liquid_rate(subnet, agreed, weight, held)
            row.append(min(ONE, (1 - rate) * held + rate * weight) if weight else ZERO)
        result.append(row)
    return result


def bonds_of_yuma2(subnet: Subnet, target: Matrix, stake: Vector) -> Matrix:
    """Columns that sum to 1: a validator's share in a miner, moving towards its share of the stake behind it."""
    old = transposed([normalized(column) for column in transposed(kept_bonds(subnet))])
    bought = [[stake[uid] * weight for weight in row] for uid, row in enumerate(target)]
    new = transposed([normalized(column) for column in transposed(bought)])
    slow = 1 - subnet.bonds_moving_average
    mixed = [[slow * a + (1 - slow) * b for a, b in zip(*rows, strict=True)] for rows in zip(new, old, strict=True)]
    return transposed([normalized(column) for column in transposed(mixed)])


def raised_to_one(columns: Matrix) -> Matrix:
    """Columns scaled so that their greatest entry is 1: how Yuma 2 stores bonds."""
    return [[value / max(column) for value in column] if max(column, default=ZERO) else column for column in columns]


def epoch(subnet: Subnet) -> Outcome:
    """One epoch, step by step."""
    uids = range(subnet.size)
    counted = [
        Fraction(stake) if stake >= subnet.stake_threshold or uid == subnet.owner_uid else ZERO
        for uid, stake in enumerate(subnet.stake)
    ]
    stake, may_vote = normalized(counted), with_owner(subnet, subnet.permits)
    active = [updated + subnet.activity_cutoff >= subnet.block for updated in subnet.last_update]
    voting = normalized([stake[uid] if active[uid] and may_vote[uid] else ZERO for uid in uids])

    weights = counted_weights(subnet)
    columns = transposed(weights)
    consensus = [stake_weighted_median(voting, column, subnet.kappa) for column in columns]
    clipped = [[min(weight, consensus[other]) for other, weight in enumerate(row)] for row in weights]
    trust = [sum(row, ZERO) for row in clipped]
    ranks = [sum((voting[uid] * clipped[uid][other] for uid in uids), ZERO) for other in uids]
    incentive = normalized(ranks)

    penalty = subnet.bonds_penalty
    target = [
        [w + penalty * (c - w) for w, c in zip(*rows, strict=True)] for rows in zip(weights, clipped, strict=True)
    ]
    bought = [sum((voting[uid] * target[uid][other] for uid in uids), ZERO) for other in uids]
    if subnet.yuma3:
        stored = bonds_of_yuma3(subnet, target, consensus)
        shares = transposed([normalized(column) for column in transposed(stored)])
        earned = [voting[uid] * sum((shares[uid][o] * incentive[o] for o in uids), ZERO) for uid in uids]
    else:
        shares = bonds_of_yuma2(subnet, target, voting)
        stored = transposed(raised_to_one(transposed(shares)))
        earned = [sum((shares[uid][o] * incentive[o] for o in uids), ZERO) for uid in uids]
    dividends = normalized(earned)

    both = sum(incentive, ZERO) + sum(dividends, ZERO)
    if both:
        server, validator = [i / both for i in incentive], [d / both for d in dividends]
        combined = [s + v for s, v in zip(server, validator, strict=True)]
    else:
        server, validator = [ZERO] * subnet.size, voting if any(voting) else stake
        combined = validator
    return Outcome(
        stake=stake,
        active=active,
        permits=with_owner(subnet, top_permits(list(map(as_counted, stake)), subnet.max_validators)),
        weights=weights,
        consensus=consensus,
        clipped=clipped,
        validator_trust=trust,
        ranks=ranks,
        incentive=incentive,
        bought=bought,
        bonds=stored,
        dividends=dividends,
        server=server,
        validator=validator,
        combined=combined,
    )
