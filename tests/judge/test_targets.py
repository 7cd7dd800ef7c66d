"""Targets, windows and units, as criteria write them."""

from __future__ import annotations

from math import inf

import pytest

from netctl.judge.target import target_of
from netctl.judge.units import Unit, number_of, written
from netctl.judge.window import extent_of
from netctl.store.histories import Window

pytestmark = pytest.mark.fast


@pytest.mark.parametrize(
    ("text", "unit", "value", "met"),
    [
        (">= 3", "count", 3, True),
        (">= 3", "count", 2, False),
        ("> 3", "count", 3, False),
        ("<= 3", "count", 3, True),
        ("< 3", "count", 3, False),
        ("== 3", "count", 3, True),
        ("none", "count", 0, True),
        ("none", "count", 1, False),
        (">= 60%", "share", 0.6, True),
        (">=60%", "share", 0.599, False),
        (">= 0.6", "share", 0.6, True),
        ("0.9x to 2x", "periods", 2.0, True),
        ("0.9x to 2x", "periods", 2.1, False),
        ("< 10m", "seconds", 599.0, True),
        ("<= 2GB", "bytes", 2e9, True),
        ("> -0.5", "correlation", 0.0, True),
        ("> 1x", "ratio", inf, True),
    ],
)
def test_a_target_is_met_or_not(text: str, unit: Unit, value: float, met: bool) -> None:
    assert target_of(text, unit, has_whole=False).met(value, value) is met


@pytest.mark.parametrize(
    ("text", "least", "most", "met"),
    [
        (">= 3", 3, 5, True),
        (">= 3", 2, 5, None),
        (">= 3", 1, 2, False),
        ("none", 0, 2, None),
        ("none", 1, 2, False),
        ("2 to 3", 1, 4, None),
        ("2 to 3", 4, 6, False),
        ("all", 4, 5, None),
        ("all", 5, 5, True),
        ("all", 3, 4, False),
        (">= 60%", 3, 3, True),
    ],
)
def test_what_may_still_change_is_not_decided(text: str, least: float, most: float, met: bool | None) -> None:
    assert target_of(text, "count", has_whole=True).met(least, most, 5) is met


def test_a_share_of_none_is_not_decided() -> None:
    assert target_of("all", "count", has_whole=True).met(0, 0, 0) is None
    assert target_of("all", "count", has_whole=True).met(0, 0, None) is None


@pytest.mark.parametrize("text", ["3", "", ">=", ">= x", "about 3", ">= 3 to 4", "2 to 1", "10% to 3", "all of it"])
def test_what_is_no_target_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        target_of(text, "count", has_whole=True)


@pytest.mark.parametrize("text", ["all", ">= 60%"])
def test_a_part_of_what_nobody_has_counted_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="known number"):
        target_of(text, "count", has_whole=False)


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (0.9999, "share", "99.9 %"),
        (0.0001, "share", "0.1 %"),
        (1.0, "share", "100 %"),
        (0.0, "share", "0 %"),
        (2.5, "count", "2.5"),
        (1.234, "periods", "1.23x"),
        (34.68, "ratio", "34.7x"),
        (inf, "ratio", "beyond measure"),
        (90.0, "seconds", "1m30s"),
        (1.5e9, "bytes", "1.5 GB"),
        (-0.25, "correlation", "-0.25"),
    ],
)
def test_a_figure_never_looks_like_all_or_nothing_when_it_is_not(value: float, unit: Unit, text: str) -> None:
    assert written(value, unit) == text


def test_a_window_is_of_the_subnets_own_time() -> None:
    whole = Window(1000.0, 1480.0)
    assert extent_of("last 1h").within(whole, time_scale=75.0, period_s=4.0) == Window(1432.0, 1480.0)
    assert extent_of("first 1h").within(whole, time_scale=75.0, period_s=4.0) == Window(1000.0, 1048.0)
    assert extent_of("last 12 periods").within(whole, time_scale=75.0, period_s=4.0) == Window(1432.0, 1480.0)
    assert extent_of("last 3d").within(whole, time_scale=75.0, period_s=4.0) == whole
    assert extent_of("all").within(whole, time_scale=75.0, period_s=None) == whole


def test_a_window_that_is_not_over_or_not_known_says_why() -> None:
    whole = Window(1000.0, 1024.0)
    assert extent_of("first 1h").within(whole, time_scale=75.0, period_s=4.0) == "the window is not over: 30m of 1h"
    unknown = extent_of("last 2 periods").within(whole, time_scale=75.0, period_s=None)
    assert unknown == "the validators' evaluation period is not known"


@pytest.mark.parametrize("text", ["", "last", "first 0s", "last 0 periods", "next 1h", "last week", "all day"])
def test_what_is_no_window_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        extent_of(text)


def test_percentages_of_a_count_are_told_apart_from_figures() -> None:
    assert number_of("60%", "count") == (0.6, True)
    assert number_of("60%", "share") == (0.6, False)
    for text in ("-1", "1e9", "٣", "1.2.3", "60 %%"):
        with pytest.raises(ValueError, match="figure"):
            number_of(text, "share")
