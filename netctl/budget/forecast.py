"""Whether a limit lasts: what was used of it, when the rest is gone at this pace, and which pace it bears."""

from __future__ import annotations

from dataclasses import dataclass
from math import floor
from typing import Literal

from netctl.budget.calls import DAY_S

Verdict = Literal["lasts", "close", "runs out", "used up", "no limit"]


@dataclass(frozen=True, slots=True)
class Limit:
    """At most `calls` within `per_s`; `since_s` as of DealtKeys, `warn` the share from which on it is close."""

    calls: int
    per_s: float
    since_s: float | None = None
    warn: float = 0.8

    def began(self, now: float) -> float:
        """When what counts now began: at the last reset, or `per_s` ago."""
        if self.since_s is None or now < self.since_s:
            return now - self.per_s
        return self.since_s + floor((now - self.since_s) / self.per_s) * self.per_s

    def left_s(self, now: float) -> float:
        """How long it is until the count begins anew; the whole period where it never does."""
        return self.began(now) + self.per_s - now if self.since_s is not None and now >= self.since_s else self.per_s


@dataclass(frozen=True, slots=True)
class Forecast:
    """What becomes of one limit at this pace.

    `runs_out_s`: after how long, of the neurons' own time, the rest is gone; None where it is not before its end.
    `share` is what of the limit a whole period takes at this pace. `slower` is by how much every cadence would have to
    be longer for the rest to last: 1 where it does.
    """

    used: int
    a_day: float
    limit: Limit | None
    verdict: Verdict
    share: float | None = None
    runs_out_s: float | None = None
    slower: float = 1.0


def forecast(used: int, a_day: float, limit: Limit | None, now: float) -> Forecast:
    """Of a key, or of all; with `since` what was used counts till the reset, without it the pace alone decides."""
    if limit is None:
        return Forecast(used, a_day, None, "no limit")
    left = limit.calls - used
    pace = a_day / DAY_S
    whole = pace * limit.per_s
    share = whole / limit.calls
    is_reset = limit.since_s is not None and now >= limit.since_s
    coming = pace * limit.left_s(now)
    if left <= 0:
        slower = whole / limit.calls if not is_reset else max(1.0, share)
        return Forecast(used, a_day, limit, "used up", share, 0.0, max(1.0, slower))
    end = (used + coming) / limit.calls if is_reset else share
    if end > 1:
        slower = coming / left if is_reset else share
        return Forecast(used, a_day, limit, "runs out", share, left / pace, slower)
    return Forecast(used, a_day, limit, "close" if max(end, used / limit.calls) >= limit.warn else "lasts", share)
