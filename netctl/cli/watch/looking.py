"""Looks at a fleet again and again, in a thread of its own: no look, however long it takes, holds up the screen."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from netctl.cli.quick import sampled
from netctl.cli.words import Words
from netctl.errors import NetctlError
from netctl.fleet import Fleet
from netctl.live.reading import Reading
from netctl.live.rows import Picture, names_of, picture_of
from netctl.observation import Observation
from netctl.status import StatusReport, report_of

PERIOD_S = 2.0
OWN_PERIOD_S = 10.0
"""Between looks that ask the chain itself, for there is no fresh sample."""

EASE = 4.0
"""A look takes at most one part in so many of the time."""


@dataclass(slots=True)
class Looking:
    """One fleet, by words that name it. `live` asks the chain at each look, whatever was sampled."""

    words: Words
    live: bool = False
    period_s: float = PERIOD_S
    _reading: Reading | None = None

    def look(self) -> Picture:
        """How it is now; NetctlError where that cannot be told."""
        found = None if self.live else sampled(self.words, now := time.time())
        self.period_s = PERIOD_S if found is not None else OWN_PERIOD_S
        fleet, seen = found or asyncio.run(_observed(self.words))
        report = report_of(fleet, seen, now=None if found is None else now)
        return self._with_the_store(fleet, seen, report)

    def _with_the_store(self, fleet: Fleet, seen: Observation, report: StatusReport) -> Picture:
        if self._reading is None or self._reading.state != fleet.state:
            self.close()
            self._reading = Reading(fleet.state)
        return picture_of(fleet, seen, report, self._reading.look(names_of(report), report.at))

    def close(self) -> None:
        """Leave the store to others."""
        if self._reading is not None:
            self._reading.close()


async def _observed(words: Words) -> tuple[Fleet, Observation]:
    from netctl.cli.selection import fleet_meant
    from netctl.cli.world import looking_at
    from netctl.observing import observe
    from netctl.probes.whole import probe_of

    async with looking_at(fleet_meant(words)) as (fleet, world):
        return fleet, await observe(fleet, world, probe=probe_of(world, at_once=True))


def looks(looking: Looking, wait: Callable[[float], object]) -> Iterator[Picture | NetctlError]:
    """A look each period, or more rarely where it takes long; an error is one too. For ever."""
    while True:
        began = time.monotonic()
        try:
            yield looking.look()
        except NetctlError as error:
            yield error
        took = time.monotonic() - began
        wait(max(looking.period_s - took, took * (EASE - 1)))


@dataclass(slots=True)
class Watcher:
    """The thread. `tell` gets each picture or error, in that thread; a bug of ours as it is, and that is the end.

    Nobody waits for it when the screen is left: the program ends, whatever it waits for.
    """

    looking: Looking
    tell: Callable[[Picture | Exception], object]
    _hurry: threading.Event = field(default_factory=threading.Event)

    def start(self) -> None:
        """Look from now on."""
        threading.Thread(target=self._run, name="looking", daemon=True).start()

    def now(self) -> None:
        """Look at once."""
        self._hurry.set()

    def _run(self) -> None:
        try:
            for found in looks(self.looking, self._wait):
                self.tell(found)
        except Exception as error:  # noqa: BLE001 - told of in the thread that can end the program
            self.tell(error)

    def _wait(self, seconds: float) -> None:
        self._hurry.wait(seconds)
        self._hurry.clear()
