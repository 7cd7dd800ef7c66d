"""One at a time: who makes or ends disturbances. Not the fleet's own lock: chaos may come while `up` works."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from netctl.errors import LockHeld

FILE = "chaos.lock"
PATIENCE_S = 5.0
PAUSE_S = 0.02


@contextmanager
def turn(state: Path) -> Iterator[None]:
    """Hold the fleet's disturbances; waits for another netctl that is just at it, LockHeld where it does not end."""
    handle = os.open(state / FILE, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        deadline = time.monotonic() + PATIENCE_S
        while not _took(handle):
            if time.monotonic() >= deadline:
                message = f"another netctl is at the disturbances of {state.name} for {PATIENCE_S:g} s already"
                raise LockHeld(message, hint="netctl chaos list, then try again")
            time.sleep(PAUSE_S)
        yield
    finally:
        os.close(handle)


def _took(handle: int) -> bool:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
