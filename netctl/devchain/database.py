"""The database of a chain: opened for one process alone, copied while it is written to, exchanged for another.

Copying and reading in are for a thread beside the chain: they hold up its connection for milliseconds at a time. What
is written meanwhile comes into the copy too, whole transactions only; one that is rolled back has the copy begin anew
(sqlite.org/backup.html).
"""

from __future__ import annotations

import fcntl
import os
import sqlite3
import time
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path

from netctl.devchain.errors import ChainDataError

CHECKPOINT_PAGES = 4000
"""Pages of 4 KiB that the write-ahead log grows to: most of them are overwritten often before they are moved."""
STEP_PAGES = 64
"""Pages copied while the chain's connection has to wait."""
BREATH_S = 0.0005
"""What the chain gets between two steps, which would else take the connection again at once."""
BUSY_S = 0.005
INCOMING = "incoming.sqlite"
COMPANIONS = ("", "-journal", "-wal", "-shm")
_SCHEMA = """
CREATE TABLE identity (name TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE blocks (number INTEGER PRIMARY KEY, hash BLOB NOT NULL UNIQUE, header BLOB NOT NULL, body BLOB NOT NULL);
CREATE TABLE state (key BLOB PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE undo (key BLOB, number INTEGER, old BLOB, PRIMARY KEY (key, number)) WITHOUT ROWID;
CREATE INDEX undo_by_number ON undo (number);
"""
_LATER = """
CREATE TABLE IF NOT EXISTS grants (number INTEGER PRIMARY KEY, record BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS marks (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
"""
_TABLES = ("identity", "blocks", "state", "undo", "grants", "marks")


def opened(path: str) -> sqlite3.Connection:
    """The database there, made if there is none, for this process alone; ChainDataError if it is unusable."""
    try:
        made = sqlite3.connect(path, isolation_level=None, timeout=0.2, check_same_thread=False)
    except sqlite3.Error as exc:
        raise ChainDataError(f"{path} is unreadable: {exc}") from exc
    try:
        made.execute("PRAGMA locking_mode = EXCLUSIVE")
        made.execute("PRAGMA journal_mode = WAL")
        made.execute("PRAGMA synchronous = NORMAL")
        made.execute(f"PRAGMA wal_autocheckpoint = {CHECKPOINT_PAGES}")
        made.execute("BEGIN EXCLUSIVE")
        _make_tables(made)
        made.execute("COMMIT")
    except sqlite3.Error as exc:
        made.close()
        raise ChainDataError(f"{path} is {'in use by another chain' if is_lock(exc) else 'unreadable'}: {exc}") from exc
    return made


def is_lock(exc: sqlite3.Error) -> bool:
    """Whether it says that another process has the database."""
    return "locked" in str(exc)


def _make_tables(database: sqlite3.Connection) -> None:
    if not database.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
        for statement in _SCHEMA.split(";")[:-1]:
            database.execute(statement)
    for statement in _LATER.split(";")[:-1]:
        database.execute(statement)


def locked(directory: Path) -> int | None:
    """A handle that keeps other chains from the directory, also while one database is exchanged for another.

    ChainDataError if another has it; None on a file system without such locks.
    """
    handle = os.open(directory, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as exc:
        os.close(handle)
        raise ChainDataError(f"{directory} is in use by another chain") from exc
    except OSError:
        os.close(handle)
        return None
    return handle


@dataclass(frozen=True)
class Tip:
    """The highest block of a copy; `finalized` is None where none was ever marked."""

    number: int
    hash: bytes
    finalized: int | None


def copy(database: sqlite3.Connection, file: Path, *, at_once: bool) -> Tip:
    """Make a compact copy in a new file, as the database is between two writes, and give where it ends.

    One in memory has to be copied at once: there every write would have the copy begin anew. sqlite3.Error if there
    is no room.
    """
    with closing(sqlite3.connect(file, isolation_level=None)) as made:
        database.backup(made, pages=-1 if at_once else STEP_PAGES, progress=_breathe, sleep=BUSY_S)
        made.execute("PRAGMA synchronous = OFF")
        made.execute("PRAGMA journal_mode = DELETE")
        made.execute("VACUUM")
        number, block_hash = made.execute("SELECT max(number), hash FROM blocks").fetchone()
        mark = made.execute("SELECT value FROM marks WHERE name = 'finalized'").fetchone()
    return Tip(number, bytes(block_hash), None if mark is None else int(mark[0]))


def _breathe(_status: int, _remaining: int, _total: int) -> None:
    time.sleep(BREATH_S)


@dataclass(frozen=True)
class Incoming:
    """A whole database that a chain is about to become: in memory, or closed and on disk at `path`."""

    memory: sqlite3.Connection
    path: Path | None

    def discard(self) -> None:
        """Leave nothing of it, if nobody took it."""
        self.memory.close()
        if self.path is not None:
            remove(self.path)


def read_in(file: Path, directory: Path | None) -> Incoming:
    """What a copied file holds, in a database of its own: in memory, or in a file of `directory`, synced.

    ChainDataError or sqlite3.Error if the file is no copy, sqlite3.Error too if there is no room.
    """
    path = None if directory is None else directory / INCOMING
    if path is not None:
        remove(path)
    made = sqlite3.connect(path or ":memory:", isolation_level=None, check_same_thread=False)
    incoming = Incoming(made, path)
    try:
        made.execute("PRAGMA synchronous = OFF")
        made.execute("PRAGMA journal_mode = OFF")
        _make_tables(made)
        made.execute("ATTACH DATABASE ? AS other", (str(file),))
        made.execute("BEGIN")
        for table in _TABLES:
            made.execute(f"INSERT INTO main.{table} SELECT * FROM other.{table}")  # noqa: S608
        made.execute("COMMIT")
        made.execute("DETACH DATABASE other")
        _check_blocks(made)
        if path is not None:
            made.close()
            _sync(path)
    except BaseException:
        incoming.discard()
        raise
    return incoming


def _check_blocks(database: sqlite3.Connection) -> None:
    highest, blocks = database.execute("SELECT max(number), count(*) FROM blocks").fetchone()
    if highest is None or blocks != highest + 1:
        raise ChainDataError("it misses blocks")


def remove(file: Path) -> None:
    """A database file, if it is there, and what SQLite keeps beside one."""
    for suffix in COMPANIONS:
        file.with_name(f"{file.name}{suffix}").unlink(missing_ok=True)


def exchange(database: sqlite3.Connection, path: Path, incoming: Path) -> None:
    """Close the database at `path` and put a file in its place, in one step; OSError if that fails.

    Closing writes its log into it and removes the log: killed before the step, the old one is whole.
    """
    database.close()
    incoming.replace(path)
    _sync(path.parent)


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        with suppress(OSError):
            os.fsync(handle)
    finally:
        os.close(handle)
