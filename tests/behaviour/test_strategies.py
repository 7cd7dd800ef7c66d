"""Miners' behaviour, from log lines and samples of the chain to figures worked out by hand."""

from __future__ import annotations

from pathlib import Path

import pytest

from netctl.behaviour.kinds import Kinds, kinds_of
from netctl.behaviour.slices import Recorded
from netctl.behaviour.strategies import Course, Strategies, strategies_of
from netctl.chain_time import ChainTime
from netctl.store.activity import Slicing, firsts, judged, looked, summed
from netctl.store.database import looked_into
from netctl.store.histories import Window, looks, pay
from tests.coverage.made import universe
from tests.recorded import ADDRESSES, BEGIN, Book, spec_of

NAMES = ("miner_1", "miner_2")


@pytest.fixture
def book(tmp_path: Path) -> Book:
    return Book(tmp_path / "metrics.db")


def found_in(book: Book, *, until: float = 80, count: int = 8, kinds: Kinds | None = None) -> Strategies:
    """By the universe of six: 77494 and 08701 are premium of t1, 77449 and 10001 are t2, the others t3."""
    book.fed()
    activity = spec_of("resi").activity
    assert activity is not None
    assert activity.quality is not None
    assert activity.sent is not None
    kinds = kinds or kinds_of(universe())
    slicing = Slicing(Window(BEGIN, BEGIN + until), count)
    with looked_into(book.path) as store:
        told = Recorded(
            slicing,
            looked(store, "page_found", "zipcode", "properties", slicing),
            summed(store, "scraped", "entities", slicing),
            summed(store, "uploaded", "records", slicing),
            judged(store, "api_result", "outcome", slicing),
            pay(store, slicing.window),
        )
        uploads = looked(store, "uploaded", "zipcode", "records", slicing)
        found = firsts(store, "page_found", "zipcode", "properties", kinds.premium)
        times = ChainTime(looks(store))
    begins: dict[str, float] = {}
    for neuron, lines in book.lines.items():
        begins[neuron] = BEGIN + min(at for at, _ in lines)
    held = {"miner_1": {"77494": 30, "10001": 90}}
    return strategies_of(NAMES, told, activity, kinds, book.roll(), times, found, begins, uploads, held)


def looks_at(book: Book, miner: str, at: float, zipcode: str, properties: int) -> None:
    book.said(miner, at, f"Found {properties} properties in {zipcode}", "DEBUG")


def course_of(found: Strategies, miner: str) -> Course:
    return next(course for course in found.courses if course.miner == miner)


def test_a_slice_holds_what_the_lines_of_its_time_say(book: Book) -> None:
    looks_at(book, "miner_1", 1, "77494", 12)
    looks_at(book, "miner_1", 2, "99501", 5)
    looks_at(book, "miner_1", 9.9, "99501", 0)
    book.said("miner_1", 5, "Successfully scraped 17 real estate entities", "SUCCESS")
    book.said("miner_1", 9, "Successfully scraped 3 real estate entities", "SUCCESS")
    where = f"hotkey={ADDRESSES['miner_1']}/job_id=zillow_premium_zip_77494/data_20261122_124054_12.parquet"
    book.said("miner_1", 12, f"✅ S3 upload success: {where}", "SUCCESS")
    looks_at(book, "miner_1", 12, "58501", 7)
    book.seen(0, block=100)
    first, second, *_ = course_of(found_in(book), "miner_1").slices
    assert first.kinds == {"premium": 1, "t3": 2}
    assert first.regions == {"South": 1, "West": 2}
    assert (first.zipcodes, first.rounds, first.brought, first.sent) == (2, 2, 20.0, 0.0)
    assert first.every_s == pytest.approx(5.0)
    assert (second.kinds, second.rounds, second.sent, second.every_s) == ({"t3": 1}, 0, 12.0, None)


def test_what_is_uploaded_and_held_is_told_by_kind(book: Book) -> None:
    book.seen(0, block=100)
    looks_at(book, "miner_1", 1, "77494", 12)
    looks_at(book, "miner_2", 1, "77494", 12)
    for at, zipcode, records in ((5, "77494", 30), (15, "08701", 30), (25, "58501", 20)):
        where = f"hotkey={ADDRESSES['miner_1']}/job_id=zillow_zip_{zipcode}/data_20261122_124054_{records}.parquet"
        book.said("miner_1", at, f"✅ S3 upload success: {where}", "SUCCESS")
    found = found_in(book)
    one = course_of(found, "miner_1")
    assert one.sent == {"premium": pytest.approx(0.75), "t3": pytest.approx(0.25)}
    assert one.held == {"premium": pytest.approx(0.25), "t2": pytest.approx(0.75)}
    assert (course_of(found, "miner_2").sent, course_of(found, "miner_2").held) == ({}, {})


