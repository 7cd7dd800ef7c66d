"""Following logs that are rotated between two looks, and lines of many logs in the order of time."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from netctl.errors import NetctlError
from netctl.logs import Choice, LogPolicy, Source, follow, rotate_due
from netctl.logs.archives import folder_of, listing
from tests.files.test_logs import Script, add

pytestmark = pytest.mark.fast

SMALL = LogPolicy(rotate_bytes=100_000, keep=3)
STAMP = "2026-11-22 12:00:{:02}.000 | INFO | {}\n"


def told(sources: dict[str, Path], *acts: Callable[[], object], count: int | None = 0, **how: object) -> list[str]:
    """What a follower tells while these things happen, one at each of its pauses."""
    found: list[str] = []
    with pytest.raises(StopAsyncIteration):
        found.extend(line.text for line in follow(sources, count=count, sleep=Script(*acts), **how))  # type: ignore[arg-type]
    return found


def rotate(path: Path, *, idle: bool = False) -> Callable[[], object]:
    return lambda: rotate_due([path], SMALL, idle=[path] if idle else ())


def many(begin: int, end: int) -> str:
    return "".join(f"line {number:05} {'x' * 90}\n" for number in range(begin, end))


def numbers(lines: list[str]) -> list[int]:
    return [int(line.split()[1]) for line in lines]


@pytest.mark.parametrize("idle", [False, True])
def test_what_went_into_archives_between_two_looks_is_told(tmp_path: Path, *, idle: bool) -> None:
    path = tmp_path / "a.log"
    path.touch()
    write = add(path, many(0, 2500)), rotate(path, idle=idle), add(path, many(2500, 5000)), rotate(path, idle=idle)

    def all_at_once() -> None:
        for act in write:
            act()

    assert numbers(told({"a": path}, all_at_once, add(path, many(5000, 5010)))) == list(range(5010))


@pytest.mark.parametrize("idle", [False, True])
def test_nothing_is_told_twice_when_what_was_told_is_archived(tmp_path: Path, *, idle: bool) -> None:
    path = tmp_path / "a.log"
    path.touch()
    acts = add(path, many(0, 2500)), rotate(path, idle=idle), add(path, many(2500, 2600)), rotate(path, idle=idle)
    assert numbers(told({"a": path}, *acts, add(path, many(2600, 2601)))) == list(range(2601))


def test_what_was_forgotten_between_two_looks_is_passed_over(tmp_path: Path) -> None:
    path = tmp_path / "a.log"
    path.touch()

    def far_ahead() -> None:
        for begin in range(0, 20_000, 2000):
            add(path, many(begin, begin + 2000))()
            rotate(path)()

    found = told({"a": path}, far_ahead)
    assert len(listing(folder_of(path))) == 3
    assert numbers(found[1:]) == list(range(20_000 - len(found) + 1, 20_000))
    assert len(found) < 10_000


def test_an_archive_that_cannot_be_read_does_not_stop_it(tmp_path: Path) -> None:
    path = tmp_path / "a.log"
    path.touch()

    def broken() -> None:
        add(path, many(0, 2000))()
        rotate(path)()
        listing(folder_of(path))[0].path.write_bytes(b"no gzip")

    found = told({"a": path}, broken, add(path, many(2000, 2010)))
    assert numbers(found[-10:]) == list(range(2000, 2010))


def test_lines_of_many_logs_are_held_until_older_ones_can_have_come(tmp_path: Path) -> None:
    one, two = tmp_path / "1.log", tmp_path / "2.log"
    one.touch()
    two.touch()
    found = told(
        {"one": one, "two": two},
        add(one, STAMP.format(2, "second") + "  goes on\n" + STAMP.format(4, "fourth")),
        add(two, STAMP.format(1, "first") + STAMP.format(3, "third")),
        lambda: None,
        lambda: None,
    )
    assert [text.split()[-1] for text in found] == ["first", "second", "on", "third", "fourth"]


def test_a_backlog_is_told_in_order_too(tmp_path: Path) -> None:
    """Three megabytes each are more than is read at once: what one log has early is not told before the other's."""
    paths = {name: tmp_path / f"{name}.log" for name in ("one", "two")}
    for path in paths.values():
        path.touch()

    def both() -> None:
        for place, path in enumerate(paths.values()):
            seconds = range(place, 60, 2)
            path.write_text(
                "".join(STAMP.format(s, "x" * 100) * 700 if place else STAMP.format(s, "y") for s in seconds)
            )

    found = told(paths, both, lambda: None, lambda: None)
    stamps = [text[:19] for text in found]
    assert stamps == sorted(stamps)
    assert len(found) == 30 * 700 + 30


def test_a_level_holds_for_the_lines_of_a_record_that_began_before(tmp_path: Path) -> None:
    path = tmp_path / "a.log"
    path.write_text(STAMP.format(1, "x").replace("INFO", "ERROR"))
    acts = add(path, "  its traceback goes on\n"), add(path, STAMP.format(2, "quiet"))
    assert told({"a": path}, *acts, choice=Choice(level="ERROR")) == ["  its traceback goes on"]


def test_all_of_a_time_and_then_what_comes(tmp_path: Path) -> None:
    path = tmp_path / "a.log"
    path.write_text(many(0, 500))
    assert numbers(told({"a": path}, add(path, many(500, 505)), count=None, choice=Choice(since=1.0))) == list(
        range(505)
    )


def test_a_log_that_may_not_be_read_is_named(tmp_path: Path) -> None:
    (tmp_path / "a.log").mkdir()
    with pytest.raises(NetctlError, match=r"a\.log: cannot be read"):
        next(follow([Source("a", tmp_path / "a.log")], count=1))


def test_a_follower_at_rest_opens_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.log"
    path.write_text("x\n")
    opened: list[object] = []

    def rest() -> None:
        monkeypatch.setattr("netctl.logs.following.read_live", lambda *_: opened.append(1))

    told({"a": path}, lambda: None, rest, *[lambda: None] * 5)
    assert opened == []
