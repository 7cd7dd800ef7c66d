"""Brings a log's events into the store: what was read and what it said change together, or not at all."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from pathlib import Path
from typing import NamedTuple

import msgspec

from netctl.fleet import Role
from netctl.logs import LogFile
from netctl.logs.lines import LONGEST_LINE
from netctl.signals.matching import LOOKED_BACK, Carried, Event, Matcher
from netctl.signals.spec import Signal, StreamName
from netctl.store.database import change

BLOCK = 2 * 1024 * 1024
HEAD_LENGTH = 4096
_INSERT = "INSERT INTO events VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"
_ENCODE = msgspec.json.Encoder().encode


@dataclass(frozen=True, slots=True)
class LogSource:
    """A log to read events from: whose, which stream, by which pack. `foreign`: it is no log of this fleet's own."""

    name: str
    role: Role
    pack: str
    stream: StreamName
    path: Path
    foreign: bool = False


@dataclass(frozen=True, slots=True)
class Fed:
    """What one go has brought: events, lines and bytes that were read, bytes that were gone before."""

    events: int = 0
    lines: int = 0
    read: int = 0
    lost: int = 0

    def __add__(self, other: Fed) -> Fed:
        return Fed(self.events + other.events, self.lines + other.lines, self.read + other.read, self.lost + other.lost)


class _Kept(NamedTuple):
    id: int
    uid: str | None
    hotkey: str | None


@dataclass(slots=True)
class Feeder:
    """The signals of one pack's roles, and the store that their events go to."""

    connection: sqlite3.Connection
    signals: Mapping[Role, Sequence[Signal]]
    _matchers: dict[tuple[Role, StreamName], Matcher] = field(default_factory=dict)
    _kept: dict[tuple[Role, str], _Kept] = field(default_factory=dict)

    def feed(self, source: LogSource, *, now: float, to_end: bool = False, most: int | None = None) -> Fed:
        """Read what the log has beyond what was read before, at most about `most` bytes.

        The last line is left until it is whole, or taken as it is with `to_end`. Killed at any moment, or beside
        another that does the same, each event is there once.
        """
        fed = Fed()
        while most is None or fed.read < most:
            step = self._step(source, now, to_end=to_end)
            if step is None:
                break
            fed += step
        return fed

    def _step(self, source: LogSource, now: float, *, to_end: bool) -> Fed | None:
        row = _row_of(self.connection, source)
        log = LogFile(source.path)
        begin, block = _whole_lines(log, row.offset, to_end=to_end)
        if not block:
            return None
        lost = begin - row.offset
        carried = Carried() if lost else Carried(row.time, row.level)

        def before() -> bytes:
            first = max(0, begin - LOOKED_BACK)
            return log.read(first, begin - first)

        events, carried = self._matcher(source).events(block, begin, carried, before)
        fed = Fed(len(events), block.count(b"\n") + (not block.endswith(b"\n")), len(block), lost)
        with change(self.connection):
            moved = self.connection.execute(
                "UPDATE sources SET offset = ?, lines = lines + ?, lost = lost + ?, time = ?, level = ?"
                " WHERE id = ? AND offset = ?",
                (begin + len(block), fed.lines, lost, carried.time, carried.level, row.id, row.offset),
            ).rowcount
            if moved:
                self.connection.executemany(_INSERT, self._rows(row.id, source.role, events, now))
        return fed if moved else Fed()

    def _matcher(self, source: LogSource) -> Matcher:
        key = (source.role, source.stream)
        if key not in self._matchers:
            self._matchers[key] = Matcher(self.signals.get(source.role, ()), source.stream)
        return self._matchers[key]

    def _rows(self, source: int, role: Role, events: Sequence[Event], now: float) -> Iterator[tuple[object, ...]]:
        kept = self._kept
        for offset, number, name, time, fields in events:
            known = kept.get((role, name)) or self._keep(role, name)
            yield (
                source,
                offset,
                number,
                known.id,
                time,
                now if time is None else None,
                None if known.uid is None else fields[known.uid],
                None if known.hotkey is None else fields[known.hotkey],
                _ENCODE(fields).decode(),
            )

    def _keep(self, role: Role, name: str) -> _Kept:
        """What the store knows the signal by. A row that is rolled back with its block is made again."""
        signal = next(signal for signal in self.signals[role] if signal.name == name)
        digest = digest_of(signal)
        self.connection.execute(
            "INSERT OR IGNORE INTO signals (role, name, digest) VALUES (?, ?, ?)", (role, name, digest)
        )
        (found,) = self.connection.execute(
            "SELECT id FROM signals WHERE role = ? AND name = ? AND digest = ?", (role, name, digest)
        ).fetchone()
        self._kept[role, name] = _Kept(found, _first(signal, "uid"), _first(signal, "hotkey"))
        return self._kept[role, name]


