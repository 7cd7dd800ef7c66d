"""What neurons used and earned, a row for each slot of time: a day's samples are more than a small picture shows."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from typing import NamedTuple

from netctl.store.fresh import UsedThen


class EarnedThen(NamedTuple):
    """What the holder of a uid earned from that time on: incentive is its share of 1, emission in rao an epoch."""

    uid: int
    time: float
    hotkey: str | None
    incentive: float | None
    emission_rao: int | None


def used_thinned(connection: sqlite3.Connection, name: str, after: float, slot_s: float) -> Iterator[UsedThen]:
    """The last sample of what a neuron used in each slot of so many seconds after that time, oldest first."""
    rows = connection.execute(
        "SELECT name, max(time) AS last, pid, started, cpu_s, memory_bytes FROM processes WHERE name = ? AND time > ?"
        " GROUP BY CAST(time / ? AS INTEGER) ORDER BY last",
        (name, after, slot_s),
    )
    return (UsedThen(*row) for row in rows)


def earned_thinned(
    connection: sqlite3.Connection, uid: int, after: float | None, since: float, slot_s: float
) -> Iterator[EarnedThen]:
    """The same of a uid, after that time; without one from `since` on, with the row that held then."""
    if after is None:
        (after,) = connection.execute(
            "SELECT coalesce(max(time), 0) - 1e-6 FROM uids WHERE uid = ? AND time <= ?", (uid, since)
        ).fetchone()
    rows = connection.execute(
        "SELECT uid, max(time) AS last, hotkey, incentive, emission_rao FROM uids WHERE uid = ? AND time > ?"
        " GROUP BY CAST(time / ? AS INTEGER) ORDER BY last",
        (uid, after, slot_s),
    )
    return (EarnedThen(*row) for row in rows)
