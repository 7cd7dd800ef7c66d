"""Tables of fleets that are larger than a page."""

from __future__ import annotations

import pytest

from netctl.cli.coverage_report import figure_text, show_tables, volume_text
from netctl.coverage.coverage import coverage_of
from tests.coverage.made import holding, universe

pytestmark = pytest.mark.fast


def test_of_many_miners_the_pairs_that_are_most_alike_are_named(capsys: pytest.CaptureFixture[str]) -> None:
    ground = [{"77494": 1, "08701": 1}, {"10001": 1}, {"99501": 1, "58501": 1}]
    miners = [holding(f"miner_{n:02}", ground[n % 3] if n else {"77494": 1}) for n in range(40)]
    show_tables(coverage_of(universe(), miners, {}))
    out = capsys.readouterr().out
    assert "the 10 pairs that are most alike, of 780 (Jaccard of their zipcodes):\n  1.00  miner_01, miner_04\n" in out
    assert (
        "  77494  Katy, TX         miner_00 1, miner_03 1, miner_06 1, miner_09 1, miner_12 1, miner_15 1 and 8 more"
        in out
    )
    assert "  99999  not in the list  nobody\n" in out
    assert "state  zipcodes" not in out, "forty columns would be no table"
    assert "states: AK 1/1, ND 1/1, NJ 1/1, NY 1/1, TX 1/2\n" in out


def test_a_fleet_of_which_nothing_is_known_has_tables_all_the_same(capsys: pytest.CaptureFixture[str]) -> None:
    show_tables(coverage_of(universe(), [], {}))
    out = capsys.readouterr().out
    assert "entities over the list: there are none\n" in out
    assert "gaps: nobody holds 6 of 6 zipcodes: 2 of 2 in t1, 2 of 2 in t2, 2 of 2 in t3; --gaps names them\n" in out


@pytest.mark.parametrize(
    ("figure", "text"),
    [(None, "-"), (0.0, "0.00"), (0.001, "0.00+"), (0.5, "0.50"), (0.994, "0.99"), (0.996, "1.00-"), (1.0, "1.00")],
)
def test_what_is_nearly_all_or_nothing_does_not_look_it(figure: float | None, text: str) -> None:
    assert figure_text(figure) == text


@pytest.mark.parametrize(
    ("size", "text"),
    [
        (0, "0 B"),
        (999, "999 B"),
        (1000, "1.0 kB"),
        (99_499, "99.5 kB"),
        (99_600, "100 kB"),
        (999_600, "1.0 MB"),
        (5_100_000_000, "5.1 GB"),
        (250 * 10**9, "250 GB"),
        (2 * 10**12, "2.0 TB"),
    ],
)
def test_a_volume_has_three_digits_at_the_most(size: int, text: str) -> None:
    assert volume_text(size) == text
