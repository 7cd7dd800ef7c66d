"""Amounts of TAO: integers in rao inside, decimal text at the edges, never a float."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation

Rao = int
"""One billionth of a TAO; every amount inside netctl is a whole number of these."""

RAO_PER_TAO = 1_000_000_000


def rao_from_tao(amount: str | int | Decimal) -> Rao:
    """Whole rao from an amount in TAO; ValueError for a fraction of a rao, a sign or no number."""
    try:
        scaled = Decimal(str(amount)) * RAO_PER_TAO
    except InvalidOperation:
        raise ValueError(f"{amount!r} is not an amount of TAO") from None
    if not scaled.is_finite() or scaled < 0:
        raise ValueError(f"{amount!r} is not an amount of TAO")
    if scaled != scaled.to_integral_value():
        raise ValueError(f"{amount!r} has more than nine decimals")
    return int(scaled)


def tao_text(amount_rao: Rao) -> str:
    """The amount in TAO with its nine decimals: ``"0.000500000"``."""
    sign = "-" if amount_rao < 0 else ""
    whole, rest = divmod(abs(amount_rao), RAO_PER_TAO)
    return f"{sign}{whole}.{rest:09d}"


def tao_about(amount_rao: Rao) -> str:
    """An estimate for people: four digits, rounded up, no trailing zeros."""
    unit = 10 ** max(0, len(str(abs(amount_rao))) - 4)
    return tao_short(-(-amount_rao // unit) * unit)


def tao_short(amount_rao: Rao) -> str:
    """The amount for people: at least one, at most nine decimals, no trailing zeros."""
    text = tao_text(amount_rao).rstrip("0")
    return text + "0" if text.endswith(".") else text
