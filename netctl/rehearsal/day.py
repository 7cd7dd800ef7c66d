"""The day that a rehearsal plays: one clock for all its neurons, from nine in the morning on, however fast it runs.

The first validator opens the day, for a moment a little ahead, so that who starts beside it misses nothing; where none
comes, a miner opens it after a while. In a slow day the moment is past, so that nobody waits long for the first
evaluation. It is kept in the rehearsal's place: a neuron that starts anew goes on in the same day. All that neurons do
is due at a moment of this clock, and what they find depends on that moment alone.
"""

from __future__ import annotations

import asyncio
import fcntl
import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

OPENING_S = 1_757_494_800.0  # 2025-09-10, 09:00 UTC
LEAD_S = 3.0
FIRST_LOOK_S = 7.0
MINERS_PATIENCE_S = 60.0
HOUR_S = 3_600.0
TICK_S = 300.0
FILE_NAME = "day.json"


@dataclass(frozen=True)
class Day:
    """A clock: `opened_s` is the wall time at which the subnet's time was `first_s`; `scale` is how fast it runs."""

    scale: float
    opened_s: float
    first_s: float = OPENING_S

    def elapsed(self, wall_s: float) -> float:
        """Subnet seconds since the day began; below zero before."""
        return (wall_s - self.opened_s) * self.scale

    def wall(self, elapsed_s: float) -> float:
        """The wall time of a moment of the day."""
        return self.opened_s + elapsed_s / self.scale

    def hour(self, elapsed_s: float) -> int:
        """The hour (a time bucket) of a moment, counted since 1970."""
        return int((self.first_s + elapsed_s) // HOUR_S)

    def tick(self, elapsed_s: float) -> int:
        """The five minutes of a moment, counted since 1970: nothing in the market changes within."""
        return int((self.first_s + elapsed_s) // TICK_S)

    async def until(self, elapsed_s: float) -> None:
        """Return at a moment of the day; at once when it is past."""
        await asyncio.sleep(max(0.0, self.wall(elapsed_s) - time.time()))


def endless(scale: float) -> Day:
    """The clock of a neuron without a rehearsal's place: the subnet's time is wall time, multiplied."""
    return Day(scale, 0.0, 0.0)


def find_day(place: Path, scale: float, now_s: float) -> Day | None:
    """The day that was opened here, at another scale than the file's from now on; None before."""
    path = place / FILE_NAME
    if not path.exists():
        return None
    found = _read(path)
    return found if found.scale == scale else _locked(place, lambda: _rescaled(path, scale, now_s))


def open_day(place: Path, scale: float, now_s: float, *, first_look_s: float = 0.0) -> Day:
    """The day that was opened here, or else one that begins in LEAD_S.

    It has begun before where its first look, a moment of the day, would be longer than FIRST_LOOK_S of wall time after.
    """

    def opened() -> Day:
        path = place / FILE_NAME
        if not path.exists():
            _write(path, Day(scale, now_s + LEAD_S + min(0.0, FIRST_LOOK_S - first_look_s / scale)))
        return _rescaled(path, scale, now_s)

    return _locked(place, opened)


async def await_day(place: Path, scale: float, *, patience_s: float = MINERS_PATIENCE_S) -> Day:
    """The day, once somebody has opened it; opens it after `patience_s`."""
    deadline_s = time.monotonic() + patience_s
    while time.monotonic() < deadline_s:
        day = find_day(place, scale, time.time())
        if day is not None:
            return day
        await asyncio.sleep(0.1)
    return open_day(place, scale, time.time())


def _rescaled(path: Path, scale: float, now_s: float) -> Day:
    found = _read(path)
    if found.scale == scale:
        return found
    # The day goes on from where it is: going back would make the future of what is stored.
    moved = Day(scale, now_s - found.elapsed(now_s) / scale)
    _write(path, moved)
    return moved


def _locked(place: Path, work: Callable[[], Day]) -> Day:
    place.mkdir(parents=True, exist_ok=True, mode=0o700)
    with (place / f"{FILE_NAME}.lock").open("ab") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        return work()


def _read(path: Path) -> Day:
    document = json.loads(path.read_text(encoding="utf-8"))
    return Day(float(document["scale"]), float(document["opened_s"]))


def _write(path: Path, day: Day) -> None:
    draft = path.with_suffix(".tmp")
    draft.write_text(json.dumps({"opened_s": day.opened_s, "scale": day.scale}), encoding="utf-8")
    draft.replace(path)
