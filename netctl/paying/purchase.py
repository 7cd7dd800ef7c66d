"""What alpha costs: the swap's own quote turned round. Asks a quote for TAO until it gives the alpha that is wanted.

The quote is the chain's simulation of the swap (runtime API ``sim_swap_tao_for_alpha``), its fee, its rounding and
the shape of its pool included; a constant product is only assumed for the first guess.
"""

from __future__ import annotations

import math
from collections.abc import Awaitable, Callable, Sequence

from netctl.money import RAO_PER_TAO, Rao

Quote = Callable[[Rao], Awaitable[Rao]]
"""Alpha for this much TAO, both in rao."""

FEE_SHARE = 33 / 65_535
"""What a swap usually costs; pool fees differ, and the quote has the last word."""

PRECISION = 1_000_000
"""A purchase may give at most a millionth more alpha than wanted, or a few rao where that is nothing."""

FEW_RAO = 16
AIM = 2e-7
"""So far above what is wanted the next guess goes: just below would not do."""

ATTEMPTS = 60
MOST_RAO: Rao = 21_000_000 * RAO_PER_TAO
BEYOND = 1_000
"""More than a thousand times a pool's TAO is refused by the chain itself."""


def guess_rao(alpha_rao: Rao, tao_in_rao: Rao, alpha_in_rao: Rao) -> Rao:
    """TAO for this much alpha out of a constant-product pool with the usual fee; 0 where it holds too little."""
    if alpha_rao <= 0 or alpha_rao >= alpha_in_rao:
        return 0
    paid_in_rao = -(-tao_in_rao * alpha_rao // (alpha_in_rao - alpha_rao))
    return int(paid_in_rao / (1 - FEE_SHARE)) + 2


async def tao_for(alpha_rao: Rao, quote: Quote, *, tao_in_rao: Rao, alpha_in_rao: Rao) -> Rao | None:
    """The least TAO, to a millionth, that buys at least this much alpha; None where the pool cannot give it.

    One quote where the pool is the plain one, some four where it is not.
    """
    if alpha_rao <= 0:
        return 0
    most_rao = BEYOND * tao_in_rao
    if alpha_rao >= alpha_in_rao or most_rao <= 0:
        return None
    low_rao, high_rao = 0, most_rao + 1
    asked_rao = min(max(1, guess_rao(alpha_rao, tao_in_rao, alpha_in_rao)), most_rao)
    seen: list[tuple[float, float]] = []
    for _ in range(ATTEMPTS):
        given_rao = await quote(asked_rao)
        if given_rao >= alpha_rao:
            high_rao = asked_rao
            if given_rao - alpha_rao <= max(FEW_RAO, alpha_rao // PRECISION):
                return asked_rao
        else:
            low_rao = asked_rao
        if high_rao - low_rao <= 1:
            break
        if 0 < given_rao < alpha_in_rao:
            seen.append((math.log(asked_rao), math.log(given_rao / (alpha_in_rao - given_rao))))
        aim = alpha_rao * (1 + AIM)
        next_rao = _on_the_line(seen[-2:], math.log(aim / (alpha_in_rao - aim))) if aim < alpha_in_rao else 0
        asked_rao = next_rao if low_rao < next_rao < high_rao else (low_rao + high_rao) // 2
    return high_rao if high_rao <= most_rao else None


def _on_the_line(seen: Sequence[tuple[float, float]], wanted: float) -> Rao:
    """Where the line through two points is at `wanted`, both as logarithms; 0 where it cannot be drawn.

    What is bought over what stays in the pool is proportional to TAO in a plain pool, a power of it nearly in others.
    """
    if not seen:
        return 0
    (last_x, last_y), slope = seen[-1], 1.0
    if len(seen) > 1 and last_x != seen[0][0]:
        slope = (last_y - seen[0][1]) / (last_x - seen[0][0])
    if slope <= 0:
        return 0
    place = last_x + (wanted - last_y) / slope
    return math.ceil(math.exp(place)) if place < math.log(MOST_RAO) else 0
