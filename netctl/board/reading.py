"""One fleet's store, kept open and looked into again and again; it may come, go, or be another at any time."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from netctl.board.board import Board
from netctl.board.spec import Drawn
from netctl.errors import StoreError
from netctl.ports import Clock
from netctl.runs.record import decoded
from netctl.store.database import FILE
from netctl.store.kept_open import KeptOpen
from netctl.store.latest import StateNow, run_now, states_now


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
    _facts: str = ""
    _turn: threading.Lock = field(default_factory=threading.Lock)
    _store: KeptOpen = field(init=False)

    def __post_init__(self) -> None:
        self._store = KeptOpen(self.state / FILE)

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
            with self._store.look() as look:
                if look.is_another or self.board is None:
                    self.board, self._facts = Board(self.drawn(), self.keep_s), ""
                elif not look.has_changed:
                    return None
                self._read_run(self.board, look.connection)
                self.states = states_now(look.connection)
                self.board.take(look.connection, self.clock.now())
        except (StoreError, OSError) as error:
            self.problem = error.message if isinstance(error, StoreError) else str(error)
            return None
        self.problem = None
        return self.board.changes()

    def _read_run(self, board: Board, connection: sqlite3.Connection) -> None:
        run = run_now(connection)
        if run is None or run.facts == self._facts:
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
        board.names.update(self.roles.names)

    def close(self) -> None:
        """Leave the store to others."""
        self._store.close()
