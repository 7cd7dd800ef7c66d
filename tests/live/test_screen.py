"""The screen without a terminal: what is drawn, what keys do, and how little is drawn anew."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from textual.pilot import Pilot
from textual.widgets import Static

from netctl.cli.watch.logpane import LogPane
from netctl.cli.watch.screen import INTERRUPTED, Filter, Looked, Watch
from netctl.cli.watch.table import NeuronTable
from netctl.errors import NetctlError
from netctl.live.rows import Picture
from tests.live.made import AT, many, picture, row

PATIENCE_S = 60.0
Run = Pilot[int]


@asynccontextmanager
async def drawn(first: Picture, size: tuple[int, int] = (80, 24)) -> AsyncIterator[Run]:
    """The screen with its first picture."""
    screen = Watch(lambda tell: None)
    async with screen.run_test(size=size) as pilot:
        await look(pilot, first)
        yield pilot


async def look(pilot: Run, found: Picture | Exception) -> None:
    """What a look has found arrives."""
    pilot.app.post_message(Looked(found))
    await pilot.pause()


async def until(holds: Callable[[], bool], what: str) -> None:
    """Wait for what another thread brings."""
    deadline = time.monotonic() + PATIENCE_S
    while not holds():
        assert time.monotonic() < deadline, what
        await asyncio.sleep(0.02)


def table(pilot: Run) -> NeuronTable:
    return pilot.app.query_one(NeuronTable)


def names(pilot: Run) -> list[str]:
    """The rows that are shown, from the top."""
    return [table(pilot).get_row_at(at)[0].plain.rstrip() for at in range(table(pilot).row_count)]


def text(pilot: Run, where: str) -> str:
    return str(pilot.app.query_one(where, Static).render())


def logged(pilot: Run) -> str:
    return "\n".join(line.text.rstrip() for line in pilot.app.query_one(LogPane).lines)


async def test_the_table_says_what_is_known_and_the_line_above_which_fleet_it_is() -> None:
    dead = row("miner_2", state="backoff", pid=None, problem="exited with 1: [red]KeyError[/]")
    async with drawn(picture(row("miner_1"), dead, problems=("metrics.db is not there",))) as pilot:
        assert text(pilot, "#head").startswith("made-rehearsal: subnet 428, block 812, asked 1s ago")
        assert text(pilot, "#trouble") == "metrics.db is not there"
        assert names(pilot) == ["miner_1", "miner_2"]
        await pilot.press("down")
        assert "exited with 1: [red]KeyError[/]" in text(pilot, "#details")
        await look(pilot, NetctlError("the profile is gone"))
        assert text(pilot, "#trouble").startswith("the last look failed: the profile is gone")
        assert names(pilot) == ["miner_1", "miner_2"], "what was seen before stays"


@pytest.mark.slow
@pytest.mark.parametrize("size", [(80, 24), (200, 60)])
async def test_cells_that_have_not_changed_are_left_alone_also_of_256_neurons(size: tuple[int, int]) -> None:
    async with drawn(many(256), size) as pilot:
        await pilot.pause()
        whole = table(pilot).cells_drawn
        assert (table(pilot).row_count, whole >= 256 * 10) == (256, True)
        await look(pilot, many(256))
        assert table(pilot).cells_drawn == whole
        await look(pilot, picture(*many(255).rows, row("miner_256", restarts=3)))
        assert table(pilot).cells_drawn == whole + 1
        await look(pilot, many(256, AT + 2))
        assert table(pilot).cells_drawn < whole * 1.25


@pytest.mark.slow
async def test_the_cursor_stays_on_its_neuron_wherever_that_goes() -> None:
    async with drawn(many(30), (200, 60)) as pilot:
        await pilot.press(*["down"] * 4)
        assert table(pilot).chosen == "miner_5"
        await pilot.press("s", "s", "s", "s", "s")
        assert names(pilot)[0] == "miner_30", "by score, the highest first"
        assert str(table(pilot).columns["score"].label).endswith("▼")  # type: ignore[index]
        assert names(pilot)[table(pilot).cursor_row] == table(pilot).chosen == "miner_5"
        await pilot.press("r")
        assert (names(pilot)[0], names(pilot)[table(pilot).cursor_row]) == ("miner_1", "miner_5")
        await look(pilot, picture(*many(20).rows[10:]))
        assert names(pilot)[table(pilot).cursor_row] == table(pilot).chosen
        await pilot.press("end")
        assert table(pilot).chosen == "miner_20"


@pytest.mark.slow
async def test_a_filter_takes_each_letter_and_ends_with_escape() -> None:
    async with drawn(picture(*many(12).rows, row("validator_13", problem="bad"))) as pilot:
        await pilot.press(*"/val", "q", "?", "slash")
        assert pilot.app.query_one(Filter).value == "valq?/"
        await pilot.press("backspace", "backspace", "backspace", "enter")
        assert names(pilot) == ["validator_13"]
        await pilot.press("slash", "escape")
        assert len(names(pilot)) == 13
        await pilot.press("p")
        assert names(pilot) == ["validator_13"]
        await look(pilot, picture(*many(12).rows))
        assert names(pilot) == []
        await pilot.press("p")
        assert len(names(pilot)) == 12
        assert not pilot.app.query_one(Filter).display


@pytest.mark.slow
async def test_the_log_of_the_selected_neuron_is_text_and_nothing_but_text(tmp_path: Path) -> None:
    (tmp_path / "miner_1.log").write_text(
        "2026-11-29 06:00:00.000 | INFO | a:1 | [bold red]no markup[/] "
        "\x1b[31mred\x1b[0m \x1b[2J\x1b]0;title\x07 \x9b2J\n"
    )
    (tmp_path / "miner_1.err.log").write_text("2026-11-29 06:00:01.000 | ERROR | a:1 | worse\n")
    async with drawn(picture(row("miner_1", logs=tmp_path), row("miner_2", logs=tmp_path)), (200, 50)) as pilot:
        await until(lambda: "worse" in logged(pilot), "both streams are read")
        assert "[bold red]no markup[/] red ␛[2J␛]0;title␇" in logged(pilot)
        assert "␦2J" in logged(pilot)
        assert not set(logged(pilot)) & {"\x1b", "\x9b", "\x07"}
        assert "err 2026-11-29 06:00:01.000" in logged(pilot)
        with (tmp_path / "miner_1.log").open("a") as file:
            file.write("and more\n")
        await until(lambda: "and more" in logged(pilot), "it is followed")
        await pilot.press("o")
        await until(lambda: "worse" not in logged(pilot) and "and more" in logged(pilot), "standard output alone")
        await pilot.press("o")
        await until(lambda: "worse" in logged(pilot) and "and more" not in logged(pilot), "standard error alone")
        await pilot.press("down")
        await until(lambda: logged(pilot) == "", "another neuron's log, which is empty")


@pytest.mark.slow
async def test_a_held_log_stays_where_it_is_and_a_line_is_wrapped_or_cut(tmp_path: Path) -> None:
    (tmp_path / "miner_1.log").write_text("".join(f"line {number}\n" for number in range(150)) + "x" * 300 + "\n")
    async with drawn(picture(row("miner_1", logs=tmp_path)), (100, 40)) as pilot:
        pane = pilot.app.query_one(LogPane)
        await until(lambda: len(pane.lines) == 154, "four rows for what is longer than three")
        await until(lambda: pane.is_vertical_scroll_end, "the end is in sight")
        await pilot.press("f")
        with (tmp_path / "miner_1.log").open("a") as file:
            file.write("more\n" * 50)
        await until(lambda: len(pane.lines) == 204, "they are taken")
        assert not pane.is_vertical_scroll_end
        assert "held" in str(pane.border_title)
        await pilot.press("f")
        await until(lambda: pane.is_vertical_scroll_end, "back at the end")
        await pilot.press("w")
        await until(lambda: len(pane.lines) == 201, "each line has one row")
        await pilot.press("w")
        await pilot.resize_terminal(200, 40)
        await until(lambda: len(pane.lines) == 203, "drawn anew for another width")


@pytest.mark.slow
async def test_a_size_that_changes_below_the_help_counts_for_what_it_lies_over() -> None:
    async with drawn(many(40)) as pilot:
        await pilot.press("question_mark")
        await pilot.resize_terminal(200, 60)
        await pilot.press("q")
        await pilot.pause()
        assert "problem" in {key.value for key in table(pilot).columns}
        assert pilot.app.query_one("#about").region.y == pilot.app.query_one(LogPane).region.y


@pytest.mark.slow
async def test_another_size_has_other_columns_and_places() -> None:
    async with drawn(many(40)) as pilot:
        assert "problem" not in {key.value for key in table(pilot).columns}
        assert pilot.app.query_one("#about").region.bottom == pilot.app.query_one(LogPane).region.y
        await pilot.resize_terminal(200, 60)
        await pilot.pause()
        assert "problem" in {key.value for key in table(pilot).columns}
        assert pilot.app.query_one("#about").region.y == pilot.app.query_one(LogPane).region.y
        await pilot.resize_terminal(30, 8)
        await pilot.resize_terminal(80, 24)
        await pilot.pause()
        assert (len(names(pilot)), "problem" in {key.value for key in table(pilot).columns}) == (40, False)


@pytest.mark.slow
async def test_zoom_hides_the_table_and_help_lies_over_all_of_it() -> None:
    async with drawn(many(4)) as pilot:
        await pilot.press("enter")
        assert not table(pilot).display
        await pilot.press("escape")
        assert table(pilot).display
        await pilot.press("question_mark")
        assert len(pilot.app.screen_stack) == 2
        await look(pilot, many(5))
        await pilot.resize_terminal(200, 50)
        await pilot.pause()
        await pilot.resize_terminal(80, 24)
        await look(pilot, many(4))
        await pilot.press("s", "q")
        assert (len(pilot.app.screen_stack), str(table(pilot).border_title)) == (1, "4 running; trend: score")
        await pilot.press("t")
        assert str(table(pilot).border_title) == "4 running; trend: incentive"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("keys", "code"),
    [(["q"], 0), (["ctrl+c"], INTERRUPTED), (["slash", "ctrl+c"], INTERRUPTED), (["f1", "ctrl+c"], 130)],
)
async def test_q_and_ctrl_c_leave_from_wherever(keys: list[str], code: int) -> None:
    async with drawn(many(2)) as pilot:
        await pilot.press(*keys)
    assert pilot.app.return_value == code


@pytest.mark.slow
async def test_a_bug_ends_the_screen_and_is_kept_for_who_tells_of_it() -> None:
    with pytest.raises(ZeroDivisionError):
        async with drawn(many(2)) as pilot:
            await look(pilot, ZeroDivisionError("planted"))
    assert isinstance(pilot.app.failure, ZeroDivisionError)  # type: ignore[attr-defined]
