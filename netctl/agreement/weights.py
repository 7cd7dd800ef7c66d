"""Weights side by side: how far each two validators' rows lie apart, now and over time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from statistics import mean

from netctl.agreement.evidence import Row


@dataclass(frozen=True, slots=True)
class Apart:
    """The distance of two validators' weights: 0 where they are the same, 1 where they have no miner in common.

    `last` is at the end, `mean` over the moments at which either has changed; None where one has none.
    """

    validators: tuple[str, str]
    last: float | None
    mean: float | None
    moments: tuple[tuple[float, float], ...]


def distance(one: Mapping[str, float], other: Mapping[str, float]) -> float:
    """Half the sum of the differences of two rows that each sum to 1: the share that would have to move."""
    return sum(abs(one.get(miner, 0.0) - other.get(miner, 0.0)) for miner in one.keys() | other.keys()) / 2


def apart(rows: Sequence[Row]) -> tuple[Apart, ...]:
    """Of each two validators that have had weights."""
    givers = sorted({row.validator for row in rows if row.shares})
    return tuple(_apart(pair, rows) for pair in combinations(givers, 2))


def _apart(pair: tuple[str, str], rows: Sequence[Row]) -> Apart:
    now: dict[str, Mapping[str, float]] = {}
    found: dict[float, float | None] = {}
    for row in rows:
        if row.validator in pair:
            now[row.validator] = row.shares
            one, other = now.get(pair[0]), now.get(pair[1])
            found[row.time] = distance(one, other) if one and other else None
    known = tuple((time, each) for time, each in found.items() if each is not None)
    last = next(reversed(found.values()), None)
    return Apart(pair, last, mean(each for _, each in known) if known else None, known)
