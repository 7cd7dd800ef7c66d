"""Reading logs from the end, and following many at once."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from netctl.logs import LogLine, follow, last_lines, last_words, recent
from netctl.logs.reading import WINDOW
from netctl.ports import SessionFacts
from tests.files.conftest import a_fleet

pytestmark = pytest.mark.fast


class Script:
    """Acts at each pause of a follower, in place of time passing; then ends the test's loop."""

    def __init__(self, *acts: Callable[[], object]) -> None:
        self.acts = list(acts)

    def __call__(self, seconds: float) -> None:
        if not self.acts:
            raise StopAsyncIteration
        self.acts.pop(0)()


def followed(paths: dict[str, Path], *acts: Callable[[], object], count: int = 10) -> list[tuple[str, str]]:
    """What a follower tells while these things happen, one at each of its pauses."""
    found: list[LogLine] = []
    with pytest.raises(StopAsyncIteration):
        found.extend(follow(paths, count=count, sleep=Script(*acts)))
    return [(line.name, line.text) for line in found]


def add(path: Path, text: str) -> Callable[[], object]:
    def act() -> None:
        with path.open("a") as file:
            file.write(text)

    return act


def counted(monkeypatch: pytest.MonkeyPatch, *names: str) -> list[tuple[str, Any]]:
    """Calls of these functions of os from now on, each with what it gave."""
    calls: list[tuple[str, Any]] = []

    def counting(name: str, original: Callable[..., Any]) -> Callable[..., Any]:
        def call(*args: Any, **options: Any) -> Any:
            given = original(*args, **options)
            calls.append((name, given))
            return given

        return call

    for name in names:
        monkeypatch.setattr(os, name, counting(name, getattr(os, name)))
    return calls


@pytest.mark.parametrize(
    ("content", "count", "expected"),
    [
        ("", 3, []),
        ("a\nb\nc\n", 2, ["b", "c"]),
        ("a\nb\nc", 2, ["b", "c"]),
        ("a\n\n\n", 2, ["", ""]),
        ("a\r\nb\r\n", 5, ["a", "b"]),
        ("a\nb\n", 0, []),
        ("x" * 300_000 + "\n" + "y" * 600_000 + "\nz\n", 2, ["y" * 600_000, "z"]),
    ],
)
def test_the_last_lines_are_whole_whatever_their_length(
    tmp_path: Path, content: str, count: int, expected: list[str]
) -> None:
    path = tmp_path / "a.log"
    path.write_bytes(content.encode())
    assert last_lines(path, count) == expected


def test_no_file_has_no_lines(tmp_path: Path) -> None:
    assert last_lines(tmp_path / "none.log", 5) == []


def test_bytes_that_are_no_text_are_shown_as_such(tmp_path: Path) -> None:
    (tmp_path / "a.log").write_bytes(b"ok \xff\xfe\n")
    assert last_lines(tmp_path / "a.log", 1) == ["ok \ufffd\ufffd"]


def test_the_end_of_a_large_log_is_read_without_the_rest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.log"
    with path.open("wb") as file:
        file.seek(4_000_000_000)
        file.write(b"\nlast\n")
    reads = counted(monkeypatch, "pread")
    assert last_lines(path, 1) == ["last"]
    assert sum(len(content) for _, content in reads) == WINDOW + 1


def _ended(**labels: str) -> SessionFacts:
    return SessionFacts("miner_2", "x", None, None, 1, None, 0, labels)


@pytest.mark.parametrize(
    ("log", "err", "words"),
    [
        ("", "Traceback\nConnectionError: refused\n\n", "ConnectionError: refused"),
        (
            "\x1b[34m2026-11-22 12:44:27.847\x1b[39m | \x1b[1m   ERROR   \x1b[0m | bittensor:a.py:3 | a | b\n",
            "",
            "a | b",
        ),
        ("", "", ""),
        ("said\n", "x" * 300, f"{'x' * 197}..."),
        ("\xff\n", "", "\xff"),
    ],
)
def test_last_words_are_standard_errors_before_the_logs(tmp_path: Path, log: str, err: str, words: str) -> None:
    fleet = a_fleet(tmp_path)
    (tmp_path / "logs").mkdir()
    (tmp_path / "logs" / "miner_2.log").write_text(f"an earlier run\n{log}")
    (tmp_path / "logs" / "miner_2.err.log").write_text(f"its error\n{err}")
    assert last_words(fleet, _ended(log_offset="15", err_offset="10")) == words


