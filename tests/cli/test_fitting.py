"""Tables that give way on a narrow terminal, and nowhere else."""

from __future__ import annotations

import pytest

from netctl.cli import fitting
from netctl.cli.fitting import fitted
from netctl.cli.output import Cell

pytestmark = pytest.mark.fast

HEADERS = ("name", "end", "hash")
ROWS = [[Cell("miner_1"), Cell("e" * 20), Cell("h" * 30, "red")]]
WHOLE = 7 + 20 + 30 + 4


@pytest.mark.parametrize(
    ("wide", "names", "texts"),
    [
        (10**6, HEADERS, ["miner_1", "e" * 20, "h" * 30]),
        (WHOLE, HEADERS, ["miner_1", "e" * 20, "h" * 30]),
        (WHOLE - 1, HEADERS, ["miner_1", "e" * 20, "hhhh…"]),
        (30, HEADERS, ["miner_1", "eee…", "hhhh…"]),
        (20, HEADERS, ["miner_1", "eee…", "hhhh…"]),
        (19, ("name", "end"), ["miner_1", "eee…"]),
        (12, ("name",), ["miner_1"]),
        (3, ("name",), ["miner_1"]),
    ],
)
def test_columns_are_shortened_before_they_are_left_out(
    wide: int, names: tuple[str, ...], texts: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fitting, "terminal_width", lambda: wide)
    headers, rows = fitted(HEADERS, ROWS, shorten={"hash": 5, "end": 4}, drop=("hash", "end"))
    assert (tuple(headers), [cell.text for cell in rows[0]]) == (names, texts)
    assert ROWS[0][2].text == "h" * 30
    assert fitted(HEADERS, [], shorten={"hash": 5})[1] == []
