"""What a terminal shows in the end, from what was written on it."""

from __future__ import annotations

from pathlib import Path

import pytest

from netctl.runbook.output_file import OutputFile
from netctl.runbook.screen_text import KEPT, ScreenText

pytestmark = pytest.mark.fast


def seen(text: str, chunk: int = 7) -> list[str]:
    screen = ScreenText()
    raw = text.encode()
    for start in range(0, len(raw), chunk):
        screen.feed(raw[start : start + chunk])
    return [*screen.settled(), *screen.open_lines()]


@pytest.mark.parametrize("chunk", [1, 2, 7, 1000])
@pytest.mark.parametrize(
    ("written", "lines"),
    [
        ("a\nb\n", ["a", "b"]),
        ("a\r\nb", ["a", "b"]),
        ("10%\r100%\r\ndone", ["100%", "done"]),
        ("long line\rab\n", ["abng line"]),
        ("\x1b[1;32mgreen\x1b[0m é→\n", ["green é→"]),
        ("one\ntwo\n\x1b[2A\x1b[2Knew\n\x1b[2Knext\n", ["new", "next"]),
        ("line 1\nline 2\r\x1b[2K\x1b[1A\x1b[2Kfinal\n", ["final"]),
        ("before\n\x1b[?1049hfull\nscreen\x1b[?1049lafter\n", ["before", "after"]),
        ("abc\b\bX\n", ["aXc"]),
        ("\x1b]0;title\x07text\n", ["text"]),
        ("abc\x1b[2GX\x1b[K\n", ["aX"]),
        ("a\nb\nc\x1b[2A\x1b[J\n", ["a"]),
        ("a\n\n\nb\n\n\n", ["a", "", "", "b"]),
        ("bare \x1b escape\n", ["bare  escape"]),
    ],
)
def test_the_text_is_what_is_on_the_screen(written: str, lines: list[str], chunk: int) -> None:
    assert seen(written, chunk) == lines


def test_lines_beyond_any_screen_are_given_and_never_changed_again() -> None:
    screen = ScreenText()
    screen.feed(b"".join(b"line %d\n" % number for number in range(KEPT + 50)))
    assert screen.settled()[:2] == ["line 0", "line 1"]
    screen.feed(b"\x1b[9999A\x1b[2Kchanged\n")
    assert screen.settled() == []
    assert screen.open_lines()[0] == "changed"


def test_the_file_holds_what_is_shown_at_any_time_masked_and_keeps_what_was_there(tmp_path: Path) -> None:
    path = tmp_path / "step.txt"
    path.write_text("earlier\n")
    kept = OutputFile(path, lambda line: line.replace("hunter2", "[redacted]"))
    kept.head("$ netctl x hunter2")
    kept.feed(b"10%\r")
    kept.flush()
    assert path.read_text() == "earlier\n$ netctl x [redacted]\n10%\n"
    kept.feed(b"100%\npassword hun")
    kept.flush()
    kept.feed(b"ter2\n")
    kept.flush()
    assert path.read_text() == "earlier\n$ netctl x [redacted]\n100%\npassword [redacted]\n"
    kept.command_over()
    kept.head("ended with 0")
    kept.close()
    assert path.read_text().endswith("password [redacted]\nended with 0\n")


def test_a_new_file_is_its_owner_s_alone(tmp_path: Path) -> None:
    OutputFile(tmp_path / "new.txt", str).close()
    assert (tmp_path / "new.txt").stat().st_mode & 0o777 == 0o600
