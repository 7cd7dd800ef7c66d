"""Liquid alpha: how fast each bond moves, between two bounds, by how far its weight is off."""

from __future__ import annotations

from collections.abc import Callable

from netctl.devchain.pallets.subtensor.yuma.fixed import FRACTION, ONE, exp, multiply, proportion, quotient, saturate
from netctl.devchain.pallets.subtensor.yuma.given import Settings

HALF = ONE // 2
MINUS_HUNDRED = -100 << FRACTION

Rate = Callable[[int, int, int], int]


def rate(settings: Settings) -> Rate:
    """The alpha of one bond from (consensus, weight, bond), all I32F32.

    Buying, a bond moves the faster the more its weight exceeds consensus; selling, the more it exceeds its weight.
    Equal differences have equal rates, so that each is computed once.
    """
    low, high = proportion(settings.alpha_low), proportion(settings.alpha_high)
    steepness = quotient(settings.alpha_steepness << FRACTION, MINUS_HUNDRED)
    known: dict[int, int] = {}

    def of_difference(difference: int) -> int:
        sigmoid = quotient(ONE, saturate(ONE + exp(multiply(steepness, difference - HALF))))
        alpha = low + multiply(sigmoid, high - low)
        known[difference] = held = max(low, min(high, alpha))
        return held

    def of_bond(consensus: int, weight: int, bond: int) -> int:
        difference = weight - consensus if weight >= bond else bond - weight
        difference = max(0, min(ONE, difference))
        found = known.get(difference)
        return of_difference(difference) if found is None else found

    return of_bond
