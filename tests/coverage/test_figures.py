"""Gini, HHI and Jaccard: by hand where a hand can, and what must hold for any amounts."""

from __future__ import annotations

from fractions import Fraction
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from netctl.coverage.figures import gini, hhi, jaccard_matrix

pytestmark = pytest.mark.fast

AMOUNTS = st.lists(st.integers(0, 10**12), min_size=1, max_size=30).filter(any)
SETS = st.lists(st.frozensets(st.sampled_from("abcdefgh")), min_size=1, max_size=6)


@pytest.mark.parametrize(
    ("amounts", "expected"),
    [
        ([5, 5, 5, 5], 0.0),
        ([0, 0, 0, 7], 0.75),  # one of four has all: 1 - 1/4
        ([1, 3], 0.25),  # |1-3| twice over 2 * 2 * 4
        ([1, 2, 3, 4], 0.25),  # the sum of all differences is 20; 20 / (2 * 4 * 10)
        ([8], 0.0),
    ],
)
def test_gini_by_hand(amounts: list[int], expected: float) -> None:
    assert gini(amounts) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("amounts", "expected"), [([5, 5, 5, 5], 0.25), ([0, 0, 7], 1.0), ([1, 3], 0.625), ([1, 2, 3, 4], 0.3)]
)
def test_hhi_by_hand(amounts: list[int], expected: float) -> None:
    assert hhi(amounts) == pytest.approx(expected)


def test_jaccard_by_hand() -> None:
    matrix = jaccard_matrix([{"a", "b", "c"}, {"b", "c", "d", "e"}, set(), {"x"}])
    assert matrix[0] == (1.0, 0.4, 0.0, 0.0)
    assert matrix[1] == (0.4, 1.0, 0.0, 0.0)
    assert matrix[2] == (0.0, 0.0, None, 0.0)


@pytest.mark.parametrize("amounts", [[], [0], [0, 0, 0]])
def test_of_nothing_nothing_can_be_said(amounts: list[int]) -> None:
    assert (gini(amounts), hhi(amounts)) == (None, None)


@settings(max_examples=60, deadline=None)
@given(AMOUNTS)
def test_gini_is_half_the_mean_difference_over_the_mean(amounts: list[int]) -> None:
    differences = sum(abs(a - b) for a, b in product(amounts, amounts))
    assert gini(amounts) == pytest.approx(float(Fraction(differences, 2 * len(amounts) * sum(amounts))))


@settings(max_examples=60, deadline=None)
@given(AMOUNTS, st.integers(1, 1000), st.randoms())
def test_both_keep_within_their_bounds_and_care_for_shares_only(amounts: list[int], times: int, random: object) -> None:
    count, before = len(amounts), (gini(amounts), hhi(amounts))
    assert before[0] is not None
    assert before[1] is not None
    assert -1e-12 <= before[0] <= 1 - 1 / count + 1e-12
    assert 1 / count - 1e-12 <= before[1] <= 1 + 1e-12
    shuffled = [amount * times for amount in amounts]
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert gini(shuffled) == pytest.approx(before[0])
    assert hhi(shuffled) == pytest.approx(before[1])


@settings(max_examples=60, deadline=None)
@given(SETS)
def test_overlap_is_the_same_both_ways_and_whole_with_itself(sets: list[frozenset[str]]) -> None:
    matrix = jaccard_matrix(sets)
    for a, b in product(range(len(sets)), repeat=2):
        either = sets[a] | sets[b]
        assert matrix[a][b] == matrix[b][a]
        assert matrix[a][b] == (len(sets[a] & sets[b]) / len(either) if either else None)
