"""Runs in the store: their facts, and when the chain was last seen."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass

from netctl.store.database import change


@dataclass(frozen=True, slots=True)
class Look:
    """A look at the chain: when (epoch seconds), and at which block."""

    time: float
    block: int


def write_run(connection: sqlite3.Connection, run: str, began: float, facts: str) -> None:
    """Write a run down, in place of what was written of it before; `facts` is its run.json."""
    with change(connection):
        connection.execute("INSERT OR REPLACE INTO runs (id, began, facts) VALUES (?, ?, ?)", (run, began, facts))


def last_look(connection: sqlite3.Connection, since: float, until: float) -> Look | None:
    """The last look at the chain from `since` up to `until`, None where there was none."""
    found = connection.execute(
        "SELECT time, block FROM looks WHERE time BETWEEN ? AND ? ORDER BY time DESC LIMIT 1", (since, until)
    ).fetchone()
    return None if found is None else Look(*found)
