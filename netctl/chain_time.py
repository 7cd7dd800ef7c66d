"""Which block it was at a moment, and when a block was, by the looks that were taken at the chain."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

from netctl.store.histories import Look


@dataclass(frozen=True, slots=True)
class ChainTime:
    """Between two looks blocks count as evenly spaced, before the first and behind the last as all of them together."""

    looks: Sequence[Look]

    def block_at(self, time: float) -> int | None:
        """The block then, to within a look's length; None where the chain was never looked at."""
        found = _along([(look.time, float(look.block)) for look in self.looks], time)
        return None if found is None else max(0, int(found))

    def time_of(self, block: float) -> float | None:
        """When that block was; None where the chain was never looked at."""
        return _along([(float(look.block), look.time) for look in self.looks], block)

    def seen_at(self, time: float) -> Look | None:
        """The last look until then."""
        at = bisect_right(self.looks, time, key=lambda look: look.time)
        return self.looks[at - 1] if at else None


def _along(points: Sequence[tuple[float, float]], x: float) -> float | None:
    if not points:
        return None
    at = bisect_right(points, x, key=lambda point: point[0])
    inside = 0 < at < len(points)
    (x0, y0), (x1, y1) = (points[at - 1], points[at]) if inside else (points[0], points[-1])
    if x1 <= x0:
        return y0
    begin = (x0, y0) if at == 0 or inside else (x1, y1)
    return begin[1] + (x - begin[0]) * (y1 - y0) / (x1 - x0)
