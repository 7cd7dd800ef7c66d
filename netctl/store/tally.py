"""How many events there are of each signal, counted once and then only what has come since."""

from __future__ import annotations

import sqlite3
from collections import Counter
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class EventCount:
    """How many events of a signal a neuron's own logs have had, since metrics.db was begun."""

    neuron: str
    role: str
    signal: str
    count: int


# The index alone has all that this asks for, which is a part of what the events are.
_ALL = "SELECT source, signal, count(*), max(offset) FROM events INDEXED BY events_by_signal GROUP BY signal, source"
_SINCE = "SELECT source, signal, count(*), max(offset) FROM events WHERE source = ? AND offset > ? GROUP BY signal"

_THERE = "SELECT 1 FROM events WHERE source = ? AND offset = ? LIMIT 1"
_OWN = "SELECT id, name, role FROM sources WHERE NOT foreign_file"


@dataclass(slots=True)
class Tally:
    """One store's. Events of a neuron's own logs are only ever added, each behind those of its log before it."""

    _counts: Counter[tuple[int, int]] = field(default_factory=Counter)
    _up_to: dict[int, int] = field(default_factory=dict)

    def counted(self, connection: sqlite3.Connection) -> tuple[EventCount, ...]:
        """All of them, by neuron and signal."""
        sources = {number: (name, role) for number, name, role in connection.execute(_OWN)}
        if self._up_to and self._is_of(connection):
            for source in sources:
                self._add(connection.execute(_SINCE, (source, self._up_to.get(source, -1))).fetchall())
        else:
            self._counts.clear()
            self._up_to.clear()
            self._add(connection.execute(_ALL).fetchall())
        signals = dict(connection.execute("SELECT id, name FROM signals"))
        counts: Counter[tuple[str, str, str]] = Counter()
        for (source, signal), count in self._counts.items():
            if source in sources:
                counts[*sources[source], signals[signal]] += count
        return tuple(EventCount(*key, count) for key, count in sorted(counts.items()))

    def _is_of(self, connection: sqlite3.Connection) -> bool:
        """Whether what was counted last is still there: another file may lie at the store's path by now."""
        return all(connection.execute(_THERE, place).fetchone() is not None for place in self._up_to.items())

    def _add(self, rows: list[tuple[int, int, int, int]]) -> None:
        for source, signal, count, last in rows:
            self._counts[source, signal] += count
            self._up_to[source] = max(last, self._up_to.get(source, -1))
