"""Where each log stands in the store: how far it was read, and whether the file there is still the same."""

from __future__ import annotations

import sqlite3
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from hashlib import blake2b
from pathlib import Path
from typing import Protocol

from netctl.fleet import Role
from netctl.logs import LogFile
from netctl.logs.packed import PackedLog, is_packed
from netctl.signals.matching import LOOKED_BACK, Carried, Matcher
from netctl.signals.spec import StreamName
from netctl.store.database import change

HEAD_LENGTH = 4096
TAIL_LENGTH = 1024
NOTHING = Carried()


class Log(Protocol):
    """What is read from: a log with its archives, or a packed one. Offsets are logical."""

    def first(self) -> int:
        """The first offset that can be read."""

    def reaches(self, offset: int) -> bool:
        """Whether it has had so many bytes."""

    def read(self, offset: int, most: int) -> bytes:
        """At most so many bytes from there; fewer at the end."""

    def chunks(self, offset: int, end: int | None = None) -> Iterator[tuple[int, bytes]]:
        """The bytes from an offset, or from what is left behind it; each piece with its own."""


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
class Place:
    """How far a source was read, and what its bytes so far say of the next line. `id` is its row's."""

    id: int
    offset: int = 0
    carried: Carried = NOTHING


@dataclass(frozen=True, slots=True)
class Standing:
    """What the store knows of the log that lies at a source's path now.

    `place` is where to go on, None for a log that is new to it; `generation` that of the row that is there or to come.
    `continues` is where the same log at another path, `same_as`, was read to. `read_as` has the name, role and pack
    that either was read as. `is_other`: another file was read at this path before.
    """

    place: Place | None
    generation: int = 0
    continues: Place | None = None
    same_as: Path | None = None
    read_as: tuple[str, Role, str] | None = None
    is_other: bool = False


def log_at(source: LogSource) -> Log:
    """The log of a source; OSError where a file from elsewhere cannot be read."""
    return PackedLog(source.path) if source.foreign and is_packed(source.path) else LogFile(source.path)


_ROW = (
    "SELECT id, offset, time, level, generation, foreign_file, head, head_length, tail, tail_length, path, name, role,"
    " pack FROM sources"
)


@dataclass(frozen=True, slots=True)
class _Row:
    id: int
    offset: int
    time: float | None
    level: str | None
    generation: int
    is_foreign: bool
    head: bytes | None
    head_length: int
    tail: bytes | None
    tail_length: int
    path: str
    name: str
    role: Role
    pack: str

    @property
    def place(self) -> Place:
        return Place(self.id, self.offset, Carried(self.time, self.level))

    def is_of(self, log: Log) -> bool:
        """Whether it is this log that was read, as far as one can tell by its length, its head and its tail."""
        if not log.reaches(self.offset):
            return False
        return not self.is_foreign or (self.begins_as(log) and self._ended_as(log))

    def begins_as(self, log: Log) -> bool:
        return log.first() > 0 or self.head == digest_of_bytes(log.read(0, self.head_length))

    def _ended_as(self, log: Log) -> bool:
        begin = self.offset - self.tail_length
        return log.first() > begin or self.tail in {None, digest_of_bytes(log.read(begin, self.tail_length))}


def standing(connection: sqlite3.Connection, source: LogSource, log: Log, *, alone: bool = False) -> Standing:
    """What the store knows of the source's log. `alone`: other paths are not looked at."""
    found = connection.execute(
        f"{_ROW} WHERE path = ? AND stream = ? ORDER BY generation DESC LIMIT 1", (str(source.path), source.stream)
    ).fetchone()
    generation = 0
    if found is not None:
        row = _Row(*found)
        if row.is_of(log):
            return Standing(row.place, row.generation, read_as=(row.name, row.role, row.pack))
        generation = row.generation + 1
    twin = None if alone or not source.foreign else _twin(connection, source, log)
    if twin is None:
        return Standing(None, generation, is_other=generation > 0)
    return Standing(None, generation, twin.place, Path(twin.path), (twin.name, twin.role, twin.pack), generation > 0)


def _twin(connection: sqlite3.Connection, source: LogSource, log: Log) -> _Row | None:
    """The row of the same log at another path that has come furthest; none for one whose beginning is gone."""
    if log.first() > 0:
        return None
    rows = connection.execute(
        f"{_ROW} WHERE foreign_file AND stream = ? AND role = ? AND pack = ? AND offset > 0 ORDER BY offset DESC",
        (source.stream, source.role, source.pack),
    )
    for row in [_Row(*found) for found in rows.fetchall()]:
        if not log.reaches(row.head_length):
            if _begins_alike(source, row, log):
                return row
        elif row.begins_as(log) and (not log.reaches(row.offset) or row.is_of(log)):
            # Also a shorter copy of what was read already: it has nothing new.
            return row
    return None


