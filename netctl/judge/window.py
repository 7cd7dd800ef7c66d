"""Which stretch of an experiment a criterion looks at: ``all``, ``last 30m``, ``first 12 periods``."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from netctl import durations

if TYPE_CHECKING:
    from netctl.store.histories import Window

_WRITTEN = re.compile(r"(last|first)\s+(?:(\d{1,5}(?:\.\d{1,2})?)\s*periods?|(\S+))")
EXAMPLES = "`all`, `last 30m`, `first 1h` or `last 12 periods`"


@dataclass(frozen=True, slots=True)
class Extent:
    """`length_s` is of the subnet's own time, `periods` are evaluation periods; one of them, or neither for `all`."""

    text: str = "all"
    edge: Literal["all", "last", "first"] = "all"
    length_s: float | None = None
    periods: float | None = None

    def within(self, whole: Window, *, time_scale: float, period_s: float | None) -> Window | str:
        """The stretch of what is judged that it means, or why there is none.

        `period_s` is of wall time; the subnet's own time runs `time_scale` times as fast as that.
        """
        if self.edge == "all":
            return whole
        if self.periods is not None and period_s is None:
            return "the validators' evaluation period is not known"
        length_s = (self.length_s or 0.0) / time_scale
        if self.periods is not None and period_s is not None:
            length_s = self.periods * period_s
        if self.edge == "last":
            return replace(whole, since=max(whole.since, whole.until - length_s))
        if whole.length_s < length_s:
            past, needed = (durations.short(seconds * time_scale) for seconds in (whole.length_s, length_s))
            return f"the window is not over: {past} of {needed}"
        return replace(whole, until=whole.since + length_s)


ALL = Extent()


def extent_of(text: str) -> Extent:
    """The stretch that a text means; ValueError for any other text."""
    words = " ".join(text.split())
    if words == "all":
        return ALL
    found = _WRITTEN.fullmatch(words)
    if found is None:
        raise ValueError(f"{text[:40]!r} is no window")
    edge: Literal["last", "first"] = "last" if found[1] == "last" else "first"
    if found[2] is not None:
        periods = float(found[2])
        if periods <= 0:
            raise ValueError("a window of no periods")
        return Extent(text, edge, periods=periods)
    length_s = durations.seconds_of(found[3])
    if length_s <= 0:
        raise ValueError("a window of no length")
    return Extent(text, edge, length_s=length_s)
