"""Ends of runs, side by side: each in a thread of its own, which nobody waits for longer than he likes."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Iterator, Sequence
from concurrent.futures import Future, wait
from dataclasses import dataclass, field
from threading import Thread

Survivors = Sequence[str] | None
"""Who could not be ended; None where it was no longer the run that was meant."""


@dataclass(slots=True)
class Enders:
    """At most `at_once` ends at a time, by the neurons' names."""

    at_once: int
    ongoing: dict[str, Future[Survivors]] = field(default_factory=dict)

    def has_room(self) -> bool:
        """Whether one more may begin."""
        return len(self.ongoing) < self.at_once

    def begin(self, name: str, end: Callable[[], Survivors]) -> None:
        """Begin to end a run. Its thread is a daemon: a process that is told to end does not wait for it."""
        future: Future[Survivors] = Future()
        self.ongoing[name] = future
        Thread(target=_answer, args=(future, end), name=f"end of {name}", daemon=True).start()

    def take_done(self) -> Iterator[tuple[str, Future[Survivors]]]:
        """Those that are over, each once."""
        for name in [name for name, future in self.ongoing.items() if future.done()]:
            yield name, self.ongoing.pop(name)

    async def settle(self, within_s: float) -> Collection[str]:
        """Wait for all that go on, but not longer than this; returns who still is being ended."""
        await asyncio.to_thread(wait, list(self.ongoing.values()), within_s)
        return [name for name, future in self.ongoing.items() if not future.done()]


def _answer(future: Future[Survivors], end: Callable[[], Survivors]) -> None:
    try:
        future.set_result(end())
    except Exception as error:  # noqa: BLE001 - whoever takes the answer gets it
        future.set_exception(error)
