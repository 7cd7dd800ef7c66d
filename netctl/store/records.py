"""Reads back what a stretch of time has left in metrics.db, as plain values: what judges and reports work from."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec

_DECODE = msgspec.json.Decoder().decode
_WHEN = "COALESCE(events.time, events.seen)"


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of time, both ends in seconds since 1970 and part of it."""

    since: float
    until: float

    @property
    def length_s(self) -> float:
        return self.until - self.since


@dataclass(frozen=True, slots=True)
class Said:
    """What a line of a neuron's log said, and where it stands: its line begins at `offset` of the log at `path`."""

    neuron: str
    role: str
    signal: str
    time: float
    uid: int | None
    hotkey: str | None
    fields: Mapping[str, Any]
    path: str = ""
    stream: str = "stdout"
    offset: int = 0


@dataclass(frozen=True, slots=True)
class Seat:
    """A row of the metagraph as it was from `time` on; without a hotkey the uid was nobody's."""

    uid: int
    time: float
    block: int
    hotkey: str | None
    incentive: float
    last_update: int


@dataclass(frozen=True, slots=True)
class Given:
    """The weights that a validator had on the chain from `time` on, each a share of all that it gave."""

    uid: int
    time: float
    block: int
    hotkey: str
    last_update: int
    shares: Mapping[int, float]


@dataclass(frozen=True, slots=True)
class Use:
    """What a running neuron used; `cpu_s` counts from the start of the process `pid`."""

    neuron: str
    time: float
    pid: int
    cpu_s: float
    memory_bytes: int
    connections: int | None


@dataclass(frozen=True, slots=True)
class Was:
    """What a neuron was from `time` on, as `netctl status` has it."""

    neuron: str
    time: float
    state: str
    restarts: int
    problem: str | None


@dataclass(frozen=True, slots=True)
class Records:
    """All that was asked for of one span. Rows that hold on begin with the one that held when the span began."""

    span: Span
    said: Mapping[str, tuple[Said, ...]] = field(default_factory=dict)
    seats: tuple[Seat, ...] = ()
    given: tuple[Given, ...] = ()
    looks: tuple[tuple[float, int], ...] = ()
    """Every look at the chain: its time and the block."""

    uses: tuple[Use, ...] = ()
    states: tuple[Was, ...] = ()


def whole_span(connection: sqlite3.Connection) -> Span | None:
    """From the start of the last run, or what is known first where no run is, to what is known last; None for nothing.

    A run that began after all that is known counts: nothing is known of it yet.
    """
    moments = [connection.execute(f"SELECT min(time), max(time) FROM {table}").fetchone() for table in _SAMPLES]  # noqa: S608 - ours
    for (signal,) in connection.execute("SELECT id FROM signals").fetchall():
        # One step down the index each: a fleet's events are many.
        moments.append(
            connection.execute("SELECT min(time), max(time) FROM events WHERE signal = ?", (signal,)).fetchone()
        )
    known = [moment for moment in moments if moment[0] is not None]
    (began,) = connection.execute("SELECT max(began) FROM runs").fetchone()
    if not known and began is None:
        return None
    since = began if began is not None else min(first for first, _ in known)
    return Span(since, max([since, *(last for _, last in known)]))


_SAMPLES = ("looks", "processes", "states")


def records_of(connection: sqlite3.Connection, span: Span, signals: Iterable[str]) -> Records:
    """What the store has of a span: the events of these signals by name, and all samples."""
    return Records(
        span=span,
        said={name: said_of(connection, span, name) for name in dict.fromkeys(signals)},
        seats=_seats(connection, span),
        given=_given(connection, span),
        looks=tuple(
            connection.execute(
                "SELECT time, block FROM looks WHERE time BETWEEN ? AND ? ORDER BY time", (span.since, span.until)
            ).fetchall()
        ),
        uses=tuple(
            Use(*row)
            for row in connection.execute(
                "SELECT name, time, pid, cpu_s, memory_bytes, connections FROM processes WHERE time BETWEEN ? AND ?"
                " ORDER BY time, name",
                (span.since, span.until),
            )
        ),
        states=_states(connection, span),
    )


def said_of(connection: sqlite3.Connection, span: Span, signal: str) -> tuple[Said, ...]:
    """Every event of that name, of any role, in the order of time; a line without a stamp counts when it was read."""
    rows = connection.execute(
        f"SELECT sources.name, sources.role, signals.name, {_WHEN}, uid, hotkey, data, path, stream, events.offset"  # noqa: S608 - ours
        " FROM signals JOIN events ON events.signal = signals.id JOIN sources ON sources.id = events.source"
        f" WHERE signals.name = ? AND {_WHEN} BETWEEN ? AND ? ORDER BY {_WHEN}, source, events.offset, number",
        (signal, span.since, span.until),
    )
    return tuple(
        Said(name, role, said, time, uid, hotkey, _DECODE(data), path, stream, offset)
        for name, role, said, time, uid, hotkey, data, path, stream, offset in rows
    )


def _seats(connection: sqlite3.Connection, span: Span) -> tuple[Seat, ...]:
    rows = connection.execute(
        "SELECT uid, time, block, hotkey, incentive, last_update FROM uids WHERE time <= ? AND time >= COALESCE("
        "(SELECT max(time) FROM uids AS held WHERE held.uid = uids.uid AND held.time <= ?), 0) ORDER BY time, uid",
        (span.until, span.since),
    )
    return tuple(
        Seat(uid, time, block, hotkey, incentive or 0.0, updated or 0)
        for uid, time, block, hotkey, incentive, updated in rows
    )


def _given(connection: sqlite3.Connection, span: Span) -> tuple[Given, ...]:
    rows = connection.execute(
        "SELECT uid, time, block, hotkey, last_update, targets FROM weights WHERE time <= ? AND time >= COALESCE("
        "(SELECT max(time) FROM weights AS held WHERE held.uid = weights.uid AND held.time <= ?), 0)"
        " ORDER BY time, uid",
        (span.until, span.since),
    )
    return tuple(
        Given(uid, time, block, hotkey, updated, {int(to): share for to, share in _DECODE(targets).items() if share})
        for uid, time, block, hotkey, updated, targets in rows
    )


def _states(connection: sqlite3.Connection, span: Span) -> tuple[Was, ...]:
    rows = connection.execute(
        "SELECT name, time, state, restarts, problem FROM states WHERE time <= ? AND time >= COALESCE("
        "(SELECT max(time) FROM states AS held WHERE held.name = states.name AND held.time <= ?), 0)"
        " ORDER BY time, name",
        (span.until, span.since),
    )
    return tuple(Was(*row) for row in rows)
