"""The runtime's fixed-point numbers as Python integers: `bits` of I32F32 unless a name says otherwise.

Rounding is that of the substrate-fixed crate: products and conversions are floored, quotients go toward zero, and what
does not fit saturates. `multiply` and `divide` do all of this. Loops over matrices write `a * b >> FRACTION` for
products of numbers that are at most 65535 each: there nothing can saturate, and the bits are the same.
"""

from __future__ import annotations

from collections.abc import Sequence

FRACTION = 32
ONE = 1 << FRACTION
U16_MAX = 65_535
U64_MAX = (1 << 64) - 1
GREATEST = (1 << 63) - 1
LEAST = -(1 << 63)
EULER_Q23 = 22_802_600
"""e as the crate's exp() has it for an argument of exactly one: 23 fractional bits."""
EXP_TERMS = range(2, 32)


def saturate(bits: int) -> int:
    """Into the range of I32F32."""
    return max(LEAST, min(GREATEST, bits))


def multiply(left: int, right: int) -> int:
    """left * right, floored."""
    return saturate(left * right >> FRACTION)


def quotient(left: int, right: int) -> int:
    """left / right toward zero, not saturated; right may not be zero."""
    bits = (abs(left) << FRACTION) // abs(right)
    return bits if (left < 0) == (right < 0) else -bits


def divide(left: int, right: int) -> int:
    """left / right toward zero; 0 where that cannot be had (`safe_div`)."""
    if right == 0:
        return 0
    bits = quotient(left, right)
    return bits if LEAST <= bits <= GREATEST else 0


def proportion(parts: int) -> int:
    """65535ths."""
    return (parts << FRACTION) // U16_MAX


def to_u16(bits: int) -> int:
    """A fraction of one in 65535ths, floored."""
    return max(0, min(U16_MAX, multiply(bits, U16_MAX << FRACTION) >> FRACTION))


def normalized(values: Sequence[int]) -> list[int]:
    """Divided by their sum; as they are if that is zero."""
    total = sum(values)
    return divided(values, total)


def divided(values: Sequence[int], total: int) -> list[int]:
    """Non-negative values divided by a sum of theirs; as they are if that is zero."""
    return [(value << FRACTION) // total for value in values] if total else list(values)


def share_of(rao: int, bits: int) -> int:
    """A fraction of an amount in whole rao (through I96F32), floored."""
    return max(0, min(U64_MAX, rao * bits >> FRACTION))


def exp(bits: int) -> int:
    """e to the power of it, with the argument held within -20 and 20: the crate's Taylor series, term by term."""
    argument = max(-20 * ONE, min(20 * ONE, bits))
    if argument == 0:
        return ONE
    if argument == ONE:
        return EULER_Q23 << FRACTION - 23
    size = abs(argument)
    total, term = size + ONE, size
    for number in EXP_TERMS:
        term = (term * size >> FRACTION) // number
        if not term:
            break
        total += term
    return total if argument > 0 else (ONE << FRACTION) // total
