"""What lines told in a stretch of time, counted by whom and of whom, and where a few of them stand."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass

from netctl.store.histories import Window

_WHEN = "COALESCE(events.time, events.seen)"
_FROM = (
    " FROM signals JOIN events ON events.signal = signals.id JOIN sources ON sources.id = events.source"
    f" WHERE signals.role = ? AND signals.name = ? AND NOT sources.foreign_file AND {_WHEN} BETWEEN ? AND ?"
)


@dataclass(frozen=True, slots=True)
class Telling:
    """So many lines of one neuron about one uid or hotkey that said the same, from the first to the last."""

    neuron: str
    uid: int | None
    hotkey: str | None
    said: str | None
    count: int
    first_s: float
    last_s: float


@dataclass(frozen=True, slots=True)
class Spot:
    """A line of a neuron's log: it begins at the byte `offset` of the log at `path`."""

    neuron: str
    time: float
    path: str
    offset: int


def tellings(
    connection: sqlite3.Connection, role: str, signal: str, window: Window, field: str | None = None
) -> tuple[Telling, ...]:
    """The events of a signal by neuron, by whom they are about, and by what `field` says."""
    rows = connection.execute(
        f"SELECT sources.name, events.uid, events.hotkey, json_extract(events.data, ?), COUNT(*), MIN({_WHEN}),"
        f" MAX({_WHEN}){_FROM} GROUP BY 1, 2, 3, 4 ORDER BY 6, 1, 2, 3, 4",
        (_path(field), role, signal, window.since, window.until),
    )
    return tuple(
        Telling(name, uid, hotkey, None if said is None else str(said), *rest)
        for name, uid, hotkey, said, *rest in rows
    )


def spots(
    connection: sqlite3.Connection,
    telling: Telling,
    role: str,
    signal: str,
    field: str | None = None,
    *,
    most: int = 2,
) -> tuple[Spot, ...]:
    """Where the first lines of a telling stand."""
    rows = connection.execute(
        f"SELECT sources.name, {_WHEN} AS at, sources.path, events.offset{_FROM} AND sources.name = ?"
        " AND events.uid IS ? AND events.hotkey IS ? AND json_extract(events.data, ?) IS ?"
        " GROUP BY events.source, events.offset ORDER BY at, events.source, events.offset LIMIT ?",
        (
            role,
            signal,
            telling.first_s,
            telling.last_s,
            telling.neuron,
            telling.uid,
            telling.hotkey,
            _path(field),
            telling.said,
            most,
        ),
    )
    return tuple(Spot(*row) for row in rows)


def _path(field: str | None) -> str:
    return '$.""' if field is None else f'$."{field}"'
