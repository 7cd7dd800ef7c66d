"""Rows of the store, each written with the few columns that a test is about."""

from __future__ import annotations

import json
import sqlite3
from typing import Any


def look(store: sqlite3.Connection, time: float, *, block: int, epoch: int = 0, burn: int = 5) -> None:
    """A look at the chain."""
    store.execute("INSERT INTO looks VALUES (?, ?, ?, ?, 6, 7)", (time, block, epoch, burn))


def chain_row(store: sqlite3.Connection, uid: int, time: float, hotkey: str | None, **columns: Any) -> None:
    """What a uid was from then on."""
    named = {"uid": uid, "time": time, "block": int(time), "hotkey": hotkey, **columns}
    marks = ", ".join("?" * len(named))
    store.execute(f"INSERT INTO uids ({', '.join(named)}) VALUES ({marks})", tuple(named.values()))


def event(
    store: sqlite3.Connection,
    name: str,
    signal: str,
    time: float | None,
    *,
    role: str = "validator",
    seen: float | None = None,
    uid: int | None = None,
    foreign: bool = False,
    **fields: Any,
) -> None:
    """One event of a neuron's log."""
    store.execute(
        "INSERT OR IGNORE INTO sources (name, role, pack, stream, path, foreign_file)"
        " VALUES (?, ?, 'p', 'stdout', ?, ?)",
        (name, role, f"/{name}", foreign),
    )
    (source,) = store.execute("SELECT id FROM sources WHERE name = ?", (name,)).fetchone()
    store.execute("INSERT OR IGNORE INTO signals (role, name, digest) VALUES (?, ?, 'd')", (role, signal))
    (number,) = store.execute("SELECT id FROM signals WHERE role = ? AND name = ?", (role, signal)).fetchone()
    (offset,) = store.execute("SELECT count(*) FROM events").fetchone()
    store.execute(
        "INSERT INTO events VALUES (?, ?, 0, ?, ?, ?, ?, NULL, ?)",
        (source, offset, number, time, seen, uid, json.dumps({"uid": uid, **fields})),
    )


def process(
    store: sqlite3.Connection,
    name: str,
    time: float,
    *,
    pid: int,
    started: float,
    cpu_s: float,
    memory: int,
    written: int,
) -> None:
    """What a neuron used then."""
    store.execute(
        "INSERT INTO processes VALUES (?, ?, ?, ?, ?, ?, 1, 1, 16, 2, 0, ?)",
        (name, time, pid, started, cpu_s, memory, written),
    )


def state_row(store: sqlite3.Connection, name: str, time: float, state: str, restarts: int) -> None:
    """What a neuron was from then on."""
    store.execute("INSERT INTO states VALUES (?, ?, ?, 1, ?, NULL)", (name, time, state, restarts))
