"""How a block's TAO is shared between subnets, in exact fractions (subtensor: coinbase/subnet_emissions, from 440 on).

Each subnet's demand is its part of all average prices, lowered by what it withheld from its miners at its last epoch.
A gate then favours those above a bar, which stands at the demand of a rank; and what falls to subnets whose TAO is
switched off goes to the others.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, localcontext
from fractions import Fraction

ONE, ZERO = Fraction(1), Fraction(0)
INTERVAL_BLOCKS = 360
GREATEST = 2**31 - 1
"""The greatest whole number of the fixed-point type that the gate's power is computed in."""


@dataclass(frozen=True, kw_only=True)
class Claim:
    """What a subnet that takes part asks with. `average` in TAO per alpha, `withheld` in 0..1."""

    average: Fraction
    withheld: Fraction
    has_tao: bool = True


@dataclass(frozen=True, kw_only=True)
class Gate:
    """The bar as it stands, 0 for none; the rank at which it is found, or with 0 the sum of demand down to it."""

    bar: Fraction
    rank: int
    quantile: Fraction
    exponent: Fraction


@dataclass(frozen=True, kw_only=True)
class Market:
    """All subnets that take part in a block's emission, by netuid."""

    block: int
    claims: Mapping[int, Claim]
    gate: Gate


def parts(amounts: Mapping[int, Fraction]) -> dict[int, Fraction]:
    """Each amount's part of their sum; nothing where that is nothing."""
    total = sum(amounts.values(), ZERO)
    return {netuid: amount / total if total else ZERO for netuid, amount in amounts.items()}


def demand(market: Market) -> dict[int, Fraction]:
    """Parts of average prices times what was not withheld; of prices alone where everybody withholds everything."""
    prices = {netuid: claim.average for netuid, claim in market.claims.items()}
    kept = {netuid: claim.average * (1 - min(ONE, claim.withheld)) for netuid, claim in market.claims.items()}
    return parts(kept if any(kept.values()) else prices)


def bar(market: Market) -> Fraction:
    """Where the gate stands in this block: found once in 360 blocks, and in any block while there is none."""
    gate = market.gate
    if gate.bar and market.block % INTERVAL_BLOCKS:
        return gate.bar
    greatest_first = sorted((share for share in demand(market).values() if share), reverse=True)
    if not greatest_first:
        return gate.bar
    if gate.rank:
        return greatest_first[: gate.rank][-1]
    for count in range(1, len(greatest_first) + 1):
        if sum(greatest_first[:count]) >= gate.quantile:
            return greatest_first[count - 1]
    return greatest_first[-1]


def passed(share: Fraction, at: Fraction, exponent: Fraction) -> Fraction:
    """The part of a share that the gate lets through: half of it at the bar, less below, more above.

    1 / (1 + (bar / share) ** h). A power too great for fixed point, or too small for its inverse, is the greatest.
    """
    ratio = at / share
    if exponent.denominator == 1:
        power = ratio ** int(exponent)
    else:
        with localcontext() as context:
            context.prec = 40
            logarithm = Decimal(ratio.numerator).ln() - Decimal(ratio.denominator).ln()
            power = Fraction((logarithm * exponent.numerator / exponent.denominator).exp())
    if ratio < Fraction(1, 2**32):
        power = ZERO
    elif not Fraction(1, GREATEST) < power < GREATEST:
        power = Fraction(GREATEST)
    return share / (1 + power)


def shares(market: Market) -> dict[int, Fraction]:
    """Each subnet's part of the block's TAO."""
    wanted, at = demand(market), bar(market)
    if at:
        gated = {netuid: passed(share, at, market.gate.exponent) if share else ZERO for netuid, share in wanted.items()}
        wanted = parts(gated) if any(gated.values()) else wanted
    has_tao = {netuid for netuid, claim in market.claims.items() if claim.has_tao}
    if has_tao == set(market.claims):
        return wanted
    return parts({netuid: share if netuid in has_tao else ZERO for netuid, share in wanted.items()})


def is_root_paid(market: Market) -> bool:
    """Whether root has its part of alpha: while all average prices together are above 1 TAO."""
    return sum((claim.average for claim in market.claims.values()), ZERO) > 1
