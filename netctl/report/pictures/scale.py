"""Where a value lies on an axis, and which values get a tick."""

from __future__ import annotations

from dataclasses import dataclass
from math import floor, isfinite, log10


@dataclass(frozen=True, slots=True)
class Scale:
    """From values to points of the picture; `low` and `high` differ."""

    low: float
    high: float
    start: float
    end: float

    def __call__(self, value: float) -> float:
        return self.start + (value - self.low) / (self.high - self.low) * (self.end - self.start)


def ticks(low: float, high: float, about: int = 5) -> tuple[float, ...]:
    """Round values from the last one below `low` to the first one above `high`; two at the least."""
    if not (isfinite(low) and isfinite(high)) or high <= low:
        low, high = (low, low + 1) if isfinite(low) else (0.0, 1.0)
    step = _round_step((high - low) / max(1, about))
    first = floor(low / step + 1e-9)
    found = [first * step]
    while found[-1] < high - step * 1e-9:
        found.append((first + len(found)) * step)
    return tuple(round(value, 12) for value in found)


def _round_step(rough: float) -> float:
    """1, 2 or 5 times a power of ten, and no less than asked for."""
    power = 10.0 ** floor(log10(rough))
    return next(power * factor for factor in (1, 2, 5, 10) if power * factor >= rough * (1 - 1e-9))


def short(value: float) -> str:
    """A value for a tick: as few digits as tell it from its neighbours."""
    size = abs(value)
    if size >= 1e6:
        return f"{value / 1e6:g}M"
    if size >= 1e4:
        return f"{value / 1e3:g}k"
    return f"{value:g}"
