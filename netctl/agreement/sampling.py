"""Who judges whom how often, and whether two validators look at the same pieces of a miner's or at different ones."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations, pairwise
from statistics import median

from netctl.agreement.evidence import Sample, Verdict


@dataclass(frozen=True, slots=True)
class Attention:
    """One validator's verdicts on one miner: how many, when, and the seconds between two of them."""

    validator: str
    miner: str
    count: int
    first_s: float
    last_s: float
    usual_gap_s: float | None
    longest_gap_s: float | None


@dataclass(frozen=True, slots=True)
class Overlap:
    """What two validators have looked at of one miner, of all miners without a name: different pieces, and common ones.

    `jaccard` is common over all; None where neither has looked at anything.
    """

    validators: tuple[str, str]
    miner: str | None
    looked: tuple[int, int]
    common: int
    jaccard: float | None


def attention(verdicts: Iterable[Verdict]) -> tuple[Attention, ...]:
    """Of each validator and each miner that it has judged."""
    times: dict[tuple[str, str], list[float]] = {}
    for verdict in verdicts:
        times.setdefault((verdict.validator, verdict.miner), []).append(verdict.time)
    return tuple(_attention(*who, sorted(at)) for who, at in sorted(times.items()))


def _attention(validator: str, miner: str, times: Sequence[float]) -> Attention:
    gaps = [later - earlier for earlier, later in pairwise(times)]
    usual, longest = (median(gaps), max(gaps)) if gaps else (None, None)
    return Attention(validator, miner, len(times), times[0], times[-1], usual, longest)


def overlaps(samples: Iterable[Sample]) -> tuple[Overlap, ...]:
    """Of each two validators: over all miners, then miner by miner."""
    pieces: dict[str, dict[str, set[str]]] = {}
    for sample in samples:
        pieces.setdefault(sample.validator, {}).setdefault(sample.miner, set()).add(sample.what)
    found: list[Overlap] = []
    for pair in combinations(sorted(pieces), 2):
        one, other = pieces[pair[0]], pieces[pair[1]]
        each = [
            _overlap(pair, miner, one.get(miner, set()), other.get(miner, set()))
            for miner in sorted(one.keys() | other.keys())
        ]
        looked = (sum(o.looked[0] for o in each), sum(o.looked[1] for o in each))
        common = sum(o.common for o in each)
        found += [Overlap(pair, None, looked, common, _share(looked, common)), *each]
    return tuple(found)


def _overlap(pair: tuple[str, str], miner: str, one: set[str], other: set[str]) -> Overlap:
    looked, common = (len(one), len(other)), len(one & other)
    return Overlap(pair, miner, looked, common, _share(looked, common))


def _share(looked: tuple[int, int], common: int) -> float | None:
    either = sum(looked) - common
    return common / either if either else None
