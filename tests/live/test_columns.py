"""The table: which columns a screen has room for, what they say, and in which order rows stand."""

from __future__ import annotations

from dataclasses import replace

import pytest

from netctl.live.columns import COLUMNS, GAP, ORDER, Shown, cell, fitting, in_order, wanted
from netctl.live.words import ago, bytes_text, percent, score_text, span
from tests.live.made import AT, many, picture, row

pytestmark = pytest.mark.fast


def test_columns_are_as_wide_as_the_screen_at_most_and_their_cells_as_wide_as_they() -> None:
    fleet = picture(row("miner_1", problem="exited with 1: " + "x" * 500), row("validator_200"), row("m" * 90 + "_3"))
    for width in range(400):
        columns = fitting(fleet.rows, width)
        assert sum(column.width + GAP for column in columns) <= width
    for columns in (fitting(fleet.rows, width) for width in (40, 80, 200, 400)):
        for each in fleet.rows:
            assert [len(cell(column, each, Shown(fleet, "score"))) for column in columns] == [c.width for c in columns]


def test_a_narrow_screen_has_what_is_most_wanted_and_a_wide_one_all_of_it() -> None:
    rows = many(256).rows
    assert {column.name for column in fitting(rows, 79)} >= {"state", "score", "cpu", "evaluated", "trend"}
    assert [column.name for column in fitting(rows, 199)] == list(ORDER)
    assert sum(column.width + GAP for column in fitting(rows, 160)) == 160
    assert {column.name for column in COLUMNS} == set(ORDER)


def test_names_are_sorted_as_people_count() -> None:
    assert [each.name for each in in_order(many(11).rows, "name", reverse=False)][8:] == [
        "miner_9",
        "miner_10",
        "miner_11",
    ]


def test_the_highest_comes_first_and_what_is_not_known_last_either_way() -> None:
    rows = (replace(row("miner_1"), score=None), row("miner_2"), row("miner_3"))
    assert [each.name for each in in_order(rows, "score", reverse=False)] == ["miner_3", "miner_2", "miner_1"]
    assert [each.name for each in in_order(rows, "score", reverse=True)] == ["miner_2", "miner_3", "miner_1"]
    for column in COLUMNS:
        assert len(in_order(rows, column.name, reverse=False)) == 3


def test_a_row_is_wanted_when_it_has_every_word() -> None:
    dead = row("miner_12", state="backoff", problem="exited with 1: KeyError")
    assert wanted(dead, "MINER keyerror")
    assert wanted(dead, "12")
    assert wanted(dead, "", troubled=True)
    assert not wanted(dead, "miner validator")
    assert not wanted(row("miner_12"), "", troubled=True)


def test_figures_fit_their_columns() -> None:
    scores = {2.26e-38: "2.3e-38", 0.0: "0", 0.1234567: "0.1235", 12345678.0: "1.2e+07", 8303.68: "8303.68"}
    assert {score: score_text(score) for score in scores} == scores
    assert [bytes_text(n) for n in (None, 999, 1000, 84_000_000, 5 << 30)] == ["-", "999B", "1K", "80M", "5.0G"]
    assert [percent(n) for n in (None, 0.005, 0.999, 12.5)] == ["-", "0.5%", "99.9%", "1250%"]
    assert [span(n) for n in (None, 59.9, 61, 7200, 90_000)] == ["-", "59s", "1m", "2h", "1d"]
    assert ago(AT - 125, AT) == "2m"
