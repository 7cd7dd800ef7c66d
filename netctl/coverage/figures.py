"""Gini, Herfindahl-Hirschman and Jaccard: how unequal, how concentrated, how alike. docs/coverage.md defines each."""

from __future__ import annotations

from collections.abc import Collection, Sequence


def gini(amounts: Sequence[int]) -> float | None:
    """0 where all have the same, towards 1 where one has everything; None where nobody has anything.

    Half the mean absolute difference of all pairs over the mean, as an exact sum over the sorted amounts.
    """
    total, count = sum(amounts), len(amounts)
    if total <= 0:
        return None
    weighted = sum((2 * number - count - 1) * amount for number, amount in enumerate(sorted(amounts), start=1))
    return weighted / (count * total)


def hhi(amounts: Sequence[int]) -> float | None:
    """The sum of the squared shares: 1 where one has everything, 1/n where n have the same; None as of `gini`."""
    total = sum(amounts)
    return sum(amount * amount for amount in amounts) / (total * total) if total > 0 else None


def jaccard_matrix(sets: Sequence[Collection[str]]) -> tuple[tuple[float | None, ...], ...]:
    """Each with each. Sets are bits of one integer each: 256 miners of 7572 zipcodes take a moment."""
    numbers: dict[str, int] = {}
    masks = []
    for members in sets:
        mask = 0
        for member in members:
            mask |= 1 << numbers.setdefault(member, len(numbers))
        masks.append(mask)
    return tuple(tuple(_alike(one, other) for other in masks) for one in masks)


def _alike(one: int, other: int) -> float | None:
    either = (one | other).bit_count()
    return (one & other).bit_count() / either if either else None
