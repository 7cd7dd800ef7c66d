"""Ports for what tests start: free, and never those of another worker or of a fleet that runs on this machine."""

from __future__ import annotations

import os
import random
import socket

FIRST, LAST = 20_000, 32_000
"""Below what Linux gives to outgoing connections, above what profiles and chains count from."""
MOST_WORKERS = 8


def free_ports(count: int) -> list[int]:
    """So many ports in a row on which nobody listens, out of this worker's own range."""
    width = (LAST - FIRST) // MOST_WORKERS
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")) % MOST_WORKERS
    bottom = FIRST + worker * width
    # At random, since another run of the tests may draw from the same range.
    for _ in range(1000):
        first = bottom + random.SystemRandom().randrange(width - count)
        ports = list(range(first, first + count))
        if all(map(_is_free, ports)):
            return ports
    raise AssertionError(f"no {count} free ports in a row between {bottom} and {bottom + width}")


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        try:
            probe.bind(("", port))
        except OSError:
            return False
    return True
