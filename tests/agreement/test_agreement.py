"""Several validators' judgements, from log lines and samples of the chain to figures worked out by hand."""

from __future__ import annotations

from pathlib import Path

import pytest

from netctl.agreement.agreement import Agreement, agreement_of
from netctl.agreement.evidence import EVALUATED, WEIGHTS_SET, Reveal, evidence_of
from netctl.store.database import looked_into
from netctl.store.histories import Window, given, heard, looks, span
from tests.recorded import BEGIN, Book


@pytest.fixture
def book(tmp_path: Path) -> Book:
    return Book(tmp_path / "metrics.db")


def found_in(book: Book, reveal: Reveal | None = None, window: Window | None = None) -> Agreement:
    book.fed()
    with looked_into(book.path) as store:
        stretch = window or span(store)
        assert stretch is not None
        events = heard(store, "validator", [EVALUATED, WEIGHTS_SET, "bucket_queried"], stretch)
        return agreement_of(
            evidence_of(
                stretch,
                events,
                given(store, stretch),
                looks(store),
                book.roll(),
                asked=["bucket_queried"],
                reveal=reveal,
            )
        )


def test_scores_are_compared_as_shares_and_by_order(book: Book) -> None:
    book.seen(0, block=100)
    book.judged("validator_1", 10, {"miner_1": 1, "miner_2": 3, "miner_3": 6})
    book.judged("validator_2", 10, {"miner_1": 200.0, "miner_2": 200.0, "miner_3": 600.0})
    found = found_in(book)
    assert found.validators == ("validator_1", "validator_2")
    assert [each.miner for each in found.spreads] == ["miner_1", "miner_2", "miner_3"]
    assert [each.spread for each in found.spreads] == pytest.approx([0.1 / 0.15, 0.1 / 0.25, 0.0])
    assert found.spreads[0].scores == {"validator_1": 1.0, "validator_2": 200.0}
    (order,) = found.orders
    assert (order.miners, order.spearman, order.kendall) == (
        3,
        pytest.approx(1.5 / 3**0.5),
        pytest.approx(2 / 6**0.5),
    )


def test_what_is_usual_is_the_median_over_the_window_not_the_end(book: Book) -> None:
    """Twelve moments from when both have judged: at nine they are of one mind, at the last three they are not."""
    book.seen(0, block=100)
    for judge in ("validator_1", "validator_2"):
        book.judged(judge, 0, {"miner_1": 1, "miner_2": 3})
    book.judged("validator_2", 91, {"miner_1": 3, "miner_2": 1})
    book.said("validator_1", 120, "Attempting to set weights.")
    found = found_in(book)
    assert [figure for _, figure in found.orders[0].moments] == pytest.approx([1] * 9 + [-1] * 3)
    assert (found.orders[0].spearman, found.orders[0].usual) == (pytest.approx(-1), pytest.approx(1))
    assert (found.spreads[0].spread, found.spreads[0].usual) == (pytest.approx(1.0), pytest.approx(0.0))


def test_a_score_that_is_no_number_is_none_and_takes_the_last_one_away(book: Book) -> None:
    book.seen(0, block=100)
    book.judged("validator_1", 10, {"miner_1": 1, "miner_2": 3})
    book.judged("validator_2", 10, {"miner_1": 1, "miner_2": 3})
    book.judged("validator_2", 20, {"miner_2": "nan"})
    found = found_in(book)
    assert found.spreads[1].scores == {"validator_1": 3.0}
    assert found.spreads[1].spread is None
    assert found.orders[0].miners == 1


def test_a_uid_that_changed_hands_is_another_miner(book: Book) -> None:
    book.seen(0, block=100)
    book.uids[1], book.uids[9] = book.uids[4], book.uids[1]
    del book.uids[4]
    book.seen(50, block=110)
    book.judged("validator_1", 10, {"miner_1": 7})
    book.judged("validator_1", 60, {"miner_1": 9})
    found = found_in(book)
    assert {each.miner: each.scores["validator_1"] for each in found.spreads} == {"miner_1": 7.0, "miner_4": 9.0}


def test_who_judges_whom_and_how_often_is_told(book: Book) -> None:
    book.seen(0, block=100)
    for at in (10, 20, 30, 60):
        book.judged("validator_1", at, {"miner_1": 1})
    book.judged("validator_2", 15, {"miner_2": 1})
    found = found_in(book)
    one, two = found.attention
    assert (one.validator, one.miner, one.count) == ("validator_1", "miner_1", 4)
    assert (one.usual_gap_s, one.longest_gap_s) == (pytest.approx(10.0), pytest.approx(30.0))
    assert (one.first_s, one.last_s) == (pytest.approx(BEGIN + 10), pytest.approx(BEGIN + 60))
    assert (two.validator, two.miner, two.count, two.usual_gap_s) == ("validator_2", "miner_2", 1, None)


