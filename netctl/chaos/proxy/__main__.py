"""`python -m netctl.chaos.proxy PLACE`: serve the routes of a directory and obey its orders until told to end."""

from __future__ import annotations

import asyncio
import os
import resource
import signal
import sys
import time
from contextlib import suppress
from pathlib import Path

from netctl.chaos.proxy.desk import Desk

TICK_S = 0.1


async def serve(place: Path) -> None:
    """Look at the two files ten times a second; all else is done as connections come and go."""
    over = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        asyncio.get_running_loop().add_signal_handler(number, over.set)
    desk = Desk(place, say)
    while not over.is_set():
        await desk.look()
        with suppress(TimeoutError):
            await asyncio.wait_for(over.wait(), TICK_S)
    await desk.close()


def say(line: str) -> None:
    """A line of its log."""
    sys.stdout.write(f"{time.strftime('%Y-%m-%dT%H:%M:%SZ', time.gmtime())} {line}\n")
    sys.stdout.flush()


def main() -> None:
    """Allow as many open files as the system lets us: each connection takes two."""
    os.umask(0o077)
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    with suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (most if most != resource.RLIM_INFINITY else 65536, most))
    asyncio.run(serve(Path(sys.argv[1])))


if __name__ == "__main__":
    main()
