"""The log of what is selected: both streams, another at once when another is selected, and a flood held in bounds."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from netctl.cli.watch.tail import KEPT, Tail, Taken, _Turned
from netctl.logs import LogLine, Source

pytestmark = pytest.mark.slow

PATIENCE_S = 60.0


class Reader:
    """Takes whenever the tail says that there is something."""

    def __init__(self) -> None:
        self.told = threading.Event()
        self.tail = Tail(self.told.set)
        self.tail.start()
        self.lines: list[str] = []
        self.passed = 0

    def until(self, holds: Callable[[Taken], bool]) -> Taken:
        """The first take of which it holds."""
        deadline = time.monotonic() + PATIENCE_S
        while time.monotonic() < deadline:
            assert self.told.wait(PATIENCE_S)
            self.told.clear()
            taken = self.tail.take()
            self.lines += [line.plain for line in taken.lines]
            self.passed += taken.passed
            if holds(taken):
                return taken
        raise AssertionError("nothing of the kind was told")


def _sources(folder: Path, name: str) -> tuple[Source, Source]:
    return Source(name, folder / f"{name}.log"), Source(name, folder / f"{name}.err.log", "stderr")


def _write(folder: Path, name: str, *lines: str) -> None:
    with (folder / name).open("a", encoding="utf-8") as file:
        file.write("".join(f"{line}\n" for line in lines))


def test_both_streams_are_read_and_followed(tmp_path: Path) -> None:
    _write(tmp_path, "miner_1.log", "2026-11-29 06:00:00.000 | INFO | a:1 | one")
    _write(tmp_path, "miner_1.err.log", "2026-11-29 06:00:01.000 | ERROR | a:1 | two")
    reader = Reader()
    number = reader.tail.select(_sources(tmp_path, "miner_1"))
    reader.until(lambda _: len(reader.lines) == 2)
    assert [line[-3:] for line in reader.lines] == ["one", "two"]
    _write(tmp_path, "miner_1.log", "three")
    taken = reader.until(lambda _: len(reader.lines) == 3)
    assert (taken.selection, reader.lines[-1]) == (number, "three")


def test_what_is_selected_then_is_read_and_the_other_no_more(tmp_path: Path) -> None:
    _write(tmp_path, "miner_1.log", "of the first")
    _write(tmp_path, "miner_2.log", "of the second")
    reader = Reader()
    reader.tail.select(_sources(tmp_path, "miner_1"))
    reader.until(lambda _: reader.lines == ["of the first"])
    second = reader.tail.select(_sources(tmp_path, "miner_2"))
    assert reader.until(lambda _: len(reader.lines) == 2).selection == second
    _write(tmp_path, "miner_1.log", "late")
    _write(tmp_path, "miner_2.log", "last")
    reader.until(lambda _: len(reader.lines) == 3)
    assert reader.lines == ["of the first", "of the second", "last"]


def test_a_selection_that_is_changed_at_once_is_not_read(tmp_path: Path) -> None:
    for number in range(1, 40):
        _write(tmp_path, f"miner_{number}.log", f"of {number}")
    reader = Reader()
    for number in range(1, 40):
        last = reader.tail.select(_sources(tmp_path, f"miner_{number}"))
    taken = reader.until(lambda taken: bool(taken.lines))
    assert (taken.selection, reader.lines) == (last, ["of 39"])


def test_of_a_flood_the_last_lines_are_kept_and_the_others_counted(tmp_path: Path) -> None:
    _write(tmp_path, "miner_1.log", "begin")
    reader = Reader()
    reader.tail.select(_sources(tmp_path, "miner_1"))
    reader.until(lambda _: reader.lines == ["begin"])
    count = 40 * KEPT
    _write(tmp_path, "miner_1.log", *map(str, range(count)))

    def is_through(taken: Taken) -> bool:
        assert len(taken.lines) <= KEPT
        return reader.lines[-1] == str(count - 1)

    reader.until(is_through)
    assert len(reader.lines) - 1 + reader.passed == count


def test_a_line_of_what_was_selected_before_is_none_of_the_next(tmp_path: Path) -> None:
    tail = Tail(lambda: None)
    first = tail.select(_sources(tmp_path, "miner_1"))
    tail.select(_sources(tmp_path, "miner_2"))
    with pytest.raises(_Turned):
        tail._keep(LogLine("miner_1", b"late"), first)
    assert tail.take().lines == []


def test_a_log_that_cannot_be_read_is_said_and_read_once_it_can_be(tmp_path: Path) -> None:
    (tmp_path / "miner_1.log").mkdir()
    reader = Reader()
    reader.tail.select(_sources(tmp_path, "miner_1"))
    assert "cannot be read" in str(reader.until(lambda taken: taken.problem is not None).problem)
    (tmp_path / "miner_1.log").rmdir()
    _write(tmp_path, "miner_1.log", "well")
    reader.until(lambda _: "well" in reader.lines)