TRACE = 'Traceback (most recent call last):\n  File "a.py", line 1, in <module>\n    fall()\n'


@pytest.mark.parametrize(
    ("err", "words"),
    [
        (
            f"{TRACE}RuntimeError: \n\nConflict: 'a' is there.\nRemove it:\n    pip uninstall a\nor read it up: x\n",
            "RuntimeError: Conflict: 'a' is there.",
        ),
        (f"{TRACE}a.b.WrongError: 1 field\n  name\n    is missing\n", "a.b.WrongError: 1 field"),
        (f"{TRACE}KeyError: 1\n\nDuring handling of it:\n\n{TRACE}ValueError: 2\n", "ValueError: 2"),
        (f"{TRACE}KeyError: 1\n2026-11-22 12:00:01 | ERROR | no chain\n", "no chain"),
        (f"{TRACE}", "fall()"),
    ],
)
def test_of_a_traceback_the_error_is_said_and_not_the_end_of_its_message(tmp_path: Path, err: str, words: str) -> None:
    (tmp_path / "logs").mkdir()
    (tmp_path / "logs" / "miner_2.err.log").write_text(err)
    assert last_words(a_fleet(tmp_path), _ended(err_offset="0")) == words


def test_without_logs_there_are_no_last_words(tmp_path: Path) -> None:
    assert last_words(a_fleet(tmp_path), _ended()) == ""


def test_several_logs_are_merged_by_time_colours_aside(tmp_path: Path) -> None:
    one, two = tmp_path / "1.log", tmp_path / "2.log"
    one.write_text("\x1b[34m2026-11-22 12:00:01.000\x1b[39m | a\n  its second line\n2026-11-22 12:00:03.000 | c\n")
    two.write_text("2026-11-22 12:00:02.000 | b\n")
    told = [(line.name, line.text[-1]) for line in recent({"one": one, "two": two}, 10)]
    assert told == [("one", "a"), ("one", "e"), ("two", "b"), ("one", "c")]


def test_following_tells_each_line_once_and_whole(tmp_path: Path) -> None:
    path = tmp_path / "a.log"
    path.write_text("old\nhalf of")
    told = followed({"a": path}, add(path, " a line\nnext\nto"), add(path, "rn\n"))
    assert told == [("a", "old"), ("a", "half of a line"), ("a", "next"), ("a", "torn")]


def test_following_waits_for_a_log_that_is_not_there_yet(tmp_path: Path) -> None:
    path = tmp_path / "a.log"
    assert followed({"a": path}, lambda: None, add(path, "first\n")) == [("a", "first")]


def test_following_goes_on_when_a_log_is_cut_off(tmp_path: Path) -> None:
    path = tmp_path / "a.log"
    path.write_text("one\ntwo\nthree\n")
    assert followed({"a": path}, lambda: path.write_text("new\n"), count=0) == [("a", "new")]


def test_following_reads_a_replaced_log_to_its_end_first(tmp_path: Path) -> None:
    path = tmp_path / "a.log"
    path.write_text("one\n")

    def rotate() -> None:
        add(path, "last words\nunfinished")()
        path.rename(tmp_path / "a.log.1")
        path.write_text("fresh, and longer than all that was there before\n")

    assert followed({"a": path}, rotate, count=0) == [
        ("a", "last words"),
        ("a", "unfinished"),
        ("a", "fresh, and longer than all that was there before"),
    ]


def test_two_writers_never_tear_each_others_lines(tmp_path: Path) -> None:
    one, two = tmp_path / "1.log", tmp_path / "2.log"
    told = followed({"one": one, "two": two}, add(one, "aa"), add(two, "bb\n"), add(one, "aa\n"), lambda: None)
    assert told == [("two", "bb"), ("one", "aaaa")]


def test_following_two_hundred_idle_logs_costs_one_stat_of_each_a_round(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    paths = {f"n{number}": tmp_path / f"{number}.log" for number in range(200)}
    for path in paths.values():
        path.write_text("x\n")
    calls = counted(monkeypatch, "stat", "lstat", "fstat", "open", "pread", "read", "scandir", "listdir")
    rounds = 50
    # The first round still finds each file new; its pause begins the count, and as many rounds follow as acts, and one.
    followed(paths, calls.clear, *[lambda: None] * rounds, count=0)
    assert Counter(name for name, _ in calls) == {"stat": (rounds + 1) * len(paths)}
