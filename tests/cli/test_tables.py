"""Tables on a terminal: numbers and names are whole at any width, sentences fold, colours go with NO_COLOR."""

from __future__ import annotations

import pytest

from tests.cli.screen import drawn, sent

pytestmark = pytest.mark.fast

LONG = "waits for its axon on the chain (not registered), " * 4
SHOW = f"""
from netctl.cli.output import Cell, show_table
rows = [[Cell(f"miner_{{i}}"), *[Cell("309.7476")] * 5, Cell("5" + "H" * 47), Cell({LONG!r}, "red")] for i in range(64)]
show_table(("name", *"abcde", "hotkey", "problem"), rows, cut="hotkey")
"""


@pytest.mark.parametrize("columns", [74, 80, 200])
def test_only_sentences_and_hotkeys_give_way(columns: int) -> None:
    lines = drawn(columns, SHOW).splitlines()
    assert max(map(len, lines)) <= columns
    for number in range(64):
        (row,) = [line for line in lines if line.split()[:1] == [f"miner_{number}"]]
        assert row.split()[1:6] == ["309.7476"] * 5
    assert sum(line.count("(not") for line in lines) == 64 * 4


def test_colours_are_for_terminals_that_want_them() -> None:
    assert "\x1b[31m" in sent(80, SHOW)
    assert "\x1b[3" not in sent(80, SHOW, NO_COLOR="1")


STATUS = f"""
from netctl.cli.output import Cell, show_table
rows = [[Cell(name), *[Cell("309.7476")] * 5, Cell(why)] for name, why in (("miner_1", {LONG!r}), ("miner_2", "-"))]
show_table(("name", *"abcde", "problem"), rows)
"""


def test_a_problem_without_room_beside_the_rest_stands_below_it() -> None:
    narrow, wide = drawn(80, STATUS).splitlines(), drawn(120, STATUS).splitlines()
    assert "problem" in wide[0].split()
    assert [line.split()[0] for line in narrow[:4]] == ["name", "miner_1", "miner_2", "miner_1:"]
    assert " ".join(" ".join(narrow[3:]).split()) == f"miner_1: {LONG.strip()}"
    assert all(line.startswith("         ") for line in narrow[4:])
    assert max(map(len, narrow)) <= 80
