"""Clocks that go as the world's does, and may be moved."""

from __future__ import annotations

from dataclasses import dataclass

from netctl.adapters.clock import SystemClock


@dataclass
class ClockAhead(SystemClock):
    """This machine's clock, so many seconds ahead of what it is."""

    ahead_s: float = 0.0

    def now(self) -> float:
        return super().now() + self.ahead_s
