"""Which lines are wanted: by pattern, level and time."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from netctl.durations import DURATION, seconds_of
from netctl.logs.heads import LEVELS, machine_zone
from netctl.logs.lines import LogLine


@dataclass(frozen=True, slots=True)
class Choice:
    """Lines that have one of the patterns, if there are any, at least this level, and were written in this time.

    `level` is one of LEVELS; `since` and `until` are seconds since the epoch. A line without a stamp counts as old as
    `unstamped`, if that is known: when its file was last written to.
    """

    patterns: tuple[re.Pattern[str], ...] = ()
    level: str | None = None
    since: float | None = None
    until: float | None = None

    @property
    def asks_the_record(self) -> bool:
        """Whether a line's forerunner must be known to choose."""
        return self.level is not None or self.since is not None or self.until is not None

    def takes(self, line: LogLine, *, unstamped: float | None = None) -> bool:
        """Whether the line is wanted."""
        if self.level is not None and LEVELS.get(line.level or "", 0) < LEVELS[self.level]:
            return False
        moment = unstamped if line.time is None else line.time
        if moment is not None:
            if self.since is not None and moment < self.since:
                return False
            if self.until is not None and moment > self.until:
                return False
        return not self.patterns or any(pattern.search(line.plain) for pattern in self.patterns)


EVERYTHING = Choice()


def when(text: str, *, now: float) -> float:
    """Seconds since the epoch of `10m` ago, of `12:00` (the last one), of a date or a date with time.

    In the machine's zone where it names none, as the logs are. ValueError for anything else.
    """
    if DURATION.fullmatch(text):
        return now - seconds_of(text)
    here = datetime.fromtimestamp(now, machine_zone())
    if "-" not in text and ":" in text:
        at = datetime.combine(here.date(), time.fromisoformat(text), machine_zone())
        return (at if at <= here else at - timedelta(days=1)).timestamp()
    moment = datetime.fromisoformat(text)
    return (moment if moment.tzinfo is not None else moment.replace(tzinfo=machine_zone())).timestamp()
