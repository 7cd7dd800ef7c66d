"""Blocks and state on disk: every change is one SQLite transaction, done before anybody is told of it.

Kept are the state at the head, all headers, bodies and grants, and for the last blocks what each of them overwrote,
from which any state in that window is read. A process killed at any moment leaves whole blocks only.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from netctl.devchain import database
from netctl.devchain.database import Incoming, Tip
from netctl.devchain.errors import ChainDataError
from netctl.devchain.scale import BLOB, Cursor, Vector

FILE = "chain.sqlite"
_BODY = Vector(BLOB)


@dataclass(frozen=True, slots=True)
class StoredBlock:
    """A sealed block as it goes to disk."""

    number: int
    hash: bytes
    header: bytes
    body: tuple[bytes, ...]
    grants: bytes = b""


@dataclass(frozen=True, slots=True)
class Written:
    """A block with what it changed, and what each of those keys held before."""

    block: StoredBlock
    changes: dict[bytes, bytes | None]
    undo: Sequence[tuple[bytes, bytes | None]]


@dataclass(frozen=True, slots=True)
class Cut:
    """Blocks above `above` go; `changes` lead from the state at the tip back to that block's."""

    above: int
    changes: dict[bytes, bytes | None]


class Store:
    """The database of one chain; exclusive, so a second process on the same directory is refused."""

    def __init__(self, directory: Path | None) -> None:
        """Open or make the database in `directory`, or one in memory without it; ChainDataError if it is unusable."""
        self._directory = directory
        self._lock: int | None = None
        if directory is None:
            self._sql = database.opened(":memory:")
            return
        try:
            directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as exc:
            raise ChainDataError(f"{directory} cannot be a data directory: {exc.strerror}") from exc
        self._lock = database.locked(directory)
        try:
            database.remove(directory / database.INCOMING)
            self._sql = database.opened(str(directory / FILE))
        except BaseException:
            self._unlock()
            raise

    def close(self) -> None:
        """Let go of the database."""
        self._sql.close()
        self._unlock()

    def _unlock(self) -> None:
        lock, self._lock = self._lock, None
        if lock is not None:
            os.close(lock)

    def identity(self) -> dict[str, bytes]:
        """What this chain was made with; empty before the first block."""
        return dict(self._sql.execute("SELECT name, value FROM identity"))

    def tip(self) -> int | None:
        """The highest block's number; None before genesis."""
        found = self._sql.execute("SELECT max(number) FROM blocks").fetchone()[0]
        return None if found is None else int(found)

    def state(self) -> dict[bytes, bytes]:
        """The whole state at the tip."""
        return dict(self._sql.execute("SELECT key, value FROM state"))

    def write_genesis(self, identity: dict[str, bytes], block: StoredBlock, state: dict[bytes, bytes]) -> None:
        """The first block, with the chain's identity; nothing before it can be read."""
        with self._transaction():
            self._sql.executemany("INSERT INTO identity VALUES (?, ?)", identity.items())
            self._insert(block)
            self._sql.executemany("INSERT INTO state VALUES (?, ?)", state.items())

    def write(self, blocks: Sequence[Written], keep: int, finalized: int | None = None, cut: Cut | None = None) -> None:
        """Blocks in one transaction, after the cut if there is one: all of it happens or nothing.

        Forgets undo rows older than `keep` blocks. `finalized` is the highest final block; None says the last of these.
        """
        number = blocks[-1].block.number
        changes = dict(cut.changes) if cut is not None else {}
        undo_floor = number - keep
        undo: list[tuple[bytes, int, bytes | None]] = []
        with self._transaction():
            if cut is not None:
                self._cut(cut.above)
            for written in blocks:
                at = written.block.number
                self._insert(written.block)
                changes.update(written.changes)
                if at > undo_floor:
                    undo.extend((key, at, old) for key, old in written.undo)
            undo.sort()
            self._sql.executemany("INSERT INTO undo VALUES (?, ?, ?)", undo)
            self._change(changes)
            self._mark(number if finalized is None else finalized)
            self._sql.execute("DELETE FROM undo WHERE number <= ?", (undo_floor,))

    def _cut(self, above: int) -> None:
        for table in ("blocks", "undo", "grants"):
            self._sql.execute(f"DELETE FROM {table} WHERE number > ?", (above,))  # noqa: S608

    def _change(self, changes: dict[bytes, bytes | None]) -> None:
        put = [(key, value) for key, value in changes.items() if value is not None]
        self._sql.executemany("INSERT INTO state VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value", put)
        gone = [(key,) for key, value in changes.items() if value is None]
        if gone:
            self._sql.executemany("DELETE FROM state WHERE key = ?", gone)

    def _mark(self, finalized: int) -> None:
        sql = "INSERT INTO marks VALUES ('finalized', ?) ON CONFLICT DO UPDATE SET value = excluded.value"
        self._sql.execute(sql, (finalized,))

    def mark_finalized(self, number: int) -> None:
        """Blocks up to this one are final."""
        with self._transaction():
            self._mark(number)

    def finalized(self) -> int | None:
        """The highest final block; None where none was ever marked."""
        row = self._sql.execute("SELECT value FROM marks WHERE name = 'finalized'").fetchone()
        return None if row is None else int(row[0])

    def grants(self, number: int) -> bytes:
        """The record of a block's grants; empty for a block without."""
        return self._one("SELECT record FROM grants WHERE number = ?", number) or b""

    def before(self, number: int) -> dict[bytes, bytes | None]:
        """What keys that later blocks wrote held at this block, which must be in the window."""
        sql = "SELECT key, old, min(number) FROM undo WHERE number > ? GROUP BY key"
        return {key: old for key, old, _ in self._sql.execute(sql, (number,))}

    def copy_to(self, file: Path) -> Tip:
        """A compact database file with all of this, and where it ends; from any thread, while others write.

        sqlite3.Error if there is no room.
        """
        return database.copy(self._sql, file, at_once=self._directory is None)

    def read_in(self, file: Path) -> Incoming:
        """What a file that `copy_to` made holds, ready to be become; from any thread. sqlite3.Error if it is none."""
        return database.read_in(file, self._directory)

    def become(self, incoming: Incoming) -> None:
        """Be that database from here on; OSError if it cannot be put in place, and all is as it was."""
        if self._directory is None or incoming.path is None:
            self._sql.close()
            self._sql = incoming.memory
            return
        path = self._directory / FILE
        try:
            database.exchange(self._sql, path, incoming.path)
        finally:
            self._sql = database.opened(str(path))

    def header(self, number: int) -> bytes | None:
        """A header's bytes."""
        return self._one("SELECT header FROM blocks WHERE number = ?", number)

    def hash_of(self, number: int) -> bytes | None:
        """A block's hash."""
        return self._one("SELECT hash FROM blocks WHERE number = ?", number)

    def body(self, number: int) -> list[bytes] | None:
        """A block's extrinsics."""
        raw = self._one("SELECT body FROM blocks WHERE number = ?", number)
        return None if raw is None else _BODY.read(Cursor(raw))

    def number_of(self, block_hash: bytes) -> int | None:
        """The number of the block with this hash."""
        row = self._sql.execute("SELECT number FROM blocks WHERE hash = ?", (block_hash,)).fetchone()
        return None if row is None else int(row[0])

    def overwritten(self, key: bytes, number: int) -> tuple[bytes | None] | None:
        """What the first block after `number` that wrote this key overwrote, in a tuple; None if none did."""
        sql = "SELECT old FROM undo WHERE key = ? AND number > ? ORDER BY number LIMIT 1"
        row: tuple[bytes | None] | None = self._sql.execute(sql, (key, number)).fetchone()
        return row

    def written_after(self, prefix: bytes, end: bytes, number: int) -> Iterator[bytes]:
        """Keys in [prefix, end) that blocks after `number` wrote."""
        sql = "SELECT DISTINCT key FROM undo WHERE key >= ? AND key < ? AND number > ?"
        for (key,) in self._sql.execute(sql, (prefix, end, number)):
            yield key

    def _one(self, sql: str, number: int) -> bytes | None:
        row = self._sql.execute(sql, (number,)).fetchone()
        return None if row is None else bytes(row[0])

    def _insert(self, block: StoredBlock) -> None:
        values = (block.number, block.hash, block.header, _BODY.write(list(block.body)))
        self._sql.execute("INSERT INTO blocks VALUES (?, ?, ?, ?)", values)
        if block.grants:
            self._sql.execute("INSERT INTO grants VALUES (?, ?)", (block.number, block.grants))

    def _transaction(self) -> _Transaction:
        return _Transaction(self._sql)


class _Transaction:
    """BEGIN and COMMIT around a block, ROLLBACK if either fails: the next one must be able to begin."""

    def __init__(self, sql: sqlite3.Connection) -> None:
        self._sql = sql

    def __enter__(self) -> None:
        self._sql.execute("BEGIN IMMEDIATE")

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        try:
            if kind is None:
                self._sql.execute("COMMIT")
        finally:
            if self._sql.in_transaction:
                self._sql.execute("ROLLBACK")
