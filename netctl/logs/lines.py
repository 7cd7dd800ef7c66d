"""Lines of a log, and the records that they make."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Literal

from netctl.logs.heads import LEVELS, head_of

Stream = Literal["stdout", "stderr"]

LONGEST_LINE = 8 * 1024 * 1024
_TEXT_COLOUR = re.compile(r"\x1b\[[0-9;]*m")


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
        return self.plain if self.continued else without_prefix(self.raw)


def without_colours(text: str) -> str:
    """The text without what sets colours on a terminal."""
    return _TEXT_COLOUR.sub("", text) if "\x1b" in text else text


def without_prefix(line: bytes) -> str:
    """What a line says behind its stamp, level and place in the code, without colours."""
    return without_colours(line[head_of(line).length :].rstrip(b"\r").decode("utf-8", errors="replace"))


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
        head = head_of(raw)
        if head.time is not None:
            self.time, self.level, self.is_known = head.time, head.level, True
            return LogLine(self.name, raw, self.stream, self.time, self.level)
        if head.level is not None:
            self.level, self.is_known = head.level, True
            return LogLine(self.name, raw, self.stream, self.time, self.level)
        if head.is_crash and LEVELS.get(self.level or "", 0) < LEVELS["WARNING"]:
            self.level, self.is_known = "ERROR", True
        return LogLine(self.name, raw, self.stream, self.time, self.level, continued=True)


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
