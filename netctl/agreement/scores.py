"""Scores side by side: how far apart they are for each miner, and whether they put miners into the same order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from statistics import median

from netctl.agreement.evidence import Evidence, Verdict
from netctl.agreement.ranks import kendall, spearman

MOMENTS = 12


@dataclass(frozen=True, slots=True)
class Spread:
    """One miner's standing with every validator at the end: its last score, and that as a share of all its scores.

    `spread` is the largest share less the smallest, over their mean: 0 where all agree; None for fewer than two.
    `usual` is the median of it over the window's moments.
    """

    miner: str
    scores: Mapping[str, float]
    shares: Mapping[str, float]
    spread: float | None
    usual: float | None


@dataclass(frozen=True, slots=True)
class Order:
    """Whether two validators rank the miners alike, by those that both have judged: at the end, and usually."""

    validators: tuple[str, str]
    miners: int
    spearman: float | None
    kendall: float | None
    usual: float | None
    moments: tuple[tuple[float, float | None], ...]
    """Spearman's coefficient at each moment."""


Standing = Mapping[str, Mapping[str, float]]
"""Each validator's last score of each miner."""


def moments_of(evidence: Evidence, count: int = MOMENTS) -> tuple[float, ...]:
    """Evenly spaced from when the second validator has judged somebody to the end of the window."""
    first: dict[str, float] = {}
    for verdict in evidence.verdicts:
        first.setdefault(verdict.validator, verdict.time)
    if len(first) < 2:
        return (evidence.window.until,)
    begin, end = sorted(first.values())[1], evidence.window.until
    return tuple(begin + (end - begin) * number / count for number in range(1, count + 1))


def standings(verdicts: Sequence[Verdict], moments: Sequence[float]) -> list[Standing]:
    """The last scores at each moment, which come in order. A score that is no number takes the last one away."""
    now: dict[str, dict[str, float]] = {}
    found: list[Standing] = []
    at = 0
    for moment in moments:
        while at < len(verdicts) and verdicts[at].time <= moment:
            verdict = verdicts[at]
            own = now.setdefault(verdict.validator, {})
            if verdict.score is None:
                own.pop(verdict.miner, None)
            else:
                own[verdict.miner] = verdict.score
            at += 1
        found.append({validator: dict(scores) for validator, scores in now.items()})
    return found


def shares_of(scores: Mapping[str, float]) -> dict[str, float]:
    """Scores as shares of 1; what is below zero counts as nothing, and nothing is left where nobody has any."""
    total = sum(score for score in scores.values() if score > 0)
    return {miner: max(0.0, score) / total for miner, score in scores.items()} if total > 0 else {}


def spreads(miners: Sequence[str], found: Sequence[Standing]) -> tuple[Spread, ...]:
    """Of each miner, by the standings at the moments, of which the last is the end."""
    shared = [{validator: shares_of(scores) for validator, scores in standing.items()} for standing in found]

    def of(miner: str) -> Spread:
        over_time = [_spread([s[miner] for s in standing.values() if miner in s]) for standing in shared]
        known = [each for each in over_time if each is not None]
        scores = {validator: s[miner] for validator, s in sorted(found[-1].items()) if miner in s}
        shares = {validator: s[miner] for validator, s in sorted(shared[-1].items()) if miner in s}
        return Spread(miner, scores, shares, over_time[-1], median(known) if known else None)

    return tuple(of(miner) for miner in miners)


def _spread(shares: Sequence[float]) -> float | None:
    if len(shares) < 2:
        return None
    mean = sum(shares) / len(shares)
    return (max(shares) - min(shares)) / mean if mean else 0.0


def orders(validators: Sequence[str], moments: Sequence[float], found: Sequence[Standing]) -> tuple[Order, ...]:
    """Of each two validators that have judged anybody."""
    judges = [validator for validator in validators if found[-1].get(validator)]
    return tuple(_order(pair, moments, found) for pair in combinations(judges, 2))


def _order(pair: tuple[str, str], moments: Sequence[float], found: Sequence[Standing]) -> Order:
    series = tuple((moment, spearman(*_both(pair, one))) for moment, one in zip(moments, found, strict=True))
    known = [each for _, each in series if each is not None]
    last = _both(pair, found[-1])
    return Order(
        validators=pair,
        miners=len(last[0]),
        spearman=series[-1][1],
        kendall=kendall(*last),
        usual=median(known) if known else None,
        moments=series,
    )


def _both(pair: tuple[str, str], standing: Standing) -> tuple[list[float], list[float]]:
    one, other = standing.get(pair[0], {}), standing.get(pair[1], {})
    common = [miner for miner in one if miner in other]
    return [one[miner] for miner in common], [other[miner] for miner in common]
