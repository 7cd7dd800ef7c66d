"""Everything that is printed: data on stdout, talk on stderr, colours only on a terminal and never with NO_COLOR.

rich is imported when something is drawn, so that ``--help`` does not pay for it.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import sys
from collections.abc import Iterable, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, Any

from netctl.cli.wrapping import hanging

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.console import Console
    from rich.live import Live

Style = str
PLAIN: Style = ""
_NUMBER = re.compile(r"\d+")
_COLOUR = re.compile(r"\x1b\[[0-9;]*m")
_GIVING = ("problem", "profile", "address", "what happens")
"""Columns that are folded on a narrow terminal; the others keep their width."""
THINNEST = 30
"""A column of problems that is thinner reads badly: a word a line."""


@dataclass(frozen=True, slots=True)
class Cell:
    """A text and, on a terminal, its rich style."""

    text: str
    style: Style = PLAIN


def say(line: str = "") -> None:
    """One line of talk, on stderr."""
    print(line, file=sys.stderr, flush=True)


def show(line: str = "", *, flush: bool = False) -> None:
    """One line of data, on stdout."""
    print(line, flush=flush)


def without_colours(text: str, *, always: bool = False) -> str:
    """The text as it should be printed: colours that a neuron wrote are left in on a terminal, unless NO_COLOR."""
    if not always and is_terminal(sys.stdout) and not os.environ.get("NO_COLOR"):
        return text
    return _COLOUR.sub("", text)


def label_of(name: str, width: int, colour: Style) -> str:
    """The name before a line of many logs: padded, and coloured on a terminal."""
    padded = f"{name:<{width}} |"
    if not is_terminal(sys.stdout):
        return padded
    from rich.text import Text

    screen = console(sys.stdout)
    with screen.capture() as drawn:
        screen.print(Text(padded, style=colour), end="")
    return drawn.get()


def show_hanging(head: str, text: str) -> None:
    """One line of data; on a terminal what is too long for it goes on below the text, not below the head."""
    for line in hanging(head, text, terminal_width()):
        show(line)


def say_hanging(head: str, text: str) -> None:
    """The same as talk."""
    for line in hanging(head, text, shutil.get_terminal_size().columns if is_terminal(sys.stderr) else sys.maxsize):
        say(line)


def show_json(document: Any, *, lines: bool = False) -> None:
    """One JSON document on stdout; with `lines` on a single line, flushed, as JSON Lines want it."""
    if lines:
        print(json.dumps(document, ensure_ascii=False), flush=True)
    else:
        print(json.dumps(document, ensure_ascii=False, indent=2))


def is_terminal(stream: IO[str]) -> bool:
    """Whether a person reads there; a closed stream is not one."""
    return not stream.closed and stream.isatty()


def can_ask() -> bool:
    """Whether there is somebody to answer: stdin and stderr are both terminals."""
    return is_terminal(sys.stdin) and is_terminal(sys.stderr)


def terminal_width() -> int:
    """The columns of the terminal that data goes to; without one nothing is too wide."""
    return shutil.get_terminal_size().columns if is_terminal(sys.stdout) else sys.maxsize


def console(stream: IO[str]) -> Console:
    """A rich console for the stream; plain and unwrapped where it is no terminal."""
    from rich.console import Console

    on_terminal = is_terminal(stream)
    return Console(
        file=stream,
        force_terminal=on_terminal,
        no_color=bool(os.environ.get("NO_COLOR")),
        color_system="auto" if on_terminal else None,
        highlight=False,
        soft_wrap=not on_terminal,
    )


def show_table(headers: Sequence[str], rows: Iterable[Sequence[Cell]], *, cut: str = "") -> None:
    """A table on stdout: drawn by rich on a terminal, aligned plain text elsewhere.

    The column `cut` is shortened where the terminal is too narrow; problems without room beside the rest stand below.
    """
    rows = list(rows)
    if is_terminal(sys.stdout):
        headers, rows, below = _problems_below(headers, rows, cut)
        _draw_table(headers, rows, cut)
        for cell in below:
            _draw_line(cell)
    else:
        for line in plain_table(headers, [[cell.text for cell in row] for row in rows]):
            print(line)


def plain_table(headers: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """The table as aligned lines, two spaces between columns, nothing cut."""
    table = [list(headers), *[list(row) for row in rows]]
    widths = [max(len(row[column]) for row in table) for column in range(len(headers))]
    return ["  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip() for row in table]


def _problems_below(
    headers: Sequence[str], rows: list[Sequence[Cell]], cut: str
) -> tuple[Sequence[str], list[Sequence[Cell]], list[Cell]]:
    """The table without its problems, and these as lines of their own, where they would fold into a thin column."""
    if not rows or headers[-1] != "problem":
        return headers, rows, []
    at = len(headers) - 1
    widths = [max(len(name), *(len(row[n].text) for row in rows)) for n, name in enumerate(headers[:at]) if name != cut]
    left = terminal_width() - sum(widths) - 2 * at - bool(cut)
    if left >= THINNEST or max(len(row[at].text) for row in rows) <= left:
        return headers, rows, []
    told = [(f"{row[0].text}: ", row[at]) for row in rows if row[at].text != "-"]
    below = [Cell(line, cell.style) for head, cell in told for line in hanging(head, cell.text, terminal_width())]
    return headers[:at], [row[:at] for row in rows], below


def _draw_table(headers: Sequence[str], rows: Sequence[Sequence[Cell]], cut: str) -> None:
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, header_style="bold")
    for header in headers:
        table.add_column(
            header, no_wrap=header not in (*_GIVING, cut), overflow="ellipsis" if header == cut else "fold"
        )
    for row in rows:
        table.add_row(*[Text(cell.text, style=cell.style) for cell in row])
    console(sys.stdout).print(table)


def _draw_line(cell: Cell) -> None:
    from rich.text import Text

    console(sys.stdout).print(Text(cell.text, style=cell.style), soft_wrap=True)


class PlainTalk:
    """Progress as plain lines on stderr; one that differs from the neuron's last in its numbers only is left out."""

    def __init__(self, stream: IO[str] | None = None) -> None:
        self._stream = stream or sys.stderr
        self._last: dict[str, str] = {}

    def progress(self, neuron: str | None, phase: str, text: str) -> None:
        line = f"{neuron or 'fleet'}: {phase}: {text}"
        shape = _NUMBER.sub("", line)
        if self._last.get(neuron or "") != shape:
            self._last[neuron or ""] = shape
            self.note(line)

    def note(self, text: str) -> None:
        print(text, file=self._stream, flush=True)


