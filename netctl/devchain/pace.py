"""How fast blocks come by the clock: paused, or so many times the pace of the options. Not kept over a restart."""

from __future__ import annotations

import asyncio

from netctl.devchain.errors import Refused
from netctl.devchain.options import ChainOptions

SHORTEST_S, LONGEST_S = 0.001, 3600.0


class Pace:
    """The pace of one chain. Only wall time changes with it: chain time is counted in blocks."""

    def __init__(self, options: ChainOptions) -> None:
        self._options = options
        self._changed = asyncio.Event()
        self.speed = 1.0
        self.is_paused = False

    @property
    def interval_s(self) -> float:
        """Wall time between two blocks."""
        return self._options.block_time_s / self.speed

    def set_speed(self, speed: float) -> None:
        """So many times as fast as the options say; Refused where no clock seals, or beyond what it can keep."""
        if self._options.seal != "interval":
            raise Refused(f"a chain with {self._options.seal} sealing has no pace", "mine blocks: netctl chain mine")
        if not speed > 0 or not SHORTEST_S <= self._options.block_time_s / speed <= LONGEST_S:
            fastest = self._options.block_time_s / SHORTEST_S
            slowest = self._options.block_time_s / LONGEST_S
            message = f"a speed of {speed:g} cannot be kept with blocks of {self._options.block_time_s:g} s"
            raise Refused(message, f"give one between {slowest:.6f}x and {fastest:g}x")
        self.speed = speed
        self._changed.set()

    def pause(self) -> None:
        """No blocks but those that are asked for."""
        self.is_paused = True
        self._changed.set()

    def resume(self) -> None:
        """Blocks again."""
        self.is_paused = False
        self._changed.set()

    async def changes_before(self, due: float | None) -> bool:
        """Wait until the pace changes, or until `due` on the loop's clock; whether it changed."""
        try:
            async with asyncio.timeout_at(due):
                await self._changed.wait()
        except TimeoutError:
            return False
        self._changed.clear()
        return True
