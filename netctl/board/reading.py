"""One fleet's store, kept open and looked into again and again; it may come, go, or be another at any time."""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from netctl.board.board import Board
from netctl.board.spec import Drawn
from netctl.errors import StoreError
from netctl.ports import Clock
from netctl.runs.record import decoded
from netctl.store.database import FILE, looked_into
from netctl.store.latest import StateNow, run_now, states_now

Mark = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Roles:
    """What the last run says of its neurons: their roles, and their names by hotkey."""

    roles: dict[str, str] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class Reading:
    """Reads the store of a state directory into a board. `problem` says why there is nothing to read, or no longer."""

    state: Path
    drawn: Callable[[], Drawn]
    keep_s: float
    clock: Clock
    problem: str | None = None
    board: Board | None = None
    states: tuple[StateNow, ...] = ()
    roles: Roles = Roles()
    _open: ExitStack = field(default_factory=ExitStack)
    _connection: sqlite3.Connection | None = None
    _mark: Mark | None = None
    _version: int = -1
    _facts: str = ""
    _turn: threading.Lock = field(default_factory=threading.Lock)

    def look(self) -> dict[str, Any] | None:
        """Read what is new and tell what has changed, None for nothing; of another store, the whole."""
        with self._turn:
            before = self.problem
            found = self._look()
            if self.problem is not None and self.problem != before:
                return {"problem": self.problem}
            return None if found is None else {"problem": None, **found}

    def whole(self) -> dict[str, Any]:
        """Everything that was read so far."""
        with self._turn:
            return {"problem": self.problem, **({} if self.board is None else self.board.whole())}

    def _look(self) -> dict[str, Any] | None:
        try:
            connection = self._opened()
            (version,) = connection.execute("PRAGMA data_version").fetchone()
            if version == self._version:
                return None
            if self.board is None:
                self.board = Board(self.drawn(), self.keep_s)
            self._read_run(connection)
            self.states = states_now(connection)
            self.board.take(connection, self.clock.now())
        except (StoreError, sqlite3.DatabaseError, OSError) as error:
            self.close()
            self.problem = error.message if isinstance(error, StoreError) else str(error)
            return None
        self._version = version
        self.problem = None
        return self.board.changes()

    def _opened(self) -> sqlite3.Connection:
        found = _mark_of(self.state / FILE)
        if self._connection is None or found != self._mark:
            self.close()
            self.board = None
            self._connection = self._open.enter_context(looked_into(self.state / FILE))
            self._mark = _mark_of(self.state / FILE)
        return self._connection

    def _read_run(self, connection: sqlite3.Connection) -> None:
        run = run_now(connection)
        if run is None or run.facts == self._facts or self.board is None:
            return
        self._facts = run.facts
        try:
            neurons = decoded(run.facts.encode(), run.id).neurons
        except StoreError:
            return  # what is drawn has no names then
        self.roles = Roles(
            {each.name: each.role for each in neurons},
            {each.hotkey_ss58: each.name for each in neurons if each.hotkey_ss58 is not None},
        )
        self.board.names.update(self.roles.names)

    def close(self) -> None:
        """Leave the store to others."""
        self._open.close()
        self._connection, self._mark, self._version, self._facts = None, None, -1, ""


def _mark_of(path: Path) -> Mark | None:
    try:
        found = os.stat(path)  # noqa: PTH116 - once a second
    except OSError:
        return None
    return found.st_ino, found.st_dev
