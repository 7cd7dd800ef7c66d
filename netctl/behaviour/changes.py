"""When a miner's behaviour changed: the four slices before a moment against the four behind it.

docs/strategies.md states the rule in words; the figures below are its own.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from math import pi, sqrt
from statistics import mean, stdev
from typing import Literal

from netctl.behaviour.slices import Slice

SIDE = 4
KNOWN = 3
"""So many of the slices on each side must be known."""

NOISES = 4.0
LEAST_SHARE = 0.25
FLOOR = 0.05
LEAST_MOVED = 0.15
SURPRISE = 3.0

What = Literal["mix", "cadence", "volume", "quality", "uploads"]


@dataclass(frozen=True, slots=True)
class Change:
    """One miner's behaviour changed at `time`, from `before` to `after`: means of four slices each.

    Of a mix they are shares of 1 by kind, and `moved` is how much of it went elsewhere; of others it is the relative
    change. `incentive` is the mean on both sides, None where it is not known.
    """

    what: What
    time: float
    before: float | dict[str, float]
    after: float | dict[str, float]
    moved: float
    incentive: tuple[float | None, float | None]


def changes_of(slices: Sequence[Slice]) -> tuple[Change, ...]:
    """Every change, oldest first."""
    found = [*_mix_changes(slices)]
    for what, value in _SERIES:
        found += _scalar_changes(what, slices, value)
    return tuple(sorted(found, key=lambda change: change.time))


def _cadence(one: Slice) -> float | None:
    return float(one.rounds)


def _volume(one: Slice) -> float | None:
    return one.brought


def _quality(one: Slice) -> float | None:
    return one.quality


def _uploads(one: Slice) -> float | None:
    return one.sent


_SERIES: tuple[tuple[What, Callable[[Slice], float | None]], ...] = (
    ("cadence", _cadence),
    ("volume", _volume),
    ("quality", _quality),
    ("uploads", _uploads),
)


@dataclass(frozen=True, slots=True)
class _Candidate:
    at: int
    strength: float
    change: Change


def _scalar_changes(what: What, slices: Sequence[Slice], value: Callable[[Slice], float | None]) -> Iterator[Change]:
    """The means differ by four times the noise on both sides, and by a quarter of the larger one."""
    found = []
    for at in range(KNOWN, len(slices) - KNOWN + 1):
        before = [v for one in slices[max(0, at - SIDE) : at] if (v := value(one)) is not None]
        after = [v for one in slices[at : at + SIDE] if (v := value(one)) is not None]
        if len(before) < KNOWN or len(after) < KNOWN:
            continue
        old, new = mean(before), mean(after)
        larger = max(abs(old), abs(new))
        noise = max(sqrt((stdev(before) ** 2 + stdev(after) ** 2) / 2), FLOOR * larger)
        if larger == 0 or abs(new - old) < NOISES * noise or abs(new - old) < LEAST_SHARE * larger:
            continue
        moved = (new - old) / old if old else 1.0
        change = Change(what, slices[at].begin_s, old, new, moved, _pay(slices, at))
        found.append(_Candidate(at, abs(new - old) / noise, change))
    yield from _strongest(found)


def _mix_changes(slices: Sequence[Slice]) -> Iterator[Change]:
    """More of the looks went elsewhere than 15 %, and than chance moves once in seven hundred times."""
    found = []
    for at in range(KNOWN, len(slices) - KNOWN + 1):
        before = sum((one.kinds for one in slices[max(0, at - SIDE) : at]), Counter[str]())
        after = sum((one.kinds for one in slices[at : at + SIDE]), Counter[str]())
        if not before or not after:
            continue
        moved, surprise = apart(before, after), surprise_of(before, after)
        if moved >= LEAST_MOVED and surprise >= SURPRISE:
            change = Change("mix", slices[at].begin_s, shares(before), shares(after), moved, _pay(slices, at))
            found.append(_Candidate(at, surprise, change))
    yield from _strongest(found)


def _strongest(found: Sequence[_Candidate]) -> Iterator[Change]:
    """Of those that are closer than a side to one another only the clearest: they are one change."""
    kept: list[_Candidate] = []
    for candidate in sorted(found, key=lambda each: (-each.strength, each.at)):
        if all(abs(candidate.at - other.at) >= SIDE for other in kept):
            kept.append(candidate)
    yield from (each.change for each in kept)


def _pay(slices: Sequence[Slice], at: int) -> tuple[float | None, float | None]:
    return _mean_pay(slices[max(0, at - SIDE) : at]), _mean_pay(slices[at : at + SIDE])


def _mean_pay(slices: Sequence[Slice]) -> float | None:
    known = [one.incentive for one in slices if one.incentive is not None]
    return mean(known) if known else None


def shares(counts: Counter[str]) -> dict[str, float]:
    """Counts as shares of 1, the largest first."""
    total = counts.total()
    return {name: count / total for name, count in counts.most_common()} if total else {}


def apart(one: Counter[str], other: Counter[str]) -> float:
    """The share of one mix that would have to move to make the other: 0 the same, 1 nothing in common."""
    first, second = shares(one), shares(other)
    return sum(abs(first.get(name, 0.0) - second.get(name, 0.0)) for name in first.keys() | second.keys()) / 2


def by_chance(one: Counter[str], other: Counter[str]) -> float:
    """How far two mixes of so many looks lie apart on average, though both are drawn from what they are together."""
    whole = one + other
    drawn = 1 / one.total() + 1 / other.total() if one and other else 0.0
    return sum(sqrt(2 / pi * p * (1 - p) * drawn) for p in shares(whole).values()) / 2


def surprise_of(one: Counter[str], other: Counter[str]) -> float:
    """How unlikely it is that both are drawn from one mix: a standard normal deviate, 3 once in seven hundred times.

    Pearson's chi-square of the two counts, by Wilson and Hilferty's cube root.
    """
    whole, total = one + other, one.total() + other.total()
    freedom = len(whole) - 1
    if freedom < 1 or not one or not other:
        return 0.0
    square = sum(
        (side[name] - count * side.total() / total) ** 2 / (count * side.total() / total)
        for side in (one, other)
        for name, count in whole.items()
    )
    spread = 2 / (9 * freedom)
    return float(((square / freedom) ** (1 / 3) - (1 - spread)) / sqrt(spread))
