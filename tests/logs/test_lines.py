"""What a line says of itself, in the formats that neurons write."""

from __future__ import annotations

import re
from datetime import datetime

import pytest

from netctl.logs import Choice, when
from netctl.logs.heads import machine_zone
from netctl.logs.lines import LONGEST_LINE, LogLine, Record, split

pytestmark = pytest.mark.fast

RESI = (
    "\x1b[34m2026-11-22 12:44:27.847\x1b[39m | \x1b[1m\x1b[32m    SUCCESS     \x1b[39m\x1b[49m\x1b[0m | "
    "bittensor:miner_scorer.py:247 | Evaluated Miner 1. Score=711.99"
)


def at(text: str) -> float:
    """The epoch of a time in the machine's zone."""
    moment = datetime.fromisoformat(text)
    return (moment if moment.tzinfo else moment.replace(tzinfo=machine_zone())).timestamp()


def read(text: str) -> LogLine:
    return Record("a").line(text.encode())


@pytest.mark.parametrize(
    ("text", "time", "level", "message"),
    [
        (RESI, "2026-11-22 12:44:27.847", "SUCCESS", "Evaluated Miner 1. Score=711.99"),
        ("2026-11-22 12:44:27.847 |     INFO     | a | b", "2026-11-22 12:44:27.847", "INFO", "a | b"),
        (
            "2026-11-22 12:44:27.847 | WARNING  | app.mod:run:12 - an ERROR of theirs",
            "2026-11-22 12:44:27.847",
            "WARNING",
            "an ERROR of theirs",
        ),
        ("2026-11-22 12:44:27,847 - my.name - ERROR - no", "2026-11-22 12:44:27.847", "ERROR", "my.name - ERROR - no"),
        ("2026-11-22 12:44:27,847 [CRITICAL] no", "2026-11-22 12:44:27.847", "CRITICAL", "no"),
        ("2026-11-22T12:44:27.5Z [warn     ] went", "2026-11-22 12:44:27.5+00:00", "WARNING", "went"),
        ("[2026-11-22 12:44:27+02:00] hello", "2026-11-22 12:44:27+02:00", None, "hello"),
        ("2026-11-22 12:44 DEBUG x", "2026-11-22 12:44", "DEBUG", None),
        ("\0\0\x002026-11-22 12:44:27 | INFO | x", "2026-11-22 12:44:27", "INFO", "x"),
        ("INFO:     Uvicorn runs", None, "INFO", None),
        ("WARNING:root:careful", None, "WARNING", None),
        ("2026-13-45 12:44:27 | INFO | no such day", None, None, None),
        ("INFORMATION is no level", None, None, None),
        ("Traceback (most recent call last):", None, "ERROR", "Traceback (most recent call last):"),
    ],
)
def test_time_level_and_message_are_read(text: str, time: str | None, level: str | None, message: str | None) -> None:
    line = read(text)
    assert (line.time, line.level) == (None if time is None else at(time), level)
    if message is not None:
        assert line.message == message


def test_a_line_without_a_stamp_is_its_forerunners() -> None:
    record = Record("a")
    texts = [RESI, "Traceback (most recent call last):", '  File "x", line 1', "2026-11-22 12:44:28.000 | INFO | y"]
    lines = [record.line(text.encode()) for text in texts]
    assert [line.continued for line in lines] == [False, True, True, False]
    assert [line.level for line in lines] == ["SUCCESS", "ERROR", "ERROR", "INFO"]
    assert {line.time for line in lines[:3]} == {at("2026-11-22 12:44:27.847")}
    assert lines[2].message == '  File "x", line 1'


def test_a_torn_traceback_and_broken_bytes_are_told_as_they_are() -> None:
    torn = b"Exception in thread Thread-10 (eval)2026-11-22 13:12:42.690 | INFO | x \xff\xfe\0\r"
    line = Record("a").line(torn)
    assert line.level == "ERROR"
    assert line.text == "Exception in thread Thread-10 (eval)2026-11-22 13:12:42.690 | INFO | x \ufffd\ufffd\0"
    assert line.raw == torn


@pytest.mark.parametrize("size", [1, 3, 7, 1000])
def test_lines_are_the_same_however_they_are_read(size: int) -> None:
    content = b"a\n\nbb\r\n" + b"c" * 50 + b"\nend"
    chunks = [content[start : start + size] for start in range(0, len(content), size)]
    assert list(split(chunks)) == [b"a", b"", b"bb\r", b"c" * 50, b"end"]


def test_a_line_without_an_end_does_not_fill_the_memory() -> None:
    chunk = b"x" * (1024 * 1024)
    pieces = list(split(chunk for _ in range(20)))
    assert max(map(len, pieces)) <= LONGEST_LINE + len(chunk)
    assert sum(map(len, pieces)) == 20 * len(chunk)


@pytest.mark.parametrize(
    ("word", "moment"),
    [
        ("10m", "2026-11-28 11:50:00"),
        ("1h30m", "2026-11-28 10:30:00"),
        ("11:15", "2026-11-28 11:15:00"),
        ("12:30", "2026-11-27 12:30:00"),
        ("2026-11-20", "2026-11-20 00:00:00"),
        ("2026-11-20T08:00", "2026-11-20 08:00:00"),
        ("2026-11-20T08:00:00Z", "2026-11-20 08:00:00+00:00"),
    ],
)
def test_a_time_is_meant_as_the_logs_write_it(word: str, moment: str) -> None:
    assert when(word, now=at("2026-11-28 12:00:00")) == at(moment)


@pytest.mark.parametrize("word", ["soon", "10", "25:00", "2026-99-01", ""])
def test_what_is_no_time_is_refused(word: str) -> None:
    with pytest.raises(ValueError):
        when(word, now=0)


def test_levels_and_patterns_choose_together() -> None:
    record = Record("a")
    lines = [
        record.line(f"2026-11-22 12:44:2{second} | {level} | Scraping {zipcode}".encode())
        for second, (level, zipcode) in enumerate([("DEBUG", 1), ("WARNING", 1), ("ERROR", 2), ("CRITICAL", 1)])
    ]
    choice = Choice(patterns=(re.compile("nothing"), re.compile(r"\| Scraping 1$")), level="WARNING")
    assert [line.level for line in lines if choice.takes(line)] == ["WARNING", "CRITICAL"]


def test_colours_do_not_hide_a_word_from_a_pattern() -> None:
    assert Choice(patterns=(re.compile(r"27\.847 \| +SUCCESS"),)).takes(read(RESI))
