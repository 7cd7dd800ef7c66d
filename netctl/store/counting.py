"""How many events of a kind there are in metrics.db, counted where they lie."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection
from dataclasses import dataclass

from netctl.store.histories import Window
from netctl.store.origins import COUNTING


@dataclass(frozen=True, slots=True)
class Tally:
    """So many events of one neuron's and signal, from the first to the last."""

    neuron: str
    role: str
    signal: str
    count: int
    first_s: float
    last_s: float


def tallies(connection: sqlite3.Connection, signals: Collection[tuple[str, str]], window: Window) -> tuple[Tally, ...]:
    """Of these (role, signal), neuron by neuron."""
    found: list[Tally] = []
    for role, signal in signals:
        rows = connection.execute(
            "SELECT sources.name, COUNT(*), MIN(COALESCE(events.time, events.seen)),"  # noqa: S608 - ours
            " MAX(COALESCE(events.time, events.seen))"
            " FROM signals JOIN events ON events.signal = signals.id JOIN sources ON sources.id = events.source"
            f" WHERE signals.role = ? AND signals.name = ? AND {COUNTING}"
            " AND COALESCE(events.time, events.seen) BETWEEN ? AND ?"
            " GROUP BY sources.name ORDER BY sources.name",
            (role, signal, window.since, window.until),
        )
        found += [Tally(name, role, signal, *rest) for name, *rest in rows]
    return tuple(found)
