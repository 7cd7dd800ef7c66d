"""Follows the selected neuron's log in a thread of its own, and keeps what the screen has not taken yet."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from functools import partial
from typing import NamedTuple

from netctl.errors import NetctlError
from netctl.logs import LogLine, Source, follow

KEPT = 1000
"""Lines on the screen; where more come between two takes, the older ones are counted only."""

BEGIN_WITH = 200
SETTLES_S = 0.08
"""A selection that is changed so soon again is not read."""

AGAIN_S = 2.0


class Taken(NamedTuple):
    """Lines of a selection since the last take, and how many before them were passed over."""

    selection: int
    lines: list[LogLine]
    passed: int
    problem: str | None


class _Turned(Exception):
    """Something else is selected."""


@dataclass(slots=True)
class Tail:
    """`waiting` is called in the thread when there is something to take; once, until it is taken."""

    waiting: Callable[[], object]
    _lines: deque[LogLine] = field(default_factory=lambda: deque(maxlen=KEPT))
    _passed: int = 0
    _problem: str | None = None
    _sources: Sequence[Source] = ()
    _selection: int = 0
    _told: bool = False
    _changed: threading.Condition = field(default_factory=threading.Condition)

    def start(self) -> None:
        """Follow from now on what is selected."""
        threading.Thread(target=self._run, name="tail", daemon=True).start()

    def select(self, sources: Sequence[Source]) -> int:
        """Follow these from now on, with the last lines that are there; says which selection that is."""
        with self._changed:
            self._sources, self._selection = sources, self._selection + 1
            self._forget()
            self._changed.notify_all()
            return self._selection

    def take(self) -> Taken:
        """What has come since the last time."""
        with self._changed:
            taken = Taken(self._selection, list(self._lines), self._passed, self._problem)
            self._forget()
            return taken

    def _forget(self) -> None:
        self._lines.clear()
        self._passed, self._problem, self._told = 0, None, False

    def _run(self) -> None:
        while True:
            selection, sources = self._settled()
            try:
                pause = partial(self._pause, selection)
                with closing(follow(sources, count=BEGIN_WITH, sleep=pause)) as news:
                    for line in news:
                        self._keep(line, selection)
            except _Turned:
                continue
            except NetctlError as error:
                self._fail(error, selection)

    def _settled(self) -> tuple[int, Sequence[Source]]:
        """What is selected, once it has been for a moment."""
        with self._changed:
            self._changed.wait_for(lambda: self._sources)
            while True:
                selection = self._selection
                if not self._turns(selection, SETTLES_S):
                    return selection, self._sources

    def _keep(self, line: LogLine, selection: int) -> None:
        with self._changed:
            if self._selection != selection:
                raise _Turned
            self._passed += len(self._lines) == KEPT
            self._lines.append(line)
            tells = len(self._lines) == KEPT and not self._told
            self._told |= tells
        if tells:
            self.waiting()

    def _pause(self, selection: int, seconds: float) -> None:
        with self._changed:
            tells = bool(self._lines) and not self._told
            self._told |= tells
        if tells:
            self.waiting()
        with self._changed:
            if self._turns(selection, seconds):
                raise _Turned

    def _fail(self, error: NetctlError, selection: int) -> None:
        """Say it, and try again after a while."""
        with self._changed:
            if self._selection == selection:
                self._problem = error.message
        self.waiting()
        with self._changed:
            self._turns(selection, AGAIN_S)

    def _turns(self, selection: int, within_s: float) -> bool:
        """Wait until something else is selected; the lock is held."""
        return self._changed.wait_for(lambda: self._selection != selection, within_s)
