"""The head of a line: when it was written, how loud, and where its message begins.

As RESI, bittensor, loguru and Python's logging write it; colours may stand anywhere in it.
"""

from __future__ import annotations

import re
from contextlib import suppress
from datetime import UTC, datetime, tzinfo
from functools import cache, lru_cache
from pathlib import Path
from typing import NamedTuple
from zoneinfo import ZoneInfo

LEVELS = {
    "TRACE": 5,
    "DEBUG": 10,
    "INFO": 20,
    "SUCCESS": 25,
    "WARNING": 30,
    "ERROR": 40,
    "CRITICAL": 50,
}
HEAD = 400
_OTHER_WORDS = {b"WARN": "WARNING", b"FATAL": "CRITICAL"}
_WORD_OF = {word.encode(): word for word in LEVELS} | _OTHER_WORDS
_WORDS = rb"TRACE|DEBUG|INFO|SUCCESS|WARNING|WARN|ERROR|CRITICAL|FATAL"
_PAINT = rb"(?:\x1b\[[0-9;]*m)*"
_COLOUR = re.compile(rb"\x1b\[[0-9;]*m")
_STAMP = (
    rb"[\[(\s\x00]*(\d{4}-\d\d-\d\d[ T]\d\d:\d\d)(?::(\d\d(?:[.,]\d{1,9})?))?"
    rb"\s?(Z|[+-]\d\d:?\d\d(?=\D|$))?"
)
_STAMPED = re.compile(_STAMP)
_USUAL = re.compile(
    rb"(?:\x1b\[[0-9;]*+m)*+(\d\d\d\d-\d\d-\d\d[ T]\d\d:\d\d):(\d\d\.\d++)"
    rb"(?:\x1b\[[0-9;]*+m|[ |]++)++([A-Z]++)(?:\x1b\[[0-9;]*+m| ++)*+\| (?:\x1b\[[0-9;]*+m)*+"
    rb"(?:[^\s:]++:[^\s:]*+:\d++ [|-] |\S+:\S*:\d+ [|-] )?"
)
"""What bittensor and loguru write, read in one go."""

_PREFIX = re.compile(
    _PAINT + rb"[\[(\s\x00]*\d{4}-\d\d-\d\d[ T][\d:.,]+\s?(?:Z|[+-]\d\d:?\d\d)?\]?" + _PAINT + rb"\s*"
    rb"(?:\x1b\[[0-9;]*m|[|\-\[ ])*\s*(?:[A-Za-z]+(?:\x1b\[[0-9;]*m|\s)*[|\-\]:]\s*)?"
    + _PAINT
    + rb"(?:\S+:\S*:\d+\s[|\-]\s)?"
)
_LEVEL = re.compile(rb"(?<![A-Za-z_])(" + _WORDS + rb")(?![A-Za-z_])|(?:\[|level=)(?i:(" + _WORDS + rb"))\b")
_BARE_LEVEL = re.compile(rb"[\[\s\x00]*(" + _WORDS + rb")\]?\s*[:|\]]")
_LEVEL_WITHIN = 120
_CRASH = re.compile(
    rb"Traceback \(most recent call last\)|Exception in thread |Exception ignored in|Fatal Python error"
)


class Head(NamedTuple):
    """`time` in seconds since the epoch, `level` one of LEVELS, and the `length` in bytes of what precedes the message.

    None where the line does not say. `is_crash`: it begins what Python writes of an exception.
    """

    time: float | None = None
    level: str | None = None
    length: int = 0
    is_crash: bool = False


_NONE = Head()
_OF_A_CRASH = Head(is_crash=True)


def usual_head(block: bytes, start: int, end: int) -> tuple[float, str, int] | None:
    """Of a line within a block: time, level and where its message begins, if it is as bittensor and loguru write."""
    found = _USUAL.match(block, start, min(end, start + HEAD))
    if found is None:
        return None
    minute, second, word = found.groups()
    try:
        return _minute(minute) + float(second), _WORD_OF[word], found.end()
    except (ValueError, KeyError):
        return None


def head_of(line: bytes) -> Head:
    """The head of one line, of which the first HEAD bytes are looked at."""
    usual = usual_head(line, 0, len(line))
    if usual is not None:
        time, level, begin = usual
        return Head(time, level, begin)
    head = line[:HEAD]
    if b"\x1b" in head:
        head = _COLOUR.sub(b"", head)
    moment = moment_in(head)
    if moment is not None:
        prefix = _PREFIX.match(line)
        return Head(moment, _level_behind(head), 0 if prefix is None else prefix.end())
    if bare := _BARE_LEVEL.match(head):
        return Head(None, _WORD_OF[bare[1]])
    return _OF_A_CRASH if _CRASH.match(head) else _NONE


def moment_in(head: bytes) -> float | None:
    """Seconds since the epoch of the stamp that a line begins with, colours taken out before; None without one."""
    found = _STAMPED.match(head)
    if found is None:
        return None
    minute, seconds, zone = found.groups()
    try:
        since_minute = float((seconds or b"0").replace(b",", b"."))
        return _minute(minute, zone or b"") + since_minute
    except ValueError:
        return None


@cache
def machine_zone() -> tzinfo:
    """The machine's zone, in which neurons write: they do not get the operator's TZ."""
    with suppress(OSError, ValueError), Path("/etc/localtime").open("rb") as file:
        return ZoneInfo.from_file(file)
    return UTC


@lru_cache(maxsize=4096)
def _minute(minute: bytes, zone: bytes = b"") -> float:
    moment = datetime.fromisoformat(f"{minute.decode()}{zone.decode()}")
    return (moment if moment.tzinfo else moment.replace(tzinfo=machine_zone())).timestamp()


def _level_behind(head: bytes) -> str | None:
    found = _LEVEL.search(head, 10, 23 + _LEVEL_WITHIN)
    return None if found is None else _WORD_OF[(found[1] or found[2]).upper()]
