"""What metrics.db holds of a stretch of time, in order: events, who held which uid, weights, pay, looks."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from netctl.store.origins import COUNTING, ONLY, Logs

_DECODE = msgspec.json.Decoder().decode
_WHEN = "COALESCE(events.time, events.seen)"


@dataclass(frozen=True, slots=True)
class Window:
    """A stretch of time, both ends included, in seconds since the epoch."""

    since: float
    until: float

    @property
    def length_s(self) -> float:
        return max(0.0, self.until - self.since)


@dataclass(frozen=True, slots=True)
class Heard:
    """An event: whose log it is from, when the line was written, whom it is about, and every field of it.

    Its line begins at the byte `offset` of the log at `path`.
    """

    neuron: str
    signal: str
    time: float
    uid: int | None
    hotkey: str | None
    fields: Mapping[str, Any]
    path: str = ""
    offset: int = 0


@dataclass(frozen=True, slots=True)
class Seat:
    """From `time` on this hotkey held the uid; None: nobody did."""

    uid: int
    time: float
    hotkey: str | None


@dataclass(frozen=True, slots=True)
class Pay:
    """What a uid earned from `time` on: incentive is its share of 1."""

    uid: int
    time: float
    block: int
    hotkey: str
    incentive: float
    emission_rao: int


@dataclass(frozen=True, slots=True)
class Given:
    """A validator's weights as they were from `time` on: each uid's share of 1. `last_update` is a block."""

    uid: int
    hotkey: str
    time: float
    block: int
    last_update: int
    shares: Mapping[int, float]


@dataclass(frozen=True, slots=True)
class Look:
    """The chain was at `block` then, and the subnet's last epoch at `last_epoch`."""

    time: float
    block: int
    last_epoch: int


def span(connection: sqlite3.Connection) -> Window | None:
    """From the first event or look to the last; None where there is neither."""
    first, last = connection.execute(
        f"SELECT MIN(a), MAX(b) FROM (SELECT MIN({_WHEN}) AS a, MAX({_WHEN}) AS b FROM events"  # noqa: S608 - ours
        f" JOIN sources ON sources.id = events.source WHERE {COUNTING}"
        " UNION ALL SELECT MIN(time), MAX(time) FROM looks)"
    ).fetchone()
    return None if first is None else Window(first, last)


def told(connection: sqlite3.Connection, window: Window, logs: Logs) -> Window | None:
    """From the first event of these logs to the last within a window; None where there is none.

    A step or two down the index for each signal: a fleet's events are many.
    """
    moments: list[float] = []
    for (signal,) in connection.execute("SELECT id FROM signals").fetchall():
        for order in ("ASC", "DESC"):
            moments += _next(
                connection, f"events.time BETWEEN ? AND ? ORDER BY events.time {order}", signal, window, logs
            )
            unstamped = f"events.time IS NULL AND seen BETWEEN ? AND ? ORDER BY seen {order}"
            moments += _next(connection, unstamped, signal, window, logs)
    return Window(min(moments), max(moments)) if moments else None


def _next(connection: sqlite3.Connection, where: str, signal: int, window: Window, logs: Logs) -> list[float]:
    rows = connection.execute(
        f"SELECT {_WHEN} FROM events JOIN sources ON sources.id = events.source"  # noqa: S608 - ours
        f" WHERE signal = ? AND {ONLY[logs]} AND {where} LIMIT 1",
        (signal, window.since, window.until),
    )
    return [moment for (moment,) in rows]


def heard(
    connection: sqlite3.Connection,
    role: str,
    signals: Collection[str],
    window: Window | None = None,
    logs: Logs = "counting",
) -> tuple[Heard, ...]:
    """The events of these signals, oldest first; all there are without a window."""
    if not signals:
        return ()
    since, until = _ends(window)
    marks = ", ".join("?" * len(signals))
    rows = connection.execute(
        f"SELECT sources.name, signals.name, {_WHEN} AS at, events.uid, events.hotkey, events.data, sources.path,"  # noqa: S608 - ours
        " events.offset FROM signals JOIN events ON events.signal = signals.id"
        " JOIN sources ON sources.id = events.source"
        f" WHERE signals.role = ? AND signals.name IN ({marks}) AND at >= ? AND at <= ? AND {ONLY[logs]}"
        " ORDER BY at, events.source, events.offset, events.number",
        (role, *signals, since, until),
    )
    return tuple(
        Heard(name, signal, at, uid, hotkey, _DECODE(text), path, offset)
        for name, signal, at, uid, hotkey, text, path, offset in rows
    )


def seats(connection: sqlite3.Connection) -> tuple[Seat, ...]:
    """Who held each uid from when on, oldest first; a row for each change of hands."""
    rows = connection.execute("SELECT uid, time, hotkey FROM uids ORDER BY time, uid")
    found: list[Seat] = []
    last: dict[int, str | None] = {}
    for uid, time, hotkey in rows:
        if uid not in last or last[uid] != hotkey:
            found.append(Seat(uid, time, hotkey))
            last[uid] = hotkey
    return tuple(found)


def pay(connection: sqlite3.Connection, window: Window | None = None) -> tuple[Pay, ...]:
    """What every uid earned, oldest first, with what held when the window began."""
    since, until = _ends(window)
    rows = connection.execute(
        "SELECT uid, time, block, hotkey, incentive, emission_rao FROM uids WHERE hotkey IS NOT NULL AND time <= ?"
        " AND time >= COALESCE((SELECT MAX(time) FROM uids AS held WHERE held.uid = uids.uid AND held.time <= ?), 0)"
        " ORDER BY time, uid",
        (until, since),
    )
    return tuple(
        Pay(uid, time, block, hotkey, incentive or 0.0, emission or 0)
        for uid, time, block, hotkey, incentive, emission in rows
    )


def given(connection: sqlite3.Connection, window: Window | None = None) -> tuple[Given, ...]:
    """Every validator's weights, oldest first, with what held when the window began."""
    since, until = _ends(window)
    rows = connection.execute(
        "SELECT uid, hotkey, time, block, last_update, targets FROM weights WHERE time <= ? AND time >= COALESCE("
        "(SELECT MAX(time) FROM weights AS held WHERE held.uid = weights.uid AND held.time <= ?), 0)"
        " ORDER BY time, uid",
        (until, since),
    )
    return tuple(
        Given(
            uid, hotkey, time, block, updated, {int(to): float(share) for to, share in _DECODE(text).items() if share}
        )
        for uid, hotkey, time, block, updated, text in rows
    )


def looks(connection: sqlite3.Connection, window: Window | None = None) -> tuple[Look, ...]:
    """Every look at the chain, oldest first."""
    since, until = _ends(window)
    rows = connection.execute(
        "SELECT time, block, last_epoch FROM looks WHERE time >= ? AND time <= ? ORDER BY time", (since, until)
    )
    return tuple(Look(*row) for row in rows)


def _ends(window: Window | None) -> tuple[float, float]:
    return (float("-inf"), float("inf")) if window is None else (window.since, window.until)
