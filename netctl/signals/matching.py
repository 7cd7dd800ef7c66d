"""Finds signals in a run of a log's bytes. Only lines that hold a word of some signal are looked at one by one."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from ahocorasick_rs import BytesAhoCorasick, Implementation

from netctl.logs.heads import HEAD, LEVELS, Head, head_of
from netctl.signals.literals import literals_of
from netctl.signals.reading import Reader
from netctl.signals.spec import Signal, StreamName
from netctl.signals.values import Value

LOOKED_BACK = 64 * 1024
"""How far before a line its record may have begun: a traceback of RESI has some kilobytes."""

_LEVEL_WORDS = tuple(word.encode() for word in ("WARN", "ERROR", "CRITICAL", "FATAL"))


class Event(NamedTuple):
    """One event: at which logical offset its line begins, its number there, and what the line says.

    `time` is seconds since the epoch, of the line's own stamp or its record's; None where nothing says.
    """

    offset: int
    number: int
    signal: str
    time: float | None
    fields: dict[str, Value]


@dataclass(frozen=True, slots=True)
class Carried:
    """What the bytes before say of the next line: the stamp and the level that hold until there is another."""

    time: float | None = None
    level: str | None = None


class Matcher:
    """The signals of one role and stream, ready to be looked for."""

    def __init__(self, signals: Sequence[Signal], stream: StreamName) -> None:
        self.readers = tuple(Reader(signal) for signal in signals if stream in signal.streams)
        self.always = tuple(n for n, reader in enumerate(self.readers) if not self._words(reader.signal))
        """Signals without a word of their own: every line has to be looked at for them."""
        by_word: dict[bytes, set[int]] = {}
        for number, reader in enumerate(self.readers):
            for word in self._words(reader.signal):
                by_word.setdefault(word, set()).add(number)
        self._readers_of = tuple(frozenset(numbers) for numbers in by_word.values())
        self._words_of_all = BytesAhoCorasick(list(by_word), implementation=Implementation.DFA) if by_word else None

    @staticmethod
    def _words(signal: Signal) -> tuple[bytes, ...]:
        words = tuple(word.encode() for word in literals_of(signal.match))
        return words or (_LEVEL_WORDS if signal.level is not None else ())

    def events(
        self, block: bytes, offset: int, carried: Carried, before: Callable[[], bytes] = bytes
    ) -> tuple[list[Event], Carried]:
        """The events of whole lines, the first of which begins at the logical `offset`, and what they carry on.

        `before` brings the bytes just before the block, at most LOOKED_BACK; asked only where a record began there.
        """
        lines = _Lines(block, offset, carried, before)
        found: list[Event] = []
        for start, end, candidates in self._candidates(block):
            self._take(lines, start, end, candidates, found)
        return found, lines.carried_on()

    def _candidates(self, block: bytes) -> Iterator[tuple[int, int, Sequence[int]]]:
        """Each line that may hold an event, where it begins and ends, and the readers to try."""
        if self.always:
            start = 0
            everyone = range(len(self.readers))
            while start < len(block):
                end = _end_of_line(block, start)
                yield start, end, everyone
                start = end + 1
            return
        if self._words_of_all is None:
            return
        start = end = -1
        readers: frozenset[int] = frozenset()
        for word, at, _ in self._words_of_all.find_matches_as_indexes(block, overlapping=True):
            if at < end:
                readers |= self._readers_of[word]
                continue
            if readers:
                yield start, end, sorted(readers)
            start = block.rfind(b"\n", 0, at) + 1
            end = _end_of_line(block, at)
            readers = self._readers_of[word]
        if readers:
            yield start, end, sorted(readers)

    def _take(self, lines: _Lines, start: int, end: int, candidates: Sequence[int], found: list[Event]) -> None:
        line = lines.at(start, end)
        taken = 0
        for number in candidates:
            reader = self.readers[number]
            if reader.signal.rest and taken:
                continue
            if reader.least_level and LEVELS.get(line.level or "", 0) < reader.least_level:
                continue
            text = lines.record_of(line) if reader.signal.whole else line.message
            for fields in reader.read(text):
                found.append(Event(lines.offset + start, taken, reader.signal.name, line.time, fields))
                taken += 1


def _end_of_line(block: bytes, at: int) -> int:
    end = block.find(b"\n", at)
    return len(block) if end < 0 else end


@dataclass(slots=True)
class _Line:
    start: int
    raw: bytes
    head: Head
    time: float | None
    level: str | None

    @property
    def message(self) -> str:
        return _plain(self.raw[self.head.length :])


@dataclass(slots=True)
class _Lines:
    """The lines of one block, and what came before it as far as somebody asks."""

    block: bytes
    offset: int
    carried: Carried
    before: Callable[[], bytes]
    _past: bytes | None = None
    _known: Carried = field(init=False)
    _known_to: int = 0

    def __post_init__(self) -> None:
        self._known = self.carried

    def at(self, start: int, end: int) -> _Line:
        raw = self.block[start:end]
        head = head_of(raw)
        self._known = _with(self._before(start), head)
        self._known_to = end + 1
        return _Line(start, raw, head, self._known.time, self._known.level)

    def _before(self, start: int) -> Carried:
        """What holds just before a line: read backwards to the last stamp, or to what is known already."""
        heads: list[Head] = []
        while start > self._known_to:
            begin = self.block.rfind(b"\n", self._known_to, start - 1) + 1 or self._known_to
            heads.append(head_of(self.block[begin : min(start - 1, begin + HEAD)]))
            if heads[-1].time is not None:
                break
            start = begin
        held = self._known
        for head in reversed(heads):
            held = _with(held, head)
        return held

    def record_of(self, line: _Line) -> str:
        """The record from its first line up to and including this one, at most LOOKED_BACK of it."""
        if line.head.time is not None:
            return line.message
        parts = [line.raw]
        length, start = len(line.raw), line.start
        text, base = self.block, 0
        while length < LOOKED_BACK:
            if start <= 0:
                if base:
                    break
                text, base = self.past(), 1
                start = len(text)
                if not start:
                    break
            begin = text.rfind(b"\n", 0, start - 1) + 1
            raw = text[begin : start - 1]
            head = head_of(raw)
            parts.append(raw[head.length :])
            if head.time is not None:
                break
            length += len(raw) + 1
            start = begin
        return _plain(b"\n".join(reversed(parts)))

    def past(self) -> bytes:
        if self._past is None:
            self._past = self.before()
        return self._past

    def carried_on(self) -> Carried:
        return self._before(len(self.block))


def _with(held: Carried, head: Head) -> Carried:
    """What holds from a line with this head on, as `netctl.logs.lines.Record` has it."""
    if head.time is not None:
        return Carried(head.time, head.level)
    if head.level is not None:
        return Carried(held.time, head.level)
    if head.is_crash and LEVELS.get(held.level or "", 0) < LEVELS["WARNING"]:
        return Carried(held.time, "ERROR")
    return held


_COLOUR = re.compile(rb"\x1b\[[0-9;]*m")


def _plain(raw: bytes) -> str:
    if b"\x1b" in raw:
        raw = _COLOUR.sub(b"", raw)
    return raw.rstrip(b"\r").decode("utf-8", errors="replace")
