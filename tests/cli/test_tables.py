"""Tables on a terminal: numbers and names are whole at any width, sentences fold, colours go with NO_COLOR."""

from __future__ import annotations

import os
import pty
import re
import struct
import subprocess
import sys
import termios
from fcntl import ioctl

import pytest

pytestmark = pytest.mark.fast

LONG = "waits for its axon on the chain (not registered), " * 4
SHOW = f"""
from netctl.cli.output import Cell, show_table
rows = [[Cell(f"miner_{{i}}"), *[Cell("309.7476")] * 5, Cell("5" + "H" * 47), Cell({LONG!r}, "red")] for i in range(64)]
show_table(("name", *"abcde", "hotkey", "problem"), rows, cut="hotkey")
"""


def drawn(columns: int, **environ: str) -> str:
    """What a terminal of that many columns is sent."""
    screen, terminal = pty.openpty()
    ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    env = {key: value for key, value in os.environ.items() if key not in ("COLUMNS", "NO_COLOR")}
    program = subprocess.Popen(
        [sys.executable, "-c", SHOW], stdout=terminal, env=env | {"TERM": "xterm-256color"} | environ
    )
    os.close(terminal)
    text = b""
    while True:
        try:
            text += os.read(screen, 65536)
        except OSError:  # the last writer has closed the terminal
            break
    os.close(screen)
    assert program.wait(10) == 0
    return text.decode()


@pytest.mark.parametrize("columns", [74, 80, 200])
def test_only_sentences_and_hotkeys_give_way(columns: int) -> None:
    lines = [re.sub(r"\x1b\[[0-9;]*m", "", line) for line in drawn(columns).splitlines()]
    assert max(map(len, lines)) <= columns
    for number in range(64):
        (row,) = [line for line in lines if line.split()[:1] == [f"miner_{number}"]]
        assert row.split()[1:6] == ["309.7476"] * 5
    assert sum(line.count("(not") for line in lines) == 64 * 4


def test_colours_are_for_terminals_that_want_them() -> None:
    assert "\x1b[31m" in drawn(80)
    assert "\x1b[3" not in drawn(80, NO_COLOR="1")
