"""A validator that copies another's weights is found and named; honest ones that are of one mind are not."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.agreement.test_agreement import found_in
from tests.recorded import Book

Scores = Mapping[str, float]


@pytest.fixture
def book(tmp_path: Path) -> Book:
    book = Book(tmp_path / "metrics.db")
    book.seen(0, block=100)
    return book


def shares(scores: Scores) -> dict[str, float]:
    return {miner: score / sum(scores.values()) for miner, score in scores.items()}


def honest(number: int, tilt: float = 0.0) -> dict[str, float]:
    """Scores that move from round to round, by a seventh of them or so."""
    return {"miner_1": 10 + 4 * (number % 3) + tilt, "miner_2": 30 - 5 * (number % 2), "miner_3": 60 - tilt}


def rounds(book: Book, count: int, other: Mapping[int, Scores], theirs: Mapping[int, Scores] | None = None) -> None:
    """The first validator sets what it finds; the second has weights of its own, after verdicts of its own if any."""
    for number in range(count):
        at = 20.0 * number
        mine = honest(number)
        book.judged("validator_1", at + 1, mine)
        book.weights_set("validator_1", at + 4)
        if theirs is not None:
            book.judged("validator_2", at + 2, theirs[number])
            book.weights_set("validator_2", at + 14)
        before = {"validator_2": shares(other[number - 1])} if number else {}
        book.seen(at + 5, block=105 + 20 * number, weights={"validator_1": shares(mine), **before})
        book.seen(
            at + 15,
            block=115 + 20 * number,
            weights={"validator_1": shares(mine), "validator_2": shares(other[number])},
        )


def verdicts(book: Book) -> list[tuple[str, str, str]]:
    return [(each.validator, each.source, each.verdict) for each in found_in(book).followings]


def test_one_that_copies_is_named_with_its_lag(book: Book) -> None:
    copied = {number: honest(number) for number in range(6)}
    rounds(book, 6, copied, {number: honest(number, tilt=8) for number in range(6)})
    found = found_in(book)
    (copier,) = found.copiers
    assert (copier.validator, copier.source) == ("validator_2", "validator_1")
    assert (copier.rows, copier.alike, copier.unexplained) == (6, 6, 6)
    assert copier.lag_s == pytest.approx(10.0)
    assert copier.from_source == pytest.approx(0.0, abs=1e-9)
    # Eight of about a hundred are elsewhere in what it found itself.
    assert copier.from_own == pytest.approx(0.08, abs=0.01)
    assert ("validator_1", "validator_2", "no") in verdicts(book)


def test_one_that_copies_the_weights_before_the_last_is_found_too(book: Book) -> None:
    late = {number: honest(max(0, number - 1)) for number in range(6)}
    rounds(book, 6, late, {number: honest(number, tilt=8) for number in range(6)})
    (copier,) = found_in(book).copiers
    assert (copier.validator, copier.lag_s) == ("validator_2", pytest.approx(30.0))


def test_one_that_is_slower_than_whom_it_copies_is_found_too(book: Book) -> None:
    """The first sets weights every 20 s; the second every 60, which are then three rows old."""
    for number in range(15):
        at = 20.0 * number
        mine = honest(number, tilt=number)
        book.judged("validator_1", at + 1, mine)
        book.judged("validator_2", at + 2, honest(number, tilt=number + 8))
        book.weights_set("validator_1", at + 4)
        copied = shares(honest(number // 3 * 3 - 1, tilt=number // 3 * 3 - 1)) if number >= 3 else {}
        book.seen(at + 5, block=105 + 20 * number, weights={"validator_1": shares(mine), "validator_2": copied})
    (copier,) = found_in(book).copiers
    assert (copier.validator, copier.rows, copier.unexplained) == ("validator_2", 4, 4)


def test_one_that_stirs_what_it_copies_is_found_too(book: Book) -> None:
    stirred = {number: {**honest(number), "miner_1": honest(number)["miner_1"] + 1} for number in range(6)}
    rounds(book, 6, stirred, {number: honest(number, tilt=8) for number in range(6)})
    assert verdicts(book)[0] == ("validator_2", "validator_1", "copies")


def test_honest_ones_that_find_the_same_are_no_copiers(book: Book) -> None:
    same = {number: honest(number) for number in range(6)}
    rounds(book, 6, same, same)
    found = found_in(book)
    assert found.copiers == ()
    (second,) = [each for each in found.followings if each.validator == "validator_2"]
    assert (second.alike, second.unexplained, second.verdict) == (6, 0, "no")


def test_weights_that_nothing_explains_but_that_are_nobodys_are_no_copies(book: Book) -> None:
    """The second's weights are not the shares of its scores, by a rule of its own."""
    own = {number: {"miner_1": 1.0, "miner_2": 2.0 + number, "miner_3": 3.0} for number in range(6)}
    rounds(book, 6, own, {number: honest(number, tilt=8) for number in range(6)})
    assert found_in(book).copiers == ()


def test_where_weights_are_no_shares_of_scores_for_the_source_either_nobody_is_blamed(book: Book) -> None:
    """Both raise scores to a power before they set them, and find the same: their own verdicts explain no row."""
    power = {number: {miner: score**3 for miner, score in honest(number).items()} for number in range(6)}
    for number in range(6):
        at = 20.0 * number
        for judge in ("validator_1", "validator_2"):
            book.judged(judge, at + 1, honest(number))
            book.weights_set(judge, at + 4)
        given = {"validator_1": shares(power[number]), "validator_2": shares(power[number])}
        book.seen(at + 5, block=105 + 20 * number, weights=given)
    assert {verdict for _, _, verdict in verdicts(book)} == {"no"}


def test_one_whose_log_is_elsewhere_follows_and_more_cannot_be_said(book: Book) -> None:
    rounds(book, 6, {number: honest(number) for number in range(6)})
    assert verdicts(book)[0] == ("validator_2", "validator_1", "follows")
    assert found_in(book).copiers == ()


def test_one_whose_log_is_elsewhere_follows_only_what_is_the_same_to_a_thousandth(book: Book) -> None:
    """Validators of a calm subnet are of one mind to a hundredth or so, each by itself."""
    near = {number: {**honest(number), "miner_1": honest(number)["miner_1"] + 0.5} for number in range(6)}
    rounds(book, 6, near)
    assert {verdict for _, _, verdict in verdicts(book)} == {"no"}


def test_one_that_judges_nobody_and_has_weights_all_the_same_copies(book: Book) -> None:
    rounds(book, 6, {number: honest(number) for number in range(6)})
    for number in range(6):
        book.weights_set("validator_2", 20.0 * number + 14)
    (copier,) = found_in(book).copiers
    assert (copier.validator, copier.source, copier.unexplained, copier.from_own) == (
        "validator_2",
        "validator_1",
        6,
        None,
    )


def test_two_sets_of_weights_are_too_few_to_blame_anybody(book: Book) -> None:
    rounds(
        book,
        2,
        {number: honest(number) for number in range(2)},
        {number: honest(number, tilt=8) for number in range(2)},
    )
    assert {verdict for _, _, verdict in verdicts(book)} == {"too few"}
