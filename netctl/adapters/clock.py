"""The real clock."""

from __future__ import annotations

import time


class SystemClock:
    """This machine's time."""

    def now(self) -> float:
        """Seconds since the epoch, UTC."""
        return time.time()

    async def sleep(self, seconds: float) -> None:
        """Let others run for that long."""
        import asyncio  # not above: `netctl status` looks at the clock, and waits for nothing

        await asyncio.sleep(seconds)
