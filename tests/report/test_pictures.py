"""Pictures: every line and bar is where its value is, texts are escaped, ticks are round."""

from __future__ import annotations

import re
from itertools import pairwise
from math import nan
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from netctl.report.pictures.bars import Bar, Bars, bar_chart
from netctl.report.pictures.lines import Chart, Line, line_chart, thinned
from netctl.report.pictures.scale import Scale, short, ticks

pytestmark = pytest.mark.fast


def chart(*lines: Line, stepped: bool = False) -> str:
    drawn = line_chart(Chart("Scores", "hours", "score", lines, stepped))
    assert drawn is not None
    ET.fromstring(drawn)
    return drawn


def path_of(drawn: str, name: str) -> str:
    return re.search(rf'<path d="([^"]*)"[^>]*><title>{re.escape(name)}</title>', drawn)[1]  # type: ignore[index]


def test_a_line_goes_from_its_first_point_to_its_last() -> None:
    drawn = chart(Line("a", ((0.0, 0.0), (5.0, 50.0), (10.0, 100.0))))
    assert path_of(drawn, "a") == "M62.0 294.0L386.0 154.0L710.0 14.0"


def test_a_stepped_line_holds_each_value_until_the_next_and_the_last_to_the_end() -> None:
    drawn = chart(Line("a", ((0.0, 100.0), (5.0, 50.0))), Line("b", ((0.0, 0.0), (10.0, 0.0))), stepped=True)
    assert path_of(drawn, "a") == "M62.0 14.0H386.0V154.0H710.0"


def test_a_value_that_is_no_number_breaks_the_line() -> None:
    drawn = chart(Line("a", ((0.0, 100.0), (5.0, nan), (10.0, 100.0))))
    assert path_of(drawn, "a") == "M62.0 14.0M710.0 14.0"


def test_nothing_to_draw_is_no_picture() -> None:
    assert line_chart(Chart("Scores", "hours", "score", (Line("a", ((0.0, nan),)),))) is None
    assert bar_chart(Bars("Calls", ("calls",), (Bar("a", (0.0,), "0"),))) is None


def test_names_are_escaped_and_beyond_the_palette_counted() -> None:
    drawn = chart(*(Line(f"<script>{number}</script>", ((0.0, 1.0), (1.0, number))) for number in range(12)))
    assert "<script" not in drawn
    assert "and 4 more, in grey" in drawn


def test_names_that_end_together_do_not_lie_on_each_other() -> None:
    drawn = chart(*(Line(f"miner_{number}", ((0.0, 1.0), (1.0, 0.001 * number))) for number in range(8)))
    places = sorted(float(y) for y in re.findall(r'<text x="737" y="([\d.]+)"', drawn))
    assert len(places) == 8
    assert min(b - a for a, b in pairwise(places)) >= 13.9
    assert max(places) < 300


def test_many_points_are_thinned_to_what_a_picture_shows() -> None:
    points = [(float(at), float(at)) for at in range(10_000)]
    kept = thinned(points, 100)
    assert len(kept) == 100
    assert kept[-1] == points[-1]
    assert thinned(points[:100], 100) == points[:100]


def test_bars_are_as_long_as_their_parts_and_a_limit_is_a_line() -> None:
    bars = Bars(
        "Calls", ("used", "refused"), (Bar("a<b", (60.0, 20.0), "80"), Bar("c", (10.0, 0), "10")), 100.0, "limit"
    )
    drawn = bar_chart(bars)
    assert drawn is not None
    ET.fromstring(drawn)
    widths = [float(width) for width in re.findall(r'<rect x="[\d.]+" y="\d+" width="([\d.]+)" height="15"', drawn)]
    assert widths == [348.0, 116.0, 58.0]
    assert "M730.0 20V" in drawn
    assert "a&lt;b" in drawn
    far = bar_chart(Bars("Calls", ("used",), (Bar("a", (1.0,), "1"),), 100.0, "limit"))
    assert far is not None
    assert "limit" not in far


@settings(max_examples=40, deadline=None, derandomize=True)
@given(some.floats(-1e6, 1e6), some.floats(1e-3, 1e9), some.integers(2, 10))
def test_ticks_are_round_and_hold_all(low: float, length: float, about: int) -> None:
    found = ticks(low, low + length, about)
    assert found[0] <= low + 1e-6 * length
    assert found[-1] >= low + length - 1e-6 * length
    assert 2 <= len(found) <= 2.5 * about + 3


def test_ticks_read_short() -> None:
    assert [short(value) for value in ticks(0, 250_000)] == ["0", "50k", "100k", "150k", "200k", "250k"]
    assert ticks(3.0, 3.0) == (3.0, 3.2, 3.4, 3.6, 3.8, 4.0)
    assert Scale(0, 10, 100, 0)(5) == 50
