"""Opening metrics.db, and changing it whole or not at all."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

from netctl.errors import StoreError
from netctl.store import schema

FILE = "metrics.db"
PATIENCE_S = 20.0


@contextmanager
def opened(path: Path) -> Iterator[sqlite3.Connection]:
    """The store at `path`, made where there is none; StoreError where it is none of ours.

    A process that is killed leaves the last whole change. Several may write: one waits for the other.
    """
    with _told(path):
        with suppress(FileExistsError):
            os.close(os.open(path, os.O_CREAT | os.O_EXCL, 0o600))
        connection = sqlite3.connect(path, timeout=PATIENCE_S, isolation_level=None, check_same_thread=False)
    try:
        with _told(path):
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = NORMAL")
            with change(connection):
                schema.prepare(connection)
        try:
            yield connection
        except sqlite3.DatabaseError as exc:
            # What else goes wrong in the block is not the store's fault.
            raise fault(path, exc) from exc
    finally:
        connection.close()


@contextmanager
def looked_into(path: Path) -> Iterator[sqlite3.Connection]:
    """The store at `path` to read from; StoreError where there is none, or it is none of ours."""
    if not path.exists():
        raise StoreError(
            f"{path} is not there: nothing was sampled yet",
            hint="netctl fleet up starts the supervisor, which writes it",
        )
    with opened(path) as connection:
        connection.execute("PRAGMA query_only = ON")
        yield connection


@contextmanager
def empty() -> Iterator[sqlite3.Connection]:
    """A store in memory with nothing in it."""
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
        schema.prepare(connection)
        yield connection


@contextmanager
def change(connection: sqlite3.Connection) -> Iterator[None]:
    """One transaction: all of the block's changes, or none. Others see them when it ends."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")


@contextmanager
def _told(path: Path) -> Iterator[None]:
    try:
        yield
    except (sqlite3.DatabaseError, ValueError, OSError) as exc:
        raise fault(path, exc) from exc


def fault(path: Path, found: Exception) -> StoreError:
    """Why a store cannot be used, and what to do."""
    hint = (
        "check its owner and mode" if isinstance(found, OSError) else "move it away: what the logs keep is read again"
    )
    return StoreError(f"{path} cannot be used: {found}", hint=hint)