def test_quality_leaves_out_what_was_only_assumed(book: Book) -> None:
    """Two confirmed, one refuted, one that counts as valid since the API did not answer."""
    book.seen(0, block=100)
    looks_at(book, "miner_1", 1, "77494", 12)
    said = [
        (True, "Property exists via Zillow API"),
        (True, "Property exists via Zillow API"),
        (False, "Property not found (may have been sold/removed)"),
        (True, "API error during validation (503) - assumed valid"),
    ]
    results = ", ".join(
        f"ValidationResult(is_valid={valid}, content_size_bytes_validated=8, reason='{why}')" for valid, why in said
    )
    whom = ADDRESSES["miner_1"]
    book.said("validator_1", 3, f"{whom}: Data validation on selected entities finished with results: [{results}]")
    first = course_of(found_in(book), "miner_1").slices[0]
    assert (first.good, first.bad, first.quality) == (2, 1, pytest.approx(2 / 3))


def test_incentive_is_the_mean_over_the_slice_of_what_the_chain_showed(book: Book) -> None:
    looks_at(book, "miner_1", 1, "77494", 12)
    book.seen(0, block=100, incentives={"miner_1": 0.2})
    book.seen(15, block=115, incentives={"miner_1": 0.6})
    slices = course_of(found_in(book), "miner_1").slices
    assert [one.incentive for one in slices[:3]] == pytest.approx([0.2, 0.4, 0.6])


def test_a_miner_begins_with_its_first_line_and_one_that_did_nothing_has_no_slices(book: Book) -> None:
    book.seen(0, block=100)
    looks_at(book, "miner_1", 35, "77494", 12)
    found = found_in(book)
    assert len(course_of(found, "miner_1").slices) == 5
    assert course_of(found, "miner_2").slices == ()
    assert course_of(found, "miner_2").discovery.time is None


def test_the_first_premium_zipcode_is_told_with_its_block(book: Book) -> None:
    """Four blocks a second; a page without a property is no find, nor is a zipcode that is not premium."""
    book.seen(0, block=100)
    book.seen(80, block=420)
    looks_at(book, "miner_1", 4, "10001", 9)
    looks_at(book, "miner_1", 10, "77494", 0)
    looks_at(book, "miner_1", 20, "08701", 3)
    looks_at(book, "miner_1", 30, "77494", 3)
    looks_at(book, "miner_2", 40, "77494", 3)
    found = found_in(book)
    one = course_of(found, "miner_1").discovery
    assert (one.zipcode, one.block, one.found) == ("08701", 180, 2)
    assert (one.time, one.after_s) == (pytest.approx(BEGIN + 20), pytest.approx(16.0))
    assert found.first == one
    assert one.chance == pytest.approx(2 / 6)


def test_shares_of_premium_are_those_of_the_first_and_last_quarter(book: Book) -> None:
    book.seen(0, block=100)
    for at, zipcode in ((1, "10001"), (11, "10001"), (15, "77494"), (16, "99501"), (61, "77494"), (75, "77494")):
        looks_at(book, "miner_1", at, zipcode, 1)
    one = course_of(found_in(book), "miner_1").discovery
    assert (one.early, one.late) == (pytest.approx(0.25), pytest.approx(1.0))


def test_miners_that_part_are_told_from_such_as_stay_together(book: Book) -> None:
    book.seen(0, block=100)
    for at in range(80):
        own = {"miner_1": "77494", "miner_2": "58501"}
        for miner in NAMES:
            looks_at(book, miner, at + 0.5, own[miner] if at >= 40 else "10001", 1)
    by = {part.by: part for part in found_in(book).partings}
    assert (by["kind"].early, by["kind"].late, by["kind"].parted) == (0.0, pytest.approx(1.0), True)
    assert (by["region"].late, by["region"].parted) == (pytest.approx(1.0), True)
    # Two quarters of twenty looks, each kind half of both together: sqrt(2/pi * 1/4 * 2/20).
    assert by["kind"].chance == pytest.approx(0.1262, abs=1e-3)


def test_miners_that_were_apart_from_the_start_have_not_parted(book: Book) -> None:
    book.seen(0, block=100)
    for at in range(80):
        looks_at(book, "miner_1", at + 0.5, "77494", 1)
        looks_at(book, "miner_2", at + 0.5, "58501", 1)
    by = {part.by: part for part in found_in(book).partings}
    assert (by["kind"].early, by["kind"].late, by["kind"].parted) == (1.0, 1.0, False)


def test_miners_that_stay_together_have_not_parted(book: Book) -> None:
    book.seen(0, block=100)
    for at in range(80):
        for number, miner in enumerate(NAMES):
            looks_at(book, miner, at + 0.5, "77494" if (at + number) % 2 else "10001", 1)
    assert [part.parted for part in found_in(book).partings] == [False, False]


def test_without_the_list_premium_is_still_told_from_others(book: Book) -> None:
    book.seen(0, block=100)
    looks_at(book, "miner_1", 1, "77494", 12)
    looks_at(book, "miner_1", 2, "10001", 12)
    found = found_in(book, kinds=kinds_of(None, ("77494",)))
    course = course_of(found, "miner_1")
    assert course.slices[0].kinds == {"premium": 1, "other": 1}
    assert (course.discovery.zipcode, course.discovery.chance) == ("77494", None)
