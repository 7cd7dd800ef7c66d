"""The door to the made-up market, which stands for the paid API: every call is counted, and any may fail.

Calls are counted per key, by all who hold it, in a file of the rehearsal's place. Trouble that was planted makes calls
fail: with a status, or a connection that is lost. Which of the two is drawn from the seed, so that a day is the same
each time it is played.
"""

from __future__ import annotations

import fcntl
import os
import struct
from hashlib import blake2b
from pathlib import Path

from netctl.rehearsal.trouble import ApiTrouble
from netctl.rehearsal.world import Listing, World

ERROR_STATUS = 503
_COUNTS = struct.Struct("<qqq")  # window, calls in it, calls at all


class ApiFailure(Exception):
    """The API answered with an error; `status` is that of HTTP."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status = status


class RateLimited(Exception):
    """The key has no calls left for now (429)."""


class CallCounter:
    """What was spent of one key, shared with every process that holds it. Without a place it counts its own alone."""

    def __init__(self, path: Path | None) -> None:
        if path is not None:
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._file = None if path is None else os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        self._own = (0, 0, 0)

    def spend(self, window: int) -> int:
        """Count one call; returns how many that window has had with it."""
        if self._file is None:
            self._own = _one_more(self._own, window)
            return self._own[1]
        fcntl.flock(self._file, fcntl.LOCK_EX)
        try:
            kept = os.pread(self._file, _COUNTS.size, 0)
            counts = _one_more(_COUNTS.unpack(kept) if len(kept) == _COUNTS.size else (0, 0, 0), window)
            os.pwrite(self._file, _COUNTS.pack(*counts), 0)
        finally:
            fcntl.flock(self._file, fcntl.LOCK_UN)
        return counts[1]


class Api:
    """The market as one neuron reaches it; the moments are those of the day."""

    def __init__(self, world: World, counter: CallCounter, trouble: ApiTrouble) -> None:
        self._world = world
        self._counter = counter
        self._trouble = trouble

    def page(self, zipcode: str, tick: int, moment_s: float) -> list[Listing]:
        """The newest listings of a zipcode. Raises ApiFailure, RateLimited or ConnectionError."""
        self._call(zipcode, moment_s)
        return self._world.page(zipcode, tick)

    def find(self, uri: str, hour: int, moment_s: float) -> Listing | None:
        """The listing behind a uri, if it was on the market in that hour. Raises as `page` does."""
        self._call(uri, moment_s)
        return self._world.find(uri, hour)

    def _call(self, what: str, moment_s: float) -> None:
        calls, per_s = self._trouble.limit or (0, 300.0)
        spent = self._counter.spend(int(moment_s // per_s))
        if self._trouble.fails_at(moment_s):
            draw = blake2b(f"{self._world.seed}/{what}/{moment_s}".encode(), digest_size=1).digest()[0]
            if draw % 2:
                raise ConnectionResetError("Connection reset by peer")
            raise ApiFailure(ERROR_STATUS, '{"message":"Service Unavailable"}')
        if calls and spent > calls:
            raise RateLimited


def _one_more(counts: tuple[int, ...], window: int) -> tuple[int, int, int]:
    before, used, total = counts
    # A neuron that is a little late must not begin an old window anew.
    return max(before, window), (used if window <= before else 0) + 1, total + 1
