"""Looks at a fleet again and again, in a thread of its own: no look, however long it takes, holds up the screen."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from netctl.cli.quick import sampled
from netctl.cli.words import Words
from netctl.errors import NetctlError
from netctl.fleet import Fleet
from netctl.live.reading import Reading
from netctl.live.recorded import NOTHING
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

    def report(self) -> StatusReport:
        """How it is now; NetctlError where that cannot be told."""
        return self._look()[2]

    def picture(self) -> Picture:
        """The same with what the store holds; without that at the first time, for a day of it takes a while to read."""
        fleet, seen, report = self._look()
        if self._reading is None:
            self._reading, self.period_s = Reading(fleet.state), 0.0
            return picture_of(fleet, seen, report, NOTHING)
        return picture_of(fleet, seen, report, self._reading.look(names_of(report), report.at))

    def _look(self) -> tuple[Fleet, Observation, StatusReport]:
        now = time.time()
        found = None if self.live else sampled(self.words, now)
        self.period_s = OWN_PERIOD_S if found is None else PERIOD_S
        fleet, seen = found or asyncio.run(_observed(self.words))
        return fleet, seen, report_of(fleet, seen, now=None if found is None else now)


async def _observed(words: Words) -> tuple[Fleet, Observation]:
    from netctl.cli.selection import fleet_meant
    from netctl.cli.world import looking_at
    from netctl.observing import observe
    from netctl.probes.whole import probe_of

    async with looking_at(fleet_meant(words, asks=True)) as (fleet, world):
        return fleet, await observe(fleet, world, probe=probe_of(world, at_once=True))


def pause_after(took_s: float, period_s: float) -> float:
    """Seconds between two looks, of which one took so long."""
    return max(period_s - took_s, took_s * (EASE - 1)) if period_s else 0.0


@dataclass(slots=True)
class Watcher:
    """Looks in a thread. `tell` gets each picture or error there; a bug of ours too, and that is the end.

    Nobody waits for it when the screen is left: the program ends, whatever it waits for.
    """

    looking: Looking
    tell: Callable[[Picture | Exception], object]

    def start(self) -> None:
        """Look from now on."""
        threading.Thread(target=self._run, name="looking", daemon=True).start()

    def _run(self) -> None:
        try:
            while True:
                began = time.monotonic()
                try:
                    self.tell(self.looking.picture())
                except NetctlError as error:
                    self.tell(error)
                time.sleep(pause_after(time.monotonic() - began, self.looking.period_s))
        except Exception as error:  # noqa: BLE001 - told of in the thread that can end the program
            self.tell(error)
