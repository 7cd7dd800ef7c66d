"""What a line of a log says of itself: when and how loud, as RESI, bittensor, loguru and Python's logging write it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo
from functools import cache, lru_cache
from pathlib import Path
from typing import Literal
from zoneinfo import ZoneInfo

Stream = Literal["stdout", "stderr"]

LEVELS = {
    "TRACE": 5,
    "DEBUG": 10,
    "INFO": 20,
    "SUCCESS": 25,
    "WARNING": 30,
    "ERROR": 40,
    "CRITICAL": 50,
}
LONGEST_LINE = 8 * 1024 * 1024
_OTHER_WORDS = {"WARN": "WARNING", "FATAL": "CRITICAL"}
_WORDS = rb"TRACE|DEBUG|INFO|SUCCESS|WARNING|WARN|ERROR|CRITICAL|FATAL"
HEAD = 400
_COLOUR = re.compile(rb"\x1b\[[0-9;]*m")
_TEXT_COLOUR = re.compile(r"\x1b\[[0-9;]*m")
_STAMP = re.compile(
    rb"[\[(\s\x00]*(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d)(?::(\d\d(?:[.,]\d{1,9})?))?\s?(Z|[+-]\d\d:?\d\d(?=\D|$))?"
)
_LEVEL = re.compile(rb"(?<![A-Za-z_])(" + _WORDS + rb")(?![A-Za-z_])|(?:\[|level=)(?i:(" + _WORDS + rb"))\b")
_BARE_LEVEL = re.compile(rb"[\[\s\x00]*(" + _WORDS + rb")\]?\s*[:|\]]")
_LEVEL_WITHIN = 120
_CRASH = re.compile(
    rb"Traceback \(most recent call last\)|Exception in thread |Exception ignored in|Fatal Python error"
)
_PREFIX = re.compile(
    r"^[\[(\s\x00]*\d{4}-\d\d-\d\d[ T][\d:.,]+\s?(?:Z|[+-]\d\d:?\d\d)?\]?\s*"
    r"[|\-\[ ]*\s*(?:[A-Za-z]+\s*[|\-\]:]\s*)?(?:\S+:\S*:\d+\s[|\-]\s)?"
)


@dataclass(frozen=True, slots=True)
class LogLine:
    """One line, without its end, and whose log it is from.

    `time` (seconds since the epoch) and `level` are its own or, where it is `continued`, its forerunner's; None where
    nothing says.
    """

    name: str
    raw: bytes = field(repr=False)
    stream: Stream = "stdout"
    time: float | None = None
    level: str | None = None
    continued: bool = False

    @property
    def text(self) -> str:
        """The line with its colours; bytes that are no UTF-8 are replaced."""
        return self.raw.rstrip(b"\r").decode("utf-8", errors="replace")

    @property
    def plain(self) -> str:
        """The line without colours."""
        return without_colours(self.text)

    @property
    def message(self) -> str:
        """The line without colours, stamp, level and place."""
        return self.plain if self.continued else without_prefix(self.plain)


def without_colours(text: str) -> str:
    """The text without what sets colours on a terminal."""
    return _TEXT_COLOUR.sub("", text) if "\x1b" in text else text


def without_prefix(plain: str) -> str:
    """What a line says behind its stamp, level and place in the code."""
    return plain[found.end() :] if (found := _PREFIX.match(plain)) else plain


@dataclass(slots=True)
class Record:
    """Goes through the lines of one log in order: one without a stamp is its forerunner's."""

    name: str
    stream: Stream = "stdout"
    time: float | None = None
    level: str | None = None
    is_known: bool = False
    """Whether a line has said yet what it is."""

    def line(self, raw: bytes) -> LogLine:
        """The next line, read."""
        head = raw[:HEAD]
        if b"\x1b" in head:
            head = _COLOUR.sub(b"", head)
        moment = moment_in(head)
        if moment is not None:
            self.time, self.level, self.is_known = moment, _level_behind(head), True
            return LogLine(self.name, raw, self.stream, self.time, self.level)
        if bare := _BARE_LEVEL.match(head):
            self.level, self.is_known = _word(bare[1]), True
            return LogLine(self.name, raw, self.stream, self.time, self.level)
        if _CRASH.match(head) and LEVELS.get(self.level or "", 0) < LEVELS["WARNING"]:
            self.level, self.is_known = "ERROR", True
        return LogLine(self.name, raw, self.stream, self.time, self.level, continued=True)


def moment_in(head: bytes) -> float | None:
    """Seconds since the epoch of the stamp that a line begins with, colours taken out before; None without one."""
    found = _STAMP.match(head)
    if found is None:
        return None
    day, minute, seconds, zone = found.groups()
    try:
        since_minute = float((seconds or b"0").replace(b",", b"."))
        return _minute(day, minute, zone or b"") + since_minute
    except ValueError:
        return None


def split(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Whole lines, the last one also where it has no end; one beyond 8 MiB comes in pieces."""
    torn: list[bytes] = []
    length = 0
    for chunk in chunks:
        first, *more = chunk.split(b"\n")
        torn.append(first)
        length += len(first)
        if more:
            yield b"".join(torn)
            yield from more[:-1]
            torn, length = [more[-1]], len(more[-1])
        elif length > LONGEST_LINE:
            yield b"".join(torn)
            torn, length = [], 0
    if rest := b"".join(torn):
        yield rest


@cache
def machine_zone() -> tzinfo:
    """The machine's zone, in which neurons write: they do not get the operator's TZ."""
    with suppress(OSError, ValueError), Path("/etc/localtime").open("rb") as file:
        return ZoneInfo.from_file(file)
    return UTC


@lru_cache(maxsize=4096)
def _minute(day: bytes, minute: bytes, zone: bytes) -> float:
    moment = datetime.fromisoformat(f"{day.decode()}T{minute.decode()}{zone.decode()}")
    return (moment if moment.tzinfo else moment.replace(tzinfo=machine_zone())).timestamp()


def _level_behind(head: bytes) -> str | None:
    found = _LEVEL.search(head, 10, 23 + _LEVEL_WITHIN)
    return None if found is None else _word(found[1] or found[2])


def _word(found: bytes) -> str:
    word = found.decode().upper()
    return _OTHER_WORDS.get(word, word)
