"""One fleet's metrics.db, looked into again and again; it may come, go, or be another at any time."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from netctl.errors import StoreError
from netctl.live.recorded import NOTHING, Recorded, Recording
from netctl.store.database import FILE, looked_into


@dataclass(slots=True)
class Reading:
    """The store of a state directory, kept open between looks. For one thread at a time."""

    state: Path
    _open: ExitStack = field(default_factory=ExitStack)
    _connection: sqlite3.Connection | None = None
    _place: tuple[int, int] | None = None
    _version: int = -1
    _recording: Recording | None = None
    _told: Recorded = NOTHING

    def look(self, names: Mapping[str, str], now: float) -> Recorded:
        """What it holds by now of these neurons, named by hotkey; what was read before stays where that fails."""
        try:
            connection = self._opened()
            if self._recording is None or self._recording.names != names:
                self._recording, self._version = Recording(dict(names)), -1
            (version,) = connection.execute("PRAGMA data_version").fetchone()
            if version != self._version:
                self._recording.take(connection, now)
                self._version, self._told = version, self._recording.told()
        except (StoreError, sqlite3.DatabaseError, OSError) as error:
            self.close()
            problem = error.message if isinstance(error, StoreError) else f"{self.state / FILE}: {error}"
            self._told = Recorded(problem) if self._recording is None else self._recording.told(problem)
        return self._told

    def _opened(self) -> sqlite3.Connection:
        place = _place_of(self.state / FILE)
        if self._connection is None or place != self._place:
            self.close()
            connection = self._open.enter_context(looked_into(self.state / FILE))
            self._connection, self._place, self._recording = connection, _place_of(self.state / FILE), None
        return self._connection

    def close(self) -> None:
        """Leave the store to others."""
        self._open.close()
        self._connection, self._place, self._version = None, None, -1


def _place_of(path: Path) -> tuple[int, int] | None:
    try:
        found = os.stat(path)  # noqa: PTH116 - at every look
    except OSError:
        return None
    return found.st_ino, found.st_dev
