"""Finds signals in a run of a log's bytes. Only lines that hold a word of some signal are looked at one by one."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from ahocorasick_rs import BytesAhoCorasick, Implementation, MatchKind

from netctl.logs.heads import HEAD, LEVELS, Head, head_of, usual_head
from netctl.signals.literals import hidden_by, literals_of
from netctl.signals.reading import Reader
from netctl.signals.spec import Signal, StreamName
from netctl.signals.values import Value

LOOKED_BACK = 64 * 1024
"""How far before a line its record may have begun: a traceback of RESI has some kilobytes."""

_LEVEL_WORDS = tuple(
    form
    for word in ("WARN", "ERROR", "CRITICAL", "FATAL")
    for form in (word, *(f"{sign}{part}" for sign in "[=" for part in (word.lower(), word.title())))
)
"""As netctl.logs.heads takes them; in brackets or behind `level=` in small letters too."""


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


@dataclass(frozen=True, slots=True)
class _Word:
    """A word where it is found: the readers to try, and those whose own word may begin in it and end behind it."""

    readers: tuple[int, ...]
    behind: tuple[tuple[bytes, frozenset[int]], ...]
    first_bytes: frozenset[bytes]

    @classmethod
    def of(cls, word: str, by_word: Mapping[str, set[int]]) -> _Word:
        follows: dict[str, set[int]] = {"": set()}
        for other, numbers in by_word.items():
            for rest in hidden_by(word, other):
                follows.setdefault(rest, set()).update(numbers)
        readers = tuple(sorted(follows.pop("")))
        behind = tuple((rest.encode(), frozenset(numbers)) for rest, numbers in follows.items())
        return cls(readers, behind, frozenset(rest[:1] for rest, _ in behind))

    def all_readers(self, block: bytes, at: int) -> Sequence[int]:
        hidden = [numbers for rest, numbers in self.behind if block.startswith(rest, at)]
        return sorted({*self.readers}.union(*hidden)) if hidden else self.readers


class Matcher:
    """The signals of one role and stream, ready to be looked for."""

    def __init__(self, signals: Sequence[Signal], stream: StreamName) -> None:
        ordered = sorted(signals, key=lambda signal: signal.rest)
        self.readers = tuple(Reader(signal) for signal in ordered if stream in signal.streams)
        self.always = tuple(n for n, reader in enumerate(self.readers) if not self._words(reader.signal))
        """Signals without a word of their own: every line has to be looked at for them."""
        by_word: dict[str, set[int]] = {}
        for number, reader in enumerate(self.readers):
            for word in self._words(reader.signal):
                by_word.setdefault(word, set()).add(number)
        self._words_found = tuple(_Word.of(word, by_word) for word in by_word)
        words = [word.encode() for word in by_word]
        # The first of words that overlap is found, ten times as fast as all of them: the rest is asked of _Word.
        self._search = (
            BytesAhoCorasick(words, matchkind=MatchKind.LeftmostFirst, implementation=Implementation.DFA)
            if words
            else None
        )

    @staticmethod
    def _words(signal: Signal) -> tuple[str, ...]:
        says_level = signal.level is not None and not signal.whole
        return literals_of(signal.match, last_line=signal.whole) or (_LEVEL_WORDS if says_level else ())

    def events(
        self, block: bytes, offset: int, carried: Carried, before: Callable[[], bytes] = bytes
    ) -> tuple[list[Event], Carried]:
        """The events of whole lines, the first of which begins at the logical `offset`, and what they carry on.

        `before` brings the bytes just before the block, at most LOOKED_BACK; asked only where a record began there.
        """
        lines = _Lines(block, offset, carried, before)
        found: list[Event] = []
        for start, end, candidates in self._candidates(block):
            self._take(lines.at(start, end), candidates, found)
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
        if self._search is None:
            return
        start = end = -1
        readers: Sequence[int] = ()
        for number, at, behind in self._search.find_matches_as_indexes(block):
            word = self._words_found[number]
            others: Sequence[int] = word.readers
            if block[behind : behind + 1] in word.first_bytes:
                others = word.all_readers(block, behind)
            if at < end:
                if others != readers:
                    readers = sorted({*readers, *others})
                continue
            if readers:
                yield start, end, readers
            start = block.rfind(b"\n", 0, at) + 1
            end = _end_of_line(block, at)
            readers = others
        if readers:
            yield start, end, readers

    def _take(self, line: _Line, candidates: Sequence[int], found: list[Event]) -> None:
        taken = 0
        message: str | None = None
        for number in candidates:
            reader = self.readers[number]
            signal = reader.signal
            if taken and signal.rest:
                continue
            level = line.level if signal.whole else line.own_level
            if reader.least_level and LEVELS.get(level or "", 0) < reader.least_level:
                continue
            if signal.whole:
                text = line.record()
            else:
                text = message = line.message() if message is None else message
            for fields in reader.read(text):
                found.append(Event(line.offset, taken, signal.name, line.time, fields))
                taken += 1


def _end_of_line(block: bytes, at: int) -> int:
    end = block.find(b"\n", at)
    return len(block) if end < 0 else end


class _Line:
    """A line that may hold an event. One of these for each, so it is made of little."""

    __slots__ = ("_begin", "_end", "_lines", "_start", "is_stamped", "level", "offset", "own_level", "time")
    time: float | None
    level: str | None
    own_level: str | None

    def __init__(self, lines: _Lines, start: int, end: int) -> None:
        self._lines, self._start, self._end = lines, start, end
        self.offset = lines.offset + start
        usual = usual_head(lines.block, start, end)
        if usual is not None:
            self.time, self.level, self._begin = usual
            self.own_level = self.level
            self.is_stamped = True
            return
        head = head_of(lines.block[start:end])
        held = with_head(lines.before_line(start), head)
        self.time, self.level, self.own_level = held.time, held.level, head.level
        self._begin = start + head.length
        self.is_stamped = head.time is not None

    def message(self) -> str:
        return _plain(self._lines.block[self._begin : self._end])

    def record(self) -> str:
        """The record from its first line up to and including this one, at most LOOKED_BACK of it."""
        if self.is_stamped:
            return self.message()
        return self._lines.record_of(self._start, self._end)


@dataclass(slots=True)
class _Lines:
    """The lines of one block, and what came before it as far as somebody asks."""

    block: bytes
    offset: int
    carried: Carried
    before: Callable[[], bytes]
    _past: bytes | None = None
    _last: _Line | None = None
    _last_end: int = 0

    def at(self, start: int, end: int) -> _Line:
        line = _Line(self, start, end)
        self._last, self._last_end = line, end + 1
        return line

    def before_line(self, start: int) -> Carried:
        """What holds just before a line: read backwards to the last stamp, or to what is known already."""
        heads: list[Head] = []
        while start > self._last_end:
            begin = self.block.rfind(b"\n", self._last_end, start - 1) + 1 or self._last_end
            heads.append(head_of(self.block[begin : min(start - 1, begin + HEAD)]))
            if heads[-1].time is not None:
                break
            start = begin
        held = self.carried if self._last is None else Carried(self._last.time, self._last.level)
        for head in reversed(heads):
            held = with_head(held, head)
        return held

    def record_of(self, start: int, end: int) -> str:
        """Of a line without a stamp: its record up to and including it, at most LOOKED_BACK of that."""
        parts = [self.block[start:end]]
        length = end - start
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
        return self.before_line(len(self.block))


def with_head(held: Carried, head: Head) -> Carried:
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
