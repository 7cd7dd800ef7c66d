"""A store that is looked into again and again; it may come, go, or be another at any time."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from netctl.errors import StoreError
from netctl.store.database import fault, looked_into


class Look(NamedTuple):
    """The store at one moment: whether it is another one than at the last look, and whether it has changed since."""

    connection: sqlite3.Connection
    is_another: bool
    has_changed: bool


@dataclass(slots=True)
class KeptOpen:
    """The store at `path`, kept open between looks. For one thread at a time."""

    path: Path
    _open: ExitStack = field(default_factory=ExitStack)
    _connection: sqlite3.Connection | None = None
    _place: tuple[int, int] | None = None
    _version: int = -1

    @contextmanager
    def look(self) -> Iterator[Look]:
        """As it is now, to read from in the block; StoreError, and the next look opens it anew."""
        try:
            connection, is_another = self._opened()
            (version,) = connection.execute("PRAGMA data_version").fetchone()
            connection.execute("BEGIN")
            yield Look(connection, is_another, is_another or version != self._version)
            connection.execute("COMMIT")
            self._version = version
        except sqlite3.DatabaseError as exc:
            self.close()
            raise fault(self.path, exc) from exc
        except BaseException:
            self.close()
            raise

    def _opened(self) -> tuple[sqlite3.Connection, bool]:
        place = _place_of(self.path)
        if self._connection is not None and place == self._place:
            return self._connection, False
        self.close()
        connection = self._open.enter_context(looked_into(self.path))
        self._connection, self._place = connection, _place_of(self.path)
        return connection, True

    def close(self) -> None:
        """Leave the store to others."""
        with suppress(StoreError):
            self._open.close()
        self._connection, self._place, self._version = None, None, -1


def _place_of(path: Path) -> tuple[int, int] | None:
    try:
        found = os.stat(path)  # noqa: PTH116 - at every look
    except OSError:
        return None
    return found.st_ino, found.st_dev
