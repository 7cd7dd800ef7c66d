"""Whole tables out of the store, row by row, all as they were at one moment."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from netctl.store.columns import Table

AT_ONCE = 10_000
Row = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Stretch:
    """From when to when rows are wanted, seconds since the epoch; None for no bound."""

    since: float | None = None
    until: float | None = None


@contextmanager
def frozen(connection: sqlite3.Connection) -> Iterator[None]:
    """What is read in the block is of one moment, whatever is written meanwhile."""
    connection.execute("BEGIN")
    try:
        yield
    finally:
        connection.execute("COMMIT")


def rows(connection: sqlite3.Connection, table: Table, stretch: Stretch) -> Iterator[Sequence[Row]]:
    """The table's rows of that stretch, some thousands at once, in the order of time where they have one.

    Where a row holds until the next one, what held at the beginning is among them, with the time when it was written.
    """
    conditions, values = [], []
    if table.when and stretch.since is not None:
        since = f"{table.when} >= ?"
        values.append(stretch.since)
        if table.holds_by:
            key = table.holds_by
            since = (
                f"({since} OR time = (SELECT max(time) FROM {table.name} AS held"  # noqa: S608 - names of ours
                f" WHERE held.{key} = {table.name}.{key} AND held.time < ?))"
            )
            values.append(stretch.since)
        conditions.append(since)
    if table.when and stretch.until is not None:
        conditions.append(f"{table.when} <= ?")
        values.append(stretch.until)
    where = f" WHERE {' AND '.join(conditions)}" if conditions else ""
    order = f" ORDER BY {table.when}" if table.when and table.name != "events" else ""
    cursor = connection.execute(f"{table.select}{where}{order}", values)
    while found := cursor.fetchmany(AT_ONCE):
        yield found
