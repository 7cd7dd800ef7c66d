"""What a plan says of the price: the paces in lines, the chart in characters, the same as JSON."""

from __future__ import annotations

import json
from dataclasses import replace
from fractions import Fraction

import pytest

from netctl.cli.price_report import chart_lines, quote_lines
from netctl.plan import Plan
from netctl.ports import BlockRef, BurnRule, Windows
from netctl.pricing import schedule
from netctl.pricing.quote import Quote, quote

pytestmark = pytest.mark.fast
TAO = 1_000_000_000
WINDOWS = Windows(per_block=1, target=2, interval_blocks=100, taken=0, left_blocks=50, smoothing=Fraction(1, 2))


def quoted(
    count: int = 16, *, share: Fraction = Fraction(0), windows: Windows | None = None, has_limit: bool = True
) -> Quote:
    rule = BurnRule(TAO, TAO, 100 * TAO, 1.26, 360, share, windows)
    found = schedule.earliest(rule, count, 2 * TAO, None)
    return quote(
        rule,
        count,
        found,
        head=BlockRef(1000, "0x"),
        now=1_790_000_000.0,
        block_time_s=12.0,
        has_limit=has_limit,
        cap_rao=2 * TAO,
    )


def _in_the_frame(found: Quote) -> list[str]:
    return [line.replace("┤", "│").split("│")[1] for line in chart_lines(found) if "│" in line]


def test_each_pace_has_its_total_its_dearest_and_its_end() -> None:
    head, names, *rows = [line.rsplit("  ", 1)[0].rstrip() for line in quote_lines(quoted())]
    assert head.startswith("price of 16 registrations: 1.0 TAO now, x1.26 with each, halved in 360 blocks, between 1.0")
    assert names.split() == ["total", "TAO", "dearest", "last", "one", "in"]
    assert [row.split() for row in rows] == [
        ["all", "at", "once", "151.4", "32.04", "1", "block,", "12s"],
        ["as", "planned", "17.85", "1.999", "1442", "blocks,", "4h", "48m"],
        ["cheapest", "16.0", "1.0", "1816", "blocks,", "6h", "3m"],
    ]


def test_what_is_locked_has_a_column_of_its_own() -> None:
    lines = list(quote_lines(quoted(2, share=Fraction(1, 4))))
    assert "of it locked" in lines[1]
    assert lines[2].split()[5:7] == ["2.26", "0.565"]


def test_equal_paces_share_a_line() -> None:
    assert [name for name, _ in quoted(1).offers()] == ["all at once, as planned, cheapest"]
    assert [name for name, _ in quoted(2).offers()] == ["all at once, as planned", "cheapest"]
    assert [name for name, _ in replace(quoted(2), planned=None).offers()] == ["all at once", "cheapest"]
    assert [line.split("  ")[1] for line in list(quote_lines(quoted(2)))[2:]] == ["all at once, as planned", "cheapest"]
    assert any(line.endswith(" all at once, as planned") for line in map(str.rstrip, _in_the_frame(quoted(2))))


def test_the_older_rule_is_told_by_its_windows() -> None:
    first, *_ = quote_lines(quoted(3, windows=WINDOWS))
    assert first.endswith("at most 1 in a block and 6 in 100 blocks")
    assert "x1.26" not in first


def test_a_chain_that_cannot_hold_the_cap_itself_is_said_to() -> None:
    assert "no register_limit" in list(quote_lines(quoted(has_limit=False)))[-1]
    assert "no register_limit" not in list(quote_lines(quoted()))[-1]


@pytest.mark.parametrize(("count", "windows"), [(16, None), (2, None), (64, None), (9, WINDOWS)])
def test_the_chart_fits_a_narrow_terminal_and_has_no_colour(count: int, windows: Windows | None) -> None:
    lines = chart_lines(quoted(count, windows=windows))
    assert 5 <= len(lines) <= 14
    assert max(map(len, lines)) <= 80
    assert "\x1b" not in "".join(lines)
    assert any("all at once" in line for line in lines)
    assert lines[-1].strip() == "blocks from now; price in TAO"


def test_the_chart_shows_the_paces_apart_and_the_price_climbing_and_falling() -> None:
    rows = _in_the_frame(quoted())
    assert ("all at once" in rows[0], "as planned" in rows[1]) == (True, True)
    falling = [row.rindex("....") for row in rows if "...." in row]
    assert falling == sorted(falling)
    lowest = rows[-1].strip()
    assert lowest.count("⡖") + lowest.count("⣰") + lowest.count("⣠") >= 8, "a visit to the floor for each of the first"


def test_those_of_one_coldkey_are_said_to_take_longer() -> None:
    told = list(quote_lines(replace(quoted(), in_turn=5)))[-1]
    assert told.startswith("  5 are of one coldkey: one after the other")
    assert not any("one coldkey" in line for line in quote_lines(quoted()))


def test_one_registration_needs_no_chart() -> None:
    assert chart_lines(quoted(1)) == []


def test_the_document_has_every_figure_in_tao_and_blocks() -> None:
    document = json.loads(json.dumps(Plan("f", 5, quote=quoted(4)).document()))["registration"]
    assert document["regime"] == "price"
    assert document["all_at_once"]["blocks"] == 1
    assert (document["planned"]["blocks"], document["planned"]["total_tao"]) == (2, "5.838650639")
    assert [turn["block"] for turn in document["cheapest"]["turns"]] == [1, 122, 243, 364]
    assert document["collateral_share"] == 0.0
    assert (document["cheapest"]["seconds"], document["cheapest"]["ends_at"]) == (4368.0, "2026-09-21T15:26:08Z")
    assert Plan("f", 5).document()["registration"] is None
