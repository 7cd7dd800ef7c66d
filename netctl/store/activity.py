"""What miners did, summed slice of time by slice where it lies in metrics.db."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection
from dataclasses import dataclass

from netctl.store.histories import Window
from netctl.store.origins import COUNTING

_WHEN = "COALESCE(events.time, events.seen)"
_FROM = (
    " FROM signals JOIN events ON events.signal = signals.id JOIN sources ON sources.id = events.source"
    f" WHERE signals.role = ? AND signals.name = ? AND {COUNTING}"
)


@dataclass(frozen=True, slots=True)
class Slicing:
    """A window cut into `count` slices of one length."""

    window: Window
    count: int

    @property
    def length_s(self) -> float:
        return self.window.length_s / self.count if self.count else 0.0

    def begin_of(self, slot: int) -> float:
        """When a slice begins."""
        return self.window.since + slot * self.length_s


@dataclass(frozen=True, slots=True)
class Looked:
    """A miner looked at a zipcode so many `times` in a slice, and `found` so much."""

    neuron: str
    slot: int
    zipcode: str
    times: int
    found: float


@dataclass(frozen=True, slots=True)
class Summed:
    """So many events of a neuron in a slice, and the sum of their amounts."""

    neuron: str
    slot: int
    count: int
    amount: float


@dataclass(frozen=True, slots=True)
class Judged:
    """A validator's verdicts of one kind on samples of whoever holds `uid` or `hotkey`, in a slice."""

    uid: int | None
    hotkey: str | None
    slot: int
    outcome: str
    count: int


@dataclass(frozen=True, slots=True)
class First:
    """When a miner first found anything in a zipcode."""

    neuron: str
    zipcode: str
    time: float


def looked(
    connection: sqlite3.Connection, signal: str, zipcode: str, amount: str | None, slicing: Slicing
) -> tuple[Looked, ...]:
    """Where miners looked; `zipcode` and `amount` are the fields that say so."""
    rows = connection.execute(
        f"SELECT sources.name, {_SLOT}, json_extract(events.data, ?) AS place, COUNT(*), {_SUM}"
        f"{_FROM} AND {_WHEN} BETWEEN ? AND ? AND place IS NOT NULL GROUP BY 1, 2, 3 ORDER BY 1, 2, 3",
        (*_slot(slicing), _path(zipcode), _path(amount), "miner", signal, *_ends(slicing)),
    )
    return tuple(Looked(name, slot, str(place), times, found) for name, slot, place, times, found in rows)


def summed(connection: sqlite3.Connection, signal: str, amount: str | None, slicing: Slicing) -> tuple[Summed, ...]:
    """Events of miners; `amount` is the field to sum, without one each counts as one."""
    rows = connection.execute(
        f"SELECT sources.name, {_SLOT}, COUNT(*), {_SUM}{_FROM} AND {_WHEN} BETWEEN ? AND ?"
        " GROUP BY 1, 2 ORDER BY 1, 2",
        (*_slot(slicing), _path(amount), "miner", signal, *_ends(slicing)),
    )
    return tuple(Summed(*row) for row in rows)


def judged(connection: sqlite3.Connection, signal: str, outcome: str, slicing: Slicing) -> tuple[Judged, ...]:
    """What validators' samples came to; `outcome` is the field that says so."""
    rows = connection.execute(
        f"SELECT events.uid, events.hotkey, {_SLOT}, json_extract(events.data, ?) AS said, COUNT(*)"
        f"{_FROM} AND {_WHEN} BETWEEN ? AND ? AND said IS NOT NULL GROUP BY 1, 2, 3, 4 ORDER BY 3",
        (*_slot(slicing), _path(outcome), "validator", signal, *_ends(slicing)),
    )
    return tuple(Judged(uid, hotkey, slot, str(said), count) for uid, hotkey, slot, said, count in rows)


def firsts(
    connection: sqlite3.Connection, signal: str, zipcode: str, amount: str | None, of: Collection[str]
) -> tuple[First, ...]:
    """When each miner first found anything in each of these zipcodes, ever."""
    marks = ", ".join("?" * len(of))
    found = "COALESCE(json_extract(events.data, ?), 1) > 0"
    rows = connection.execute(
        f"SELECT sources.name, json_extract(events.data, ?) AS place, MIN({_WHEN}){_FROM} AND {found}"
        f" AND place IN ({marks}) GROUP BY 1, 2 ORDER BY 3",
        (_path(zipcode), "miner", signal, _path(amount), *of),
    )
    return tuple(First(name, str(place), time) for name, place, time in rows)


_SLOT = f"MAX(0, MIN(? - 1, CAST(({_WHEN} - ?) / ? AS INTEGER))) AS slot"
_SUM = "SUM(COALESCE(json_extract(events.data, ?), 1))"


def _slot(slicing: Slicing) -> tuple[float, ...]:
    return slicing.count, slicing.window.since, slicing.length_s or 1.0


def _ends(slicing: Slicing) -> tuple[float, float]:
    return slicing.window.since, slicing.window.until


def _path(field: str | None) -> str:
    return '$.""' if field is None else f'$."{field}"'
