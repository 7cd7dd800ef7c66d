"""Every planted trouble is found and named, by the lines that show it; who does well is not accused."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from netctl.report.problems.found import problems_of
from netctl.report.problems.problem import Problem
from netctl.store.database import FILE, change, opened
from tests.recorded import ADDRESSES, BEGIN, Book
from tests.report.made import MINERS, asked, facts_of, honest, lived, sampled, uploaded
from tests.store.written import state_row

ASSUMED = "API error during validation (503) - assumed valid"
REFUTED = "Property content does not match: field price_usd differs"


def found(book: Book) -> dict[tuple[str, str], Problem]:
    with facts_of(book) as facts:
        problems = problems_of(facts)
        assert isinstance(problems, tuple)
        return {(each.kind, each.neuron): each for each in problems}


def duplicates(book: Book) -> None:
    where = "time_bucket=TimeBucket(id=498708) source=4 label=DataLabel(value='zip:77494')"
    told = f"Failed enitity uniqueness checks on Bucket ID: {where}: 1 main st is there twice"
    for at in (100, 400):
        book.said("validator_1", at, f"{ADDRESSES['miner_2']}: {told}")
    book.said("validator_1", 500, f"{ADDRESSES['miner_2']}: ❌ S3 Invalid (12.0%): Too many duplicates: 12.5%")


def lies(book: Book) -> None:
    for number in range(6):
        sampled(book, "miner_3", 300.0 * number + 40, REFUTED)


def no_answers(book: Book) -> None:
    for number in range(3):
        sampled(book, MINERS[number], 1205.0 + number, *[ASSUMED] * 4)


def silence(book: Book) -> None:
    for number in range(6):
        at = 300.0 * number + 50
        book.said("validator_1", at, f"{ADDRESSES['miner_1']}: Evaluating miner.")
        told = "Miner failed to respond with an index. Using last known index if present."
        book.said("validator_1", at + 5, f"{ADDRESSES['miner_1']}: {told}")


def slowness(book: Book) -> None:
    for number in range(24):
        asked(book, "miner_4", 140.0 * number + 60, wait=9.0)


def copying(book: Book) -> None:
    rows: list[dict[str, float]] = []
    for number in range(6):
        at = 300.0 * number
        scores = {"miner_1": 10.0 + 10 * number, "miner_2": 60.0, "miner_3": 30.0 - 4 * number, "miner_4": 20.0}
        rows.append({name: score / sum(scores.values()) for name, score in scores.items()})
        book.judged("validator_1", at + 31, scores)
        book.judged("validator_2", at + 31, {"miner_3": 50.0, "miner_4": 50.0})
        copied = {"validator_2": rows[-2]} if number else {}
        book.seen(at + 40, block=110 + 25 * number, weights={"validator_1": rows[-1], **copied})


@pytest.mark.slow
@pytest.mark.parametrize(
    ("trouble", "kind", "neuron", "told"),
    [
        (duplicates, "duplicates", "miner_2", "2 evaluations found a listing twice and 1 look through its uploads"),
        (lies, "lies", "miner_3", "6 of 30 samples that were answered were refuted (20 %)"),
        (no_answers, "API errors", "", "did not answer 12 samples, most of them from 20m for 12s"),
        (silence, "silent", "miner_1", "6 of 18 requests for its index got no answer"),
        (slowness, "slow", "miner_4", "It takes 9s to show a validator its index"),
        (copying, "copies weights", "validator_2", "are those of validator_1"),
    ],
)
def test_a_trouble_is_found_and_named_and_nobody_else_is_accused(
    tmp_path: Path, trouble: Callable[[Book], None], kind: str, neuron: str, told: str
) -> None:
    book = honest(Book(tmp_path / FILE, pack="rehearsal"))
    trouble(book)
    problems = found(book)
    assert set(problems) == {(kind, neuron)}
    assert told in problems[kind, neuron].what  # type: ignore[index]


def test_every_trouble_is_found_in_a_run_that_has_them_all(tmp_path: Path) -> None:
    book = honest(Book(tmp_path / FILE, pack="rehearsal"))
    for trouble in (duplicates, lies, no_answers, silence, slowness, copying):
        trouble(book)
    assert set(found(book)) == {
        ("duplicates", "miner_2"),
        ("lies", "miner_3"),
        ("API errors", ""),
        ("silent", "miner_1"),
        ("slow", "miner_4"),
        ("copies weights", "validator_2"),
    }


def test_an_honest_run_has_no_problem(tmp_path: Path) -> None:
    assert found(honest(Book(tmp_path / FILE, pack="rehearsal"))) == {}


@pytest.mark.slow
def test_the_lines_that_show_it_are_quoted_with_their_place_and_block(tmp_path: Path) -> None:
    book = honest(Book(tmp_path / FILE, pack="rehearsal"))
    duplicates(book)
    first = found(book)["duplicates", "miner_2"].evidence[0]
    assert first.log == "validator_1.log"
    assert first.block is not None
    whole = (tmp_path / "validator_1.log").read_bytes()
    assert b"Failed enitity uniqueness" in whole[first.offset :].split(b"\n")[0]
    assert "Failed enitity uniqueness" in (first.line or "")


@pytest.mark.slow
def test_api_errors_tell_the_naive_rate_beside_the_true_one(tmp_path: Path) -> None:
    book = honest(Book(tmp_path / FILE, pack="rehearsal"))
    lies(book)
    no_answers(book)
    told = found(book)["API errors", ""].what
    # 96 good ones, 6 refuted, 12 never looked up.
    assert "a count of lines says 94.7 % are good" in told
    assert "89.5 % were looked up at all, and of those answered 94.1 % are good" in told


@pytest.mark.slow
def test_a_miner_that_uploads_no_more_is_found_though_it_says_nothing_of_it(tmp_path: Path) -> None:
    book = honest(Book(tmp_path / FILE, pack="rehearsal"))
    book.lines["miner_2"] = [line for line in book.lines["miner_2"] if line[0] < 1000]
    problem = found(book)["stopped uploading", "miner_2"]
    assert problem.what.startswith("Its last upload was 44m")
    assert problem.sure


@pytest.mark.slow
def test_one_that_has_never_uploaded_is_only_likely_to_have_stopped(tmp_path: Path) -> None:
    book = honest(Book(tmp_path / FILE, pack="rehearsal"))
    del book.lines["miner_2"]
    assert not found(book)["stopped uploading", "miner_2"].sure


@pytest.mark.slow
def test_uploads_of_all_that_end_together_accuse_nobody(tmp_path: Path) -> None:
    book = honest(Book(tmp_path / FILE, pack="rehearsal"))
    for name in MINERS:
        book.lines[name] = [line for line in book.lines[name] if line[0] < 1000]
    uploaded(book, "miner_1", 1001)
    assert "miner_1" not in {neuron for _, neuron in found(book)}


@pytest.mark.slow
def test_a_neuron_that_was_down_is_told_but_not_its_start_nor_its_end(tmp_path: Path) -> None:
    book = honest(Book(tmp_path / FILE, pack="rehearsal"))
    lived(book)
    with opened(book.path) as store, change(store):
        for at, state, restarts in ((600, "killed", 0), (660, "running", 1), (3500, "stopped", 1)):
            state_row(store, "miner_1", BEGIN + at, state, restarts)
    problems = found(book)
    assert set(problems) == {("down", "miner_1")}
    told = "It was killed for 1m of the subnet's time and was started anew once."
    assert problems["down", "miner_1"].what == told


@pytest.mark.slow
def test_a_validator_that_can_verify_no_upload_is_the_problem_and_not_the_miners(tmp_path: Path) -> None:
    book = honest(Book(tmp_path / FILE))
    for number, name in enumerate(MINERS):
        verdict = f"Miner {number + 1} did not pass S3 validation. Reason: S3 validation: FAILED"
        book.said("validator_1", 600 + number, f"{ADDRESSES[name]}: {verdict} - Duplicates: 0.0%, Scraper: 0.0%")
    problems = found(book)
    assert set(problems) == {("not validated", "")}
    assert "it is the validator that cannot" in problems["not validated", ""].what