class LiveTalk:
    """Progress as one live line per neuron on a terminal; notes scroll above it. Use as drawn by `progress_of`."""

    def __init__(self, names: Sequence[str], screen: Console) -> None:
        self._lines: dict[str, tuple[str, str]] = dict.fromkeys(["fleet", *names], ("", ""))
        self._screen = screen
        self._live: Live | None = None

    def start(self) -> None:
        """Draw the lines from here on. Always anew: a display begun again erases as many lines as it last had."""
        from rich.live import Live

        self._live = Live(console=self._screen, get_renderable=self._draw, refresh_per_second=8, transient=True)
        self._live.start(refresh=True)

    def stop(self) -> None:
        """Take the lines off the screen."""
        if self._live is not None:
            self._live.stop()
            self._live = None

    def progress(self, neuron: str | None, phase: str, text: str) -> None:
        self._lines[neuron or "fleet"] = (phase, text)

    def note(self, text: str) -> None:
        self._screen.print(text, markup=False)

    def _draw(self) -> Any:
        from rich.table import Table
        from rich.text import Text

        table = Table(box=None, pad_edge=False, show_header=False)
        for name, (phase, text) in self._lines.items():
            if name != "fleet" or text:
                table.add_row(Text(name, style="bold"), Text(phase, style="cyan"), Text(text, overflow="ellipsis"))
        return table


Progress = PlainTalk | LiveTalk


@contextmanager
def progress_of(names: Sequence[str]) -> Iterator[Progress]:
    """Somebody to tell progress to while the block runs: live on a terminal, lines elsewhere."""
    if not is_terminal(sys.stderr):
        yield PlainTalk()
        return
    talk = LiveTalk(names, console(sys.stderr))
    talk.start()
    try:
        yield talk
    finally:
        talk.stop()


@contextmanager
def paused(talk: Progress) -> Iterator[None]:
    """Hold the live lines still while a question is asked."""
    if isinstance(talk, PlainTalk):
        yield
        return
    talk.stop()
    try:
        yield
    finally:
        talk.start()
