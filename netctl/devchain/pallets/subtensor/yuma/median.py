"""Consensus: for each uid the greatest weight that a majority of stake gives it at least."""

from __future__ import annotations

from collections.abc import Iterable

from netctl.devchain.pallets.subtensor.yuma.fixed import normalized
from netctl.devchain.pallets.subtensor.yuma.given import Matrix


def weighted_medians(stake: list[int], weights: Matrix, kappa: int) -> list[int]:
    """The weighted median of each column, with `kappa` (I32F32) as the majority."""
    voters = [uid for uid, amount in enumerate(stake) if amount > 0]
    shares = normalized([stake[uid] for uid in voters])
    total = sum(shares)
    columns: list[list[tuple[int, int]]] = [[] for _ in stake]
    backing = [0] * len(stake)
    for uid, share in zip(voters, shares, strict=True):
        for dest, weight in weights[uid]:
            if weight:
                columns[dest].append((weight, share))
                backing[dest] += share
    minority = total - kappa
    return [
        0 if 0 < total - backed > minority or not column else _median(column, total - backed, minority)
        for column, backed in zip(columns, backing, strict=True)
    ]


def _median(column: Iterable[tuple[int, int]], silent: int, minority: int) -> int:
    """The least score up to which more than a minority of stake goes; `silent` stake scores zero."""
    below, ordered = silent, sorted(column)
    for score, share in ordered:
        below += share
        if below > minority:
            return score
    return ordered[-1][0]
