"""What has come into metrics.db since the last look: every row is read once, by whoever keeps the marks."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import msgspec

from netctl.store.histories import Seat
from netctl.store.lives import USE, WAS, Use, Was

_DECODE = msgspec.json.Decoder().decode


class Line(NamedTuple):
    """An event: whose log it is from, when the line was written, whom it is about, and every field of it."""

    neuron: str
    role: str
    signal: str
    time: float
    uid: int | None
    hotkey: str | None
    fields: Mapping[str, Any]


class Bounds(NamedTuple):
    """The first and the last time of samples, in seconds since the epoch."""

    first: float
    last: float


@dataclass(slots=True)
class Marks:
    """How far each source, neuron and uid was read; what is older than `since` is not read at all."""

    since: float
    events: dict[int, int] = field(default_factory=dict)
    used: dict[str, float] = field(default_factory=dict)
    was: dict[str, float] = field(default_factory=dict)
    seats: dict[int, tuple[float, str | None]] = field(default_factory=dict)


def bounds(connection: sqlite3.Connection) -> Bounds | None:
    """When the chain was looked at, and neurons were, first and last; None where neither was."""
    first, last = connection.execute(
        "SELECT min(a), max(b) FROM (SELECT min(time) AS a, max(time) AS b FROM looks"
        " UNION ALL SELECT min(time), max(time) FROM states)"
    ).fetchone()
    return None if first is None else Bounds(first, last)


def heard_since(connection: sqlite3.Connection, marks: Marks, wanted: Collection[tuple[str, str]]) -> Iterator[Line]:
    """New events of these (role, signal) from neurons' own logs, those of one log in its order."""
    sources: dict[int, str] = dict(connection.execute("SELECT id, name FROM sources WHERE NOT foreign_file"))
    signals = {
        number: (role, name)
        for number, role, name in connection.execute("SELECT id, role, name FROM signals")
        if (role, name) in wanted
    }
    if not marks.events:
        yield from _first(connection, marks, sources, signals)
        return
    numbers = ", ".join(map(str, signals))
    for source, name in sources.items():
        rows = connection.execute(
            f"SELECT signal, offset, coalesce(time, seen), uid, hotkey, data FROM events"  # noqa: S608 - whole numbers
            f" WHERE source = ? AND offset > ? AND signal IN ({numbers}) ORDER BY offset, number",
            (source, marks.events.get(source, -1)),
        )
        for signal, offset, time, uid, hotkey, data in rows:
            marks.events[source] = offset
            if time >= marks.since:
                yield Line(name, *signals[signal], time, uid, hotkey, _DECODE(data))


def _first(
    connection: sqlite3.Connection, marks: Marks, sources: dict[int, str], signals: dict[int, tuple[str, str]]
) -> Iterator[Line]:
    """All of them, by the index of times: a store may hold many a day more than is wanted."""
    for source in sources:
        found = connection.execute(
            "SELECT offset FROM events WHERE source = ? ORDER BY offset DESC LIMIT 1", (source,)
        ).fetchone()
        marks.events[source] = -1 if found is None else found[0]
    for signal, called in signals.items():
        rows = connection.execute(
            "SELECT source, time, uid, hotkey, data FROM events WHERE signal = ? AND time >= ?"
            " UNION ALL SELECT source, seen, uid, hotkey, data FROM events"
            " WHERE signal = ? AND time IS NULL AND seen >= ?",
            (signal, marks.since, signal, marks.since),
        )
        for source, time, uid, hotkey, data in rows:
            if source in sources:
                yield Line(sources[source], *called, time, uid, hotkey, _DECODE(data))


def used_since(connection: sqlite3.Connection, marks: Marks, thin_s: int = 1) -> Iterator[Use]:
    """New samples of what neurons use, neuron by neuron, oldest first.

    Of what was there before the first look only the last of each process in each `thin_s` seconds: since each counts
    from the process' start, what lies between two is not lost.
    """
    for name in _keys(connection, "processes", "name"):
        since = marks.used.get(name)
        rows = (
            connection.execute(
                f"SELECT {USE} FROM processes WHERE name = ? AND time > ? ORDER BY time",  # noqa: S608 - ours
                (name, since),
            )
            if since is not None
            else connection.execute(
                f"SELECT {USE.replace('time', 'max(time) AS time')} FROM processes"  # noqa: S608 - the same
                " WHERE name = ? AND time > ? GROUP BY CAST(time / ? AS INTEGER), pid, started ORDER BY time",
                (name, marks.since, thin_s),
            )
        )
        for row in rows:
            marks.used[name] = row[1]
            yield Use(*row)


def was_since(connection: sqlite3.Connection, marks: Marks) -> Iterator[Was]:
    """What neurons became, oldest first, with what each was when the time that is wanted began."""
    for name in _keys(connection, "states", "name"):
        since = marks.was.get(name)
        if since is None:
            (since,) = connection.execute(
                "SELECT coalesce(max(time), 0) - 1e-6 FROM states WHERE name = ? AND time <= ?", (name, marks.since)
            ).fetchone()
        rows = connection.execute(
            f"SELECT {WAS} FROM states WHERE name = ? AND time > ? ORDER BY time",  # noqa: S608 - names of ours
            (name, since),
        )
        for row in rows:
            marks.was[name] = row[1]
            yield Was(*row)


def seats_since(connection: sqlite3.Connection, marks: Marks) -> Iterator[Seat]:
    """Every change of hands of a uid, oldest first for each; ever, for lines tell of uids as they were then."""
    for uid in _keys(connection, "uids", "uid"):
        since, held = marks.seats.get(uid, (float("-inf"), ""))
        rows = connection.execute(
            "SELECT time, hotkey FROM uids WHERE uid = ? AND time > ? ORDER BY time", (uid, since)
        )
        for time, hotkey in rows:
            marks.seats[uid] = (time, hotkey)
            if hotkey != held:
                held = hotkey
                yield Seat(uid, time, hotkey)


def _keys(connection: sqlite3.Connection, table: str, key: str) -> list[Any]:
    """Every value of a table's first key: one step down the index for each, however many rows there are."""
    asked = f"SELECT min({key}) FROM {table} WHERE {key} > ?"  # noqa: S608 - names of ours
    found: list[Any] = []
    (one,) = connection.execute(f"SELECT min({key}) FROM {table}").fetchone()  # noqa: S608 - the same
    while one is not None:
        found.append(one)
        (one,) = connection.execute(asked, (one,)).fetchone()
    return found
