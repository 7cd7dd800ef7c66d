"""The last lines, and those of a time, out of archives and live files of any size."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest

from netctl.logs import Choice, LogFile, LogPolicy, Source, between, recent, rotate_due
from netctl.logs.archives import folder_of, listing
from netctl.logs.heads import machine_zone
from netctl.logs.places import place_behind, place_of

START = datetime(2026, 11, 22, 12, tzinfo=machine_zone()).timestamp()
SMALL = LogPolicy(rotate_bytes=150_000, keep=100)


def stamped(second: float, text: str, level: str = "INFO") -> str:
    moment = datetime.fromtimestamp(START + second, machine_zone())
    return f"\x1b[34m{moment:%Y-%m-%d %H:%M:%S.%f}\x1b[39m | {level:^16} | {text}\n"


def text_of(lines: Iterator[object]) -> list[str]:
    return [getattr(line, "message") for line in lines]  # noqa: B009


@pytest.fixture(scope="module")
def rotated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An hour of lines, one a second, every tenth with a traceback; the older part in archives of their own times."""
    log = tmp_path_factory.mktemp("rotated") / "a.log"
    for second in range(3600):
        with log.open("a") as file:
            file.write(stamped(second, f"second {second} {'x' * 80}", "ERROR" if second % 10 == 0 else "INFO"))
            if second % 10 == 0:
                file.write("Traceback (most recent call last):\n  in it\n")
        if second % 200 == 0 and rotate_due([log], SMALL):
            newest = listing(folder_of(log))[-1].path
            os.utime(newest, (START + second, START + second))
    assert len(listing(folder_of(log))) >= 2
    os.utime(log, (START + 3600, START + 3600))
    return log


def seconds(lines: Iterator[object]) -> list[int]:
    return [int(found[1]) for text in text_of(lines) if (found := re.match(r"second (\d+)", text))]


@pytest.mark.parametrize(("since", "until"), [(0, 3600), (10, 20), (1000, 1500), (3590, 4000), (3400, 3450), (5000, 1)])
def test_a_time_is_cut_out_exactly(rotated: Path, since: int, until: int) -> None:
    choice = Choice(since=START + since, until=START + until)
    wanted = list(range(since, min(until + 1, 3600)))
    assert seconds(between([Source("a", rotated)], choice)) == wanted
    everything = list(between([Source("a", rotated)], choice))
    assert recent([Source("a", rotated)], 7, choice) == everything[-7:]
    assert seconds(iter(recent([Source("a", rotated)], 10_000, choice))) == wanted


def test_archives_that_are_older_are_not_opened(rotated: Path) -> None:
    oldest = listing(folder_of(rotated))[0]
    assert place_of(LogFile(rotated), oldest.path.stat().st_mtime + 1) == oldest.end
    assert place_of(LogFile(rotated), START) == 0


def test_a_record_comes_with_all_its_lines(rotated: Path) -> None:
    found = recent([Source("a", rotated)], 6, Choice(level="ERROR"))
    assert [line.message[:11] for line in found] == [
        "second 3580",
        "Traceback (",
        "  in it",
        "second 3590",
        "Traceback (",
        "  in it",
    ]
    assert [line.continued for line in found] == [False, True, True] * 2


def test_the_last_that_match_are_found_however_far_back(rotated: Path) -> None:
    found = recent([Source("a", rotated)], 2, Choice(patterns=(re.compile("second [12]00 "),)))
    assert seconds(iter(found)) == [100, 200]


def test_all_lines_are_read_across_archives(rotated: Path) -> None:
    assert seconds(iter(recent({"a": rotated}, 1_000_000))) == list(range(3600))


def test_a_moment_is_found_in_five_gigabytes_by_a_few_looks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A megabyte a second; most of each is one line of NUL bytes, which was never written."""
    log = tmp_path / "huge.log"
    with log.open("wb") as file:
        for second in range(5000):
            file.seek(second * 1_000_000)
            file.write(b"\n" + stamped(second, f"second {second}").encode())
    read: list[int] = []
    original = os.pread

    def counting(file: int, size: int, offset: int) -> bytes:
        content = original(file, size, offset)
        read.append(len(content))
        return content

    monkeypatch.setattr("netctl.logs.logfile.os.pread", counting)
    assert 3_998_000_000 <= place_of(LogFile(log), START + 4000) <= 4_000_000_000
    assert 4_000_000_000 < place_behind(LogFile(log), START + 4000) <= 4_007_000_000
    assert seconds(between({"a": log}, Choice(since=START + 4000, until=START + 4003))) == [4000, 4001, 4002, 4003]
    assert sum(read) < 300_000_000


def test_a_log_without_stamps_is_shown_by_when_it_was_written(tmp_path: Path) -> None:
    log = tmp_path / "a.err.log"
    log.write_text("Killed\nno stamp anywhere\n")
    os.utime(log, (START, START))
    assert text_of(between({"a": log}, Choice(since=START - 60))) == ["Killed", "no stamp anywhere"]
    assert text_of(between({"a": log}, Choice(since=START + 60))) == []


def test_a_rotated_log_without_stamps_too(tmp_path: Path) -> None:
    log = tmp_path / "a.err.log"
    log.write_text("no stamp anywhere\n" * 20_000)
    rotate_due([log], SMALL)
    assert len(list(between({"a": log}, Choice(since=START - 60)))) == 20_000
    archive = listing(folder_of(log))[0]
    os.utime(archive.path, (START - 120, START - 120))
    left = log.read_text().count("\n")
    assert len(list(between({"a": log}, Choice(since=START - 60)))) in (left, left - 1)


def test_standard_error_without_stamps_comes_when_it_was_written(tmp_path: Path) -> None:
    out, err = tmp_path / "a.log", tmp_path / "a.err.log"
    out.write_text(stamped(0, "begins") + stamped(10, "goes on"))
    err.write_text("ValueError: its end\n")
    os.utime(err, (START + 11, START + 11))
    found = recent([Source("a", err, "stderr"), Source("a", out)], 10)
    assert [(line.stream, line.message) for line in found] == [
        ("stdout", "begins"),
        ("stdout", "goes on"),
        ("stderr", "ValueError: its end"),
    ]


def test_many_logs_are_merged_as_they_are_read(tmp_path: Path) -> None:
    paths = {f"n{number}": tmp_path / f"{number}.log" for number in range(5)}
    for number, path in enumerate(paths.values()):
        path.write_text("".join(stamped(second, f"second {second}\n  more") for second in range(number, 300, 5)))
    assert seconds(between(paths, Choice())) == list(range(300))


def test_the_end_of_a_long_line_is_no_line_of_its_own(tmp_path: Path) -> None:
    log = tmp_path / "a.log"
    log.write_text(stamped(0, "x" * 230_000) + stamped(1, "short"))
    found = recent({"a": log}, 2)
    assert [len(line.message) for line in found] == [230_000, 5]


def test_unreadable_logs_are_named(tmp_path: Path) -> None:
    from netctl.errors import NetctlError

    (tmp_path / "a.log").mkdir()
    with pytest.raises(NetctlError, match=r"a\.log: cannot be read"):
        recent({"a": tmp_path / "a.log"}, 1)