def test_the_same_samples_are_told_from_different_ones(book: Book) -> None:
    book.seen(0, block=100)
    for zipcode, hour in (("77494", 100), ("10001", 100), ("77494", 100)):
        book.asked("validator_1", 10, "miner_1", zipcode, hour)
    for zipcode, hour in (("77494", 100), ("77494", 101)):
        book.asked("validator_2", 12, "miner_1", zipcode, hour)
    book.asked("validator_2", 12, "miner_2", "77494", 100)
    whole, first, second = found_in(book).overlaps
    assert (whole.miner, whole.looked, whole.common, whole.jaccard) == (None, (2, 3), 1, pytest.approx(0.25))
    assert (first.miner, first.looked, first.common, first.jaccard) == ("miner_1", (2, 2), 1, pytest.approx(1 / 3))
    assert (second.miner, second.looked, second.jaccard) == ("miner_2", (0, 1), 0.0)


def test_weights_lie_apart_by_the_share_that_would_have_to_move(book: Book) -> None:
    ones = {"miner_1": 0.1, "miner_2": 0.3, "miner_3": 0.6}
    book.seen(0, block=100, weights={"validator_1": ones, "validator_2": {"miner_4": 1.0}})
    book.seen(10, block=110, weights={"validator_1": ones, "validator_2": ones})
    book.seen(
        20, block=120, weights={"validator_1": ones, "validator_2": {"miner_1": 0.2, "miner_2": 0.2, "miner_3": 0.6}}
    )
    (apart,) = found_in(book).apart
    assert [figure for _, figure in apart.moments] == pytest.approx([1.0, 0.0, 0.1])
    assert (apart.last, apart.mean) == (pytest.approx(0.1), pytest.approx(1.1 / 3))


def test_without_commit_reveal_the_lag_is_until_the_next_look(book: Book) -> None:
    book.seen(0, block=100, weights={"validator_1": {}})
    book.weights_set("validator_1", 17)
    book.weights_set("validator_1", 27)
    book.seen(20, block=180, weights={"validator_1": {"miner_1": 1.0}})
    (lag,) = found_in(book, Reveal(enabled=False, period=1, tempo=360)).lags
    # Four blocks a second: the block of second 17 is 168.
    assert (lag.seen, lag.usual_s, lag.usual_blocks) == (1, pytest.approx(3.0), 12)


def test_with_commit_reveal_weights_are_of_an_epoch_before(book: Book) -> None:
    """Period 2, tempo 40, a block a second: what shows at epoch 200 was committed to before block 160."""
    book.seen(0, block=100, last_epoch=80, weights={"validator_1": {}})
    for at in (30, 57, 70, 90):
        book.weights_set("validator_1", at)
    book.seen(104, block=204, last_epoch=200, weights={"validator_1": {"miner_1": 1.0}})
    (lag,) = found_in(book, Reveal(enabled=True, period=2, tempo=40)).lags
    assert (lag.usual_s, lag.usual_blocks) == (pytest.approx(47.0), 47)


def test_weights_that_no_line_tells_of_have_no_lag(book: Book) -> None:
    book.seen(0, block=100, weights={"validator_2": {}})
    book.seen(10, block=110, weights={"validator_2": {"miner_1": 1.0}})
    (lag,) = found_in(book).lags
    assert (lag.seen, lag.usual_s, lag.longest_s, lag.usual_blocks) == (1, None, None, None)


def test_commitments_that_never_showed_are_told(book: Book) -> None:
    book.seen(0, block=100, weights={"validator_1": {}})
    book.weights_set("validator_1", 5)
    book.weights_set("validator_1", 25)
    book.seen(40, block=140, weights={"validator_1": {}})
    (lag,) = found_in(book, Reveal(enabled=True, period=1, tempo=20)).lags
    assert (lag.set, lag.seen, lag.usual_s, lag.looked) == (2, 0, None, True)


def test_commitments_are_not_told_to_be_missing_where_nobody_looked(book: Book) -> None:
    book.weights_set("validator_1", 5)
    book.weights_set("validator_1", 25)
    (lag,) = found_in(book).lags
    assert (lag.set, lag.seen, lag.looked) == (2, 0, False)
    book.seen(200_000, block=140, weights={"validator_1": {}})
    (lag,) = found_in(book).lags
    assert not lag.looked, "days later it was another experiment"
