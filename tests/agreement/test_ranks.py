"""Rank correlation, worked out by hand."""

from __future__ import annotations

from math import sqrt

import pytest

from netctl.agreement.ranks import kendall, ranks, spearman

pytestmark = pytest.mark.fast


def test_equal_values_share_the_mean_of_their_ranks() -> None:
    assert ranks([5, 1, 5, 5, 0]) == [4, 2, 4, 4, 1]


@pytest.mark.parametrize(
    ("one", "other", "rho", "tau"),
    [
        ([1, 2, 3], [10, 20, 30], 1, 1),
        ([1, 2, 3], [3, 2, 1], -1, -1),
        ([2.26e-38, 1e6, 0.5], [1, 3, 2], 1, 1),
        # Ranks 1 2.5 2.5 4 and 1 3 2 4; five of six pairs alike, one tied on the left.
        ([1, 2, 2, 3], [1, 3, 2, 4], 4.5 / sqrt(4.5 * 5), 5 / sqrt(5 * 6)),
        # Two swapped neighbours of four: 1 - 6 * 2 / (4 * 15), and five pairs alike less one.
        ([1, 2, 3, 4], [1, 3, 2, 4], 0.8, 4 / 6),
    ],
)
def test_the_order_is_compared_by_ranks(one: list[float], other: list[float], rho: float, tau: float) -> None:
    assert spearman(one, other) == pytest.approx(rho)
    assert kendall(one, other) == pytest.approx(tau)


@pytest.mark.parametrize(("one", "other"), [([], []), ([1], [1]), ([1, 1, 1], [1, 2, 3]), ([1, 2], [7, 7])])
def test_where_there_is_no_order_there_is_no_figure(one: list[float], other: list[float]) -> None:
    assert spearman(one, other) is None
    assert kendall(one, other) is None
