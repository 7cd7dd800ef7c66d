"""Waiting for what another thread does."""

from __future__ import annotations

import time
from collections.abc import Callable

DEADLINE_S = 5.0


def eventually(holds: Callable[[], bool]) -> None:
    """Until it holds; AssertionError when it does not within the deadline."""
    deadline = time.monotonic() + DEADLINE_S
    while not holds():
        assert time.monotonic() < deadline, "it never came to that"
        time.sleep(0.005)
