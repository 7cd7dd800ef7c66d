"""The collector of a fleet: one thread for each neuron that writes elsewhere, until the collector ends.

A machine that is gone takes its logs along: what is collected while it lives is all that will ever be had.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path

from netctl.collecting import record
from netctl.collecting.gatherer import Gatherer
from netctl.errors import NetctlError
from netctl.ports.gathering import Gatherable, Stream, Task

AGAIN_S = 3.0
"""How long a log that could not be read is left alone."""

SILENT_S = 5.0
"""How long a log is waited for once its task is over, or its node is gone: the engine may never end such a stream."""


@dataclass(slots=True)
class Collector:
    """Collects the logs of `source` into the logs of `place`, by neuron; `tell` hears what goes wrong, None for over.

    Whatever happens to a log, the others go on. Each neuron's tasks are collected one after the other.
    """

    source: Gatherable
    state: Path
    place: Callable[[str], Mapping[Stream, Path]]
    tell: Callable[[str, str | None], None] = lambda _neuron, _problem: None
    _works: dict[str, _Work] = field(default_factory=dict)
    _done: set[str] = field(default_factory=set)

    def tend(self) -> None:
        """See to it that every task that has something left is being collected; SessionError.

        To be called every second or so, in a thread, by one thread at a time.
        """
        tasks = self.source.tasks()
        self._done &= {task.id for task in tasks}
        for neuron, group in groupby(sorted(tasks, key=lambda t: (t.name, t.number)), key=lambda t: t.name):
            of_neuron = list(group)
            if (work := self._works.get(neuron)) is not None:
                if work.is_wanted(of_neuron):
                    continue
                self._done |= work.finished
            left = [task for task in of_neuron if task.id not in self._done and not task.is_lost]
            if left and (work is None or time.monotonic() >= work.again_at):
                self._works[neuron] = _Work(self, neuron, left)
                self._works[neuron].start()

    def close(self) -> None:
        """Append no more; what has not been is for the next collector. Threads that wait for a stream end with it."""
        for work in self._works.values():
            work.leave()


class _Work(threading.Thread):
    """Collects one neuron's tasks, oldest first. A task that was over when it was begun with is done at its end."""

    def __init__(self, collector: Collector, neuron: str, tasks: Sequence[Task]) -> None:
        super().__init__(name=f"logs of {neuron}", daemon=True)
        self.finished: set[str] = set()
        self.again_at = 0.0
        self._collector = collector
        self._neuron = neuron
        self._tasks = tasks
        self._turn = threading.Lock()
        self._left = False
        self._current: str | None = None
        self._heard_at = time.monotonic()

    def is_wanted(self, tasks: Sequence[Task]) -> bool:
        """Whether it goes on; one that waits for a task which writes no more is left to itself, and appends no more."""
        if not self.is_alive():
            return False
        current = next((task for task in tasks if task.id == self._current), None)
        is_idle = current is None or current.is_over or current.is_lost
        if is_idle and time.monotonic() - self._heard_at > SILENT_S:
            self.leave()
            return False
        return True

    def leave(self) -> None:
        """From now on it appends nothing, however long it still waits for its stream."""
        with self._turn:
            self._left = True

    def run(self) -> None:
        """Collect them; what goes wrong is told, and tried again later."""
        try:
            for task in self._tasks:
                self._collect(task)
        except (NetctlError, OSError) as error:
            self.again_at = time.monotonic() + AGAIN_S
            if not self._left:
                self._collector.tell(self._neuron, error.message if isinstance(error, NetctlError) else str(error))
        else:
            self._collector.tell(self._neuron, None)

    def _collect(self, task: Task) -> None:
        known = record.read(self._collector.state, self._neuron).of(task.id)
        if known is not None and known.is_done:
            self.finished.add(task.id)
            return
        with self._turn:
            if self._left:
                return
            self._current, self._heard_at = task.id, time.monotonic()
            logs = self._collector.place(self._neuron)
            gatherer = Gatherer(self._collector.state, self._neuron, logs, task.id)
        for pieces in self._collector.source.read_log(task, since_ns=gatherer.since_ns, follow=not task.is_over):
            with self._turn:
                if self._left:
                    return
                gatherer.append(pieces)
                self._heard_at = time.monotonic()
        if task.is_over:
            with self._turn:
                if not self._left:
                    gatherer.done()
                    self.finished.add(task.id)
