"""What uids earned, a row for each slot of time: a day of looks is more than a small picture shows."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from typing import NamedTuple


class EarnedThen(NamedTuple):
    """What the holder of a uid earned from that time on: incentive is its share of 1, emission in rao an epoch."""

    uid: int
    time: float
    hotkey: str | None
    incentive: float | None
    emission_rao: int | None


def earned_since(
    connection: sqlite3.Connection, uid: int, after: float | None, since: float, thin_s: int
) -> Iterator[EarnedThen]:
    """The last row of a uid and holder in each `thin_s` seconds after that time, oldest first.

    Without an `after` from `since` on, with the row that held then.
    """
    if after is None:
        (after,) = connection.execute(
            "SELECT coalesce(max(time), 0) - 1e-6 FROM uids WHERE uid = ? AND time <= ?", (uid, since)
        ).fetchone()
    rows = connection.execute(
        "SELECT uid, max(time) AS last, hotkey, incentive, emission_rao FROM uids WHERE uid = ? AND time > ?"
        " GROUP BY CAST(time / ? AS INTEGER), hotkey ORDER BY last",
        (uid, after, thin_s),
    )
    return (EarnedThen(*row) for row in rows)
