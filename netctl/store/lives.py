"""What neurons were and used in a stretch of time, sample by sample."""

from __future__ import annotations

import sqlite3
from typing import NamedTuple

from netctl.store.histories import Window


class Use(NamedTuple):
    """What a running neuron used: `cpu_s` since its process `pid` `started`."""

    neuron: str
    time: float
    pid: int
    started: float
    cpu_s: float
    memory_bytes: int
    connections: int | None


class Was(NamedTuple):
    """What a neuron was from `time` on, as `netctl status` has it."""

    neuron: str
    time: float
    state: str
    ready: int | None
    restarts: int
    problem: str | None


USE = ", ".join(Use._fields).replace("neuron", "name")
WAS = ", ".join(Was._fields).replace("neuron", "name")
"""The columns of these."""


def uses(connection: sqlite3.Connection, window: Window) -> tuple[Use, ...]:
    """Every sample of every neuron, oldest first."""
    rows = connection.execute(
        f"SELECT {USE} FROM processes WHERE time BETWEEN ? AND ? ORDER BY time, name",  # noqa: S608 - names of ours
        (window.since, window.until),
    )
    return tuple(Use(*row) for row in rows)


def states(connection: sqlite3.Connection, window: Window) -> tuple[Was, ...]:
    """Every change, oldest first, with what each neuron was when the window began."""
    rows = connection.execute(
        f"SELECT {WAS} FROM states WHERE time <= ? AND time >= COALESCE("  # noqa: S608 - names of ours
        "(SELECT MAX(time) FROM states AS held WHERE held.name = states.name AND held.time <= ?), 0)"
        " ORDER BY time, name",
        (window.until, window.since),
    )
    return tuple(Was(*row) for row in rows)


def sampled(connection: sqlite3.Connection, window: Window) -> Window | None:
    """From the first sample of a process or of the chain within a window to the last; None where there is none."""
    found = [
        connection.execute(
            f"SELECT MIN(time), MAX(time) FROM {table} WHERE time BETWEEN ? AND ?",  # noqa: S608 - names of ours
            (window.since, window.until),
        ).fetchone()
        for table in ("looks", "processes")
    ]
    known = [(first, last) for first, last in found if first is not None]
    return Window(min(first for first, _ in known), max(last for _, last in known)) if known else None