def _begins_alike(source: LogSource, row: _Row, log: Log) -> bool:
    """Whether a log shorter than the head that is known is the beginning of what lies at the row's path yet."""
    content = log.read(0, HEAD_LENGTH)
    try:
        other = log_at(replace(source, path=Path(row.path)))
        return bool(content) and row.is_of(other) and other.read(0, len(content)) == content
    except (OSError, EOFError, zlib.error):
        return False


def place_of(connection: sqlite3.Connection, source: LogSource, log: Log, *, alone: bool = False) -> Place | None:
    """Where to go on with the source, whose row is made where there is none for the log that lies there now.

    None for a copy of a log of which more was read at another path.
    """
    while (found := standing(connection, source, log, alone=alone)).place is None:
        if found.continues is not None and not log.reaches(found.continues.offset):
            return None
        _begin(connection, source, log, found)
    if source.foreign:
        _lengthen_head(connection, found.place, log)
    return found.place


def _begin(connection: sqlite3.Connection, source: LogSource, log: Log, found: Standing) -> None:
    offset, carried, other = 0, NOTHING, None
    if found.continues is not None:
        offset, carried, other = found.continues.offset, found.continues.carried, found.continues.id
    elif found.is_other and isinstance(log, LogFile) and not source.foreign:
        offset = log.layout().fresh
    head = log.read(0, HEAD_LENGTH) if source.foreign else b""
    begin = max(0, offset - TAIL_LENGTH)
    tail = log.read(begin, offset - begin) if source.foreign else b""
    with change(connection):
        connection.execute(
            "INSERT OR IGNORE INTO sources (name, role, pack, stream, path, generation, foreign_file, offset, time,"
            " level, head, head_length, tail, tail_length, begin, continues)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                *(source.name, source.role, source.pack, source.stream, str(source.path)),
                *(found.generation, source.foreign, offset, carried.time, carried.level),
                *(digest_of_bytes(head) if source.foreign else None, len(head)),
                *(digest_of_bytes(tail) if source.foreign else None, len(tail), offset, other),
            ),
        )


def _lengthen_head(connection: sqlite3.Connection, place: Place, log: Log) -> None:
    (length,) = connection.execute("SELECT head_length FROM sources WHERE id = ?", (place.id,)).fetchone()
    if length >= HEAD_LENGTH:
        return
    head = log.read(0, HEAD_LENGTH)
    if len(head) > length:
        connection.execute(
            "UPDATE sources SET head = ?, head_length = ? WHERE id = ? AND head_length = ?",
            (digest_of_bytes(head), len(head), place.id, length),
        )


def start_of(connection: sqlite3.Connection, source: LogSource, log: Log, place: Place) -> Place:
    """Where a source began: at the start of its log, or where a copy of that had ended."""
    (begin,) = connection.execute("SELECT begin FROM sources WHERE id = ?", (place.id,)).fetchone()
    before = max(0, begin - LOOKED_BACK)
    _, carried = Matcher((), source.stream).events(log.read(before, begin - before), before, NOTHING)
    return Place(place.id, begin, carried)


def forget(connection: sqlite3.Connection, source: LogSource, start: Place) -> None:
    """Have a log from elsewhere read anew from its start: what it has brought goes, and what it was read as changes."""
    with change(connection):
        connection.execute("DELETE FROM events WHERE source = ?", (start.id,))
        connection.execute(
            "UPDATE sources SET name = ?, role = ?, pack = ?, offset = ?, lines = 0, lost = 0, time = ?, level = ?,"
            " tail = NULL, tail_length = 0 WHERE id = ?",
            (
                *(source.name, source.role, source.pack),
                *(start.offset, start.carried.time, start.carried.level, start.id),
            ),
        )


def digest_of_bytes(content: bytes) -> bytes:
    """What tells one run of bytes from another."""
    return blake2b(content, digest_size=16).digest()


def has_own_logs(connection: sqlite3.Connection) -> bool:
    """Whether any log of the fleet itself was read."""
    return connection.execute("SELECT 1 FROM sources WHERE NOT foreign_file LIMIT 1").fetchone() is not None


def only_elsewhere(connection: sqlite3.Connection) -> frozenset[str]:
    """The names of neurons that have no log but such as `netctl ingest` was given."""
    rows = connection.execute(
        "SELECT name FROM sources WHERE foreign_file EXCEPT SELECT name FROM sources WHERE NOT foreign_file"
    )
    return frozenset(name for (name,) in rows)


def foreign_names(connection: sqlite3.Connection) -> tuple[tuple[str, str], ...]:
    """The name and role of each neuron whose log is from elsewhere."""
    rows = connection.execute("SELECT DISTINCT name, role FROM sources WHERE foreign_file ORDER BY role, name")
    return tuple((name, role) for name, role in rows)