def digest_of(signal: Signal) -> str:
    """What tells apart two patterns of one name: events read by an earlier one keep its name and digest."""
    kept = signal.model_dump(
        mode="json", include={"match", "fields", "each", "sort", "streams", "level", "whole", "rest"}
    )
    return blake2b(msgspec.json.encode(kept), digest_size=8).hexdigest()


def _first(signal: Signal, kind: str) -> str | None:
    return next((name for name in signal.groups if signal.kind_of(name) == kind), None)


@dataclass(frozen=True, slots=True)
class _Row:
    id: int
    offset: int
    time: float | None
    level: str | None


def _row_of(connection: sqlite3.Connection, source: LogSource) -> _Row:
    """The source's row, made where there is none; a new one where another file lies at its path now."""
    path = str(source.path)
    found = connection.execute(
        "SELECT id, offset, time, level, generation, head, head_length FROM sources"
        " WHERE path = ? AND stream = ? ORDER BY generation DESC LIMIT 1",
        (path, source.stream),
    ).fetchone()
    log = LogFile(source.path)
    end = log.end()
    generation = 0
    if found is not None:
        number, offset, time, level, generation, head, head_length = found
        if offset <= end and (not source.foreign or head == _digest(log, head_length)):
            if source.foreign and head_length < HEAD_LENGTH and end > head_length:
                length = min(end, HEAD_LENGTH)
                connection.execute(
                    "UPDATE sources SET head = ?, head_length = ? WHERE id = ?", (_digest(log, length), length, number)
                )
            return _Row(number, offset, time, level)
        generation += 1
    start = 0 if source.foreign or found is None else log.layout().fresh
    length = min(end, HEAD_LENGTH)
    with change(connection):
        connection.execute(
            "INSERT OR IGNORE INTO sources (name, role, pack, stream, path, generation, foreign_file, offset, head,"
            " head_length) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                source.name,
                source.role,
                source.pack,
                source.stream,
                path,
                generation,
                source.foreign,
                start,
                _digest(log, length) if source.foreign else None,
                length if source.foreign else 0,
            ),
        )
    return _row_of(connection, source)


def _digest(log: LogFile, length: int) -> bytes:
    return blake2b(log.read(0, length), digest_size=16).digest()


def _whole_lines(log: LogFile, offset: int, *, to_end: bool) -> tuple[int, bytes]:
    """The next bytes up to a line's end, and where they begin: behind `offset` where what was there is gone."""
    begin = offset
    parts: list[bytes] = []
    for at, content in log.chunks(offset, offset + BLOCK):
        if not parts:
            begin = end = at
        elif at != end:
            break
        parts.append(content)
        end += len(content)
    block = b"".join(parts)
    cut = block.rfind(b"\n") + 1
    if cut or not block:
        return begin, block[:cut]
    # Longer than a block: as long as it takes, and beyond all measure in pieces.
    for at, content in log.chunks(begin + len(block), begin + LONGEST_LINE):
        if at != begin + len(block):
            break
        block += content
        if (cut := block.rfind(b"\n") + 1) > 0:
            return begin, block[:cut]
    return (begin, block) if to_end or len(block) >= LONGEST_LINE else (begin, b"")
