"""What is added to many logs at once, told in the order of time; waiting costs one stat for each file."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from typing import BinaryIO

from netctl.logs.choice import EVERYTHING, Choice
from netctl.logs.lines import LONGEST_LINE, LogLine, Record
from netctl.logs.logfile import LogFile, read_live
from netctl.logs.reading import Source, Sources, between_until, in_order, keyed, last, readable, sources_of, written_at

PAUSE_S = 0.2
HOLD_S = 0.05
"""How long lines of many logs are held back, for one that is older to come from another."""
AT_ONCE = 1024 * 1024
CHUNK = 256 * 1024


def follow(
    sources: Sources,
    *,
    count: int | None = 10,
    choice: Choice = EVERYTHING,
    pause_s: float = PAUSE_S,
    sleep: Callable[[float], None] = time.sleep,
) -> Generator[LogLine, None, None]:
    """The recent wanted lines (all of them where `count` is None), then every line as it is completed, for ever.

    A log may appear, be rotated, shrink or be replaced meanwhile. A line is told when it is whole, so two neurons
    never tear each other's. Close the generator to end it.
    """
    tails = [_Tail(source) for source in sources_of(sources)]
    try:
        starts = {tail: tail.start(knows_record=choice.asks_the_record) for tail in tails}
        yield from in_order(
            keyed(_before(tail.source, starts[tail], count, choice), written_at(tail.source.path)) for tail in tails
        )
        queue = _Queue(tails)
        while True:
            yield from (line for line in queue.ready() if choice.takes(line))
            if not queue.is_behind:
                sleep(min(HOLD_S, pause_s) if queue.held else pause_s)
    finally:
        for tail in tails:
            tail.close()


def _before(source: Source, end: int, count: int | None, choice: Choice) -> Iterator[LogLine]:
    if count is None:
        return between_until(source, choice, end)
    return iter(last(source, count, choice, end=end))


@dataclass(slots=True)
class _Queue:
    """Lines of many logs until it is certain, as far as it can be, that no older one is still to come."""

    tails: list[_Tail]
    held: list[tuple[float, LogLine]] = field(default_factory=list)
    is_behind: bool = False

    def ready(self) -> list[LogLine]:
        """Read what is new, and return what can be told in order; what was held back before is among it."""
        slowest = min((tail.key for tail in self.tails if tail.has_more), default=float("inf"))
        news = [item for tail in self.tails if tail.key <= slowest for item in tail.news()]
        behind = [tail.key for tail in self.tails if tail.has_more]
        self.is_behind = bool(behind)
        if len(self.tails) == 1:
            return [line for _, line in news]
        known = max((key for key, _ in self.held), default=float("-inf"))
        until = min(behind) if behind else known
        pool = sorted([*self.held, *news], key=lambda item: item[0])
        self.held = [item for item in pool if item[0] > until]
        return [line for key, line in pool if key <= until]


class _Tail:
    """A place in one log. Its file is held open, so that what a replaced file still had is not lost."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.key = float("-inf")
        self.has_more = False
        self._log = LogFile(source.path)
        self._place = str(source.path)
        self._record = Record(source.name, source.stream)
        self._file: BinaryIO | None = None
        self._base = 0
        self._at = 0
        self._torn = b""
        self._seen: tuple[int, int, int] | None = None

    def start(self, *, knows_record: bool) -> int:
        """Stand behind the last whole line that is there now, and say where that is."""
        with readable(self.source.path):
            self._open()
            found = self._log.layout()
            self._base, self._at = found.base, self._whole_until(found.begin, found.end)
        for line in last(self.source, 1, end=self._at) if knows_record else ():
            self._record.time, self._record.level = line.time, line.level
        return self._at

    def news(self) -> Iterator[tuple[float, LogLine]]:
        """Lines completed since the last time, each with the time to sort it by, which never goes back.

        What comes before any stamp is as old as its reading, but no younger than the first that has one.
        """
        with readable(self.source.path):
            lines = list(self._completed())
        if not lines:
            return
        unstamped = min(time.time(), *(line.time for line in lines if line.time is not None), float("inf"))
        for line in lines:
            self.key = max(self.key, unstamped if line.time is None else line.time)
            yield self.key, line

    def _completed(self) -> Iterator[LogLine]:
        """Lines completed since the last time, across rotation, truncation and replacement."""
        status = _status(self._place)
        if status is not None and status == self._seen and not self.has_more:
            return
        self._seen = status
        if self._file is not None and (status is None or status[0] != os.fstat(self._file.fileno()).st_ino):
            yield from self._of_replaced(is_gone=status is None)
        if status is None:
            return
        if self._file is None:
            self._open()
        if self._file is None:
            return
        looked = read_live(self.source.path, self._file.fileno(), self._at, AT_ONCE)
        if looked is None:
            self._seen = None
            return
        found, content = looked
        if found.end < self._at:
            yield from self._broken_off()
            self._at = found.fresh
        # What lies in archives by now is read there, and what was cut off again from where it begins.
        until = min(self._at + AT_ONCE, found.end)
        news = [(self._at, content)] if content else self._log.chunks(self._at, until)
        for offset, part in news:
            if offset > self._at:
                yield from self._broken_off()
            self._at = offset + len(part)
            yield from self._lines(part)
        # Also past an archive that cannot be read.
        self._at = max(self._at, until)
        self._base, self.has_more = found.base, self._at < found.end

    def close(self) -> None:
        if self._file is not None:
            self._file.close()
        self._file = None

    def _of_replaced(self, *, is_gone: bool) -> Iterator[LogLine]:
        """The rest of a file that no longer is the log, unless rotation put it where it is read anyway."""
        if self._file is None or self._log.layout().base != self._base:
            self.close()
            return
        self._file.seek(self._at - self._base)
        while content := self._file.read(CHUNK):
            self._at += len(content)
            yield from self._lines(content)
        if not is_gone:
            yield from self._broken_off()
            self.close()
            self._at = self._base

    def _lines(self, content: bytes) -> Iterator[LogLine]:
        *whole, self._torn = (self._torn + content).split(b"\n")
        if len(self._torn) > LONGEST_LINE:
            whole, self._torn = [*whole, self._torn], b""
        for raw in whole:
            yield self._record.line(raw)

    def _broken_off(self) -> Iterator[LogLine]:
        """What no more will come to."""
        if self._torn:
            torn, self._torn = self._torn, b""
            yield self._record.line(torn)

    def _open(self) -> None:
        with suppress(OSError):
            self._file = self.source.path.open("rb", buffering=0)

    def _whole_until(self, begin: int, end: int) -> int:
        """The offset behind the last line end."""
        while end > begin:
            start = max(begin, end - CHUNK)
            found = self._log.read(start, end - start).rfind(b"\n")
            if found >= 0:
                return start + found + 1
            end = start
        return begin


def _status(path: str) -> tuple[int, int, int] | None:
    """What changes when anything is written to a file; None where there is none."""
    try:
        status = os.stat(path)  # noqa: PTH116 - asked for every log, five times a second
    except OSError:
        return None
    return status.st_ino, status.st_size, status.st_mtime_ns
