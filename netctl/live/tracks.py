"""A value over time, kept short however long it is watched, and drawn as a row of blocks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

MOST = 240
"""So many points are kept at least, and fewer than twice as many."""

BLOCKS = "▁▂▃▄▅▆▇█"

Point = tuple[float, float]
"""A time in seconds since the epoch, and a value."""


@dataclass(slots=True)
class Track:
    """One value of one neuron."""

    points: list[Point] = field(default_factory=list)

    def add(self, time: float, value: float) -> None:
        """Put a point in its place by time; where there are too many, every other between the ends goes."""
        self.points.append((time, value))
        if len(self.points) > 1 and self.points[-2][0] > time:
            self.points.sort()
        if len(self.points) >= 2 * MOST:
            del self.points[1:-1:2]

    def forget(self, before: float) -> None:
        """Drop the points before that time, but for the last of them, which held on."""
        while len(self.points) > 1 and self.points[1][0] <= before:
            del self.points[0]


def slotted(points: Sequence[Point], width: int, since: float, until: float) -> tuple[float | None, ...]:
    """The mean of each of `width` slots from `since` to `until`; an empty one has the last before it, if any."""
    sums: list[list[float]] = [[] for _ in range(width)]
    held: float | None = None
    length = max(until - since, 1e-9) / max(width, 1)
    for time, value in points:
        if time < since:
            held = value
        elif time <= until:
            sums[min(width - 1, int((time - since) / length))].append(value)
    found: list[float | None] = []
    for values in sums:
        held = sum(values) / len(values) if values else held
        found.append(held)
    return tuple(found)


def blocks(points: Sequence[Point], width: int, since: float, until: float) -> str:
    """The points as `width` blocks from nothing at the bottom to the highest of them at the top; " " for unknown."""
    values = slotted(points, width, since, until)
    top = max((value for value in values if value is not None), default=0.0)
    return "".join(" " if value is None else _block(value, top) for value in values)


def _block(value: float, top: float) -> str:
    if top <= 0 or value <= 0:
        return BLOCKS[0]
    return BLOCKS[min(len(BLOCKS) - 1, int(value / top * (len(BLOCKS) - 1) + 0.5))]
