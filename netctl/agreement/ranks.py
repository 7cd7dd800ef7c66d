"""Rank correlation, ties included: how far two validators put the same miners into the same order."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from math import sqrt
from statistics import StatisticsError, correlation


def ranks(values: Sequence[float]) -> list[float]:
    """1 for the smallest; equal values share the mean of the ranks that they take up."""
    ordered = sorted(range(len(values)), key=values.__getitem__)
    found = [0.0] * len(values)
    begin = 0
    while begin < len(ordered):
        end = begin
        while end + 1 < len(ordered) and values[ordered[end + 1]] == values[ordered[begin]]:
            end += 1
        for place in range(begin, end + 1):
            found[ordered[place]] = (begin + end) / 2 + 1
        begin = end + 1
    return found


def spearman(one: Sequence[float], other: Sequence[float]) -> float | None:
    """Pearson's coefficient of the ranks: 1 for the same order, -1 for the opposite.

    None for fewer than two pairs, and where either has everything equal: no order can be like it.
    """
    try:
        return correlation(ranks(one), ranks(other))
    except StatisticsError:
        return None


def kendall(one: Sequence[float], other: Sequence[float]) -> float | None:
    """Tau-b: pairs in the same order less those in the opposite one, over those that neither ties. None as above."""
    same = tied_one = tied_other = count = 0
    for (a, b), (c, d) in combinations(zip(one, other, strict=True), 2):
        first, second = _sign(a - c), _sign(b - d)
        same += first * second
        tied_one += first == 0
        tied_other += second == 0
        count += 1
    whole = sqrt((count - tied_one) * (count - tied_other))
    return same / whole if whole else None


def _sign(number: float) -> int:
    return (number > 0) - (number < 0)
