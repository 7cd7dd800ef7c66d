"""Where in a log a moment is, found by looking at a few places of it."""

from __future__ import annotations

import re

from netctl.logs.archives import Layout
from netctl.logs.heads import HEAD, moment_in
from netctl.logs.logfile import LogFile

CLOSE = 64 * 1024
LOOKED_THROUGH = 4 * 1024 * 1024
"""How far a stamp is looked for: the longest lines of RESI have 230 kB, the longest tracebacks less."""
_COLOUR = re.compile(rb"\x1b\[[0-9;]*m")


def place_of(log: LogFile, moment: float) -> int:
    """An offset at or a little before the first line written at that moment or later."""
    found = log.layout()
    for archive in found.archives:
        try:
            # Its time is that of a moment when all that is in it had been written.
            if archive.path.stat().st_mtime >= moment:
                return archive.begin
        except OSError:
            continue
    low, high = found.fresh, found.end
    while high - low > CLOSE:
        middle = (low + high) // 2
        stamp = _stamp_from(log, middle, high)
        # Where no stamp is near, one may be that is late enough: the search goes on before.
        low, high = (middle, high) if stamp is not None and stamp < moment else (low, middle)
    return low


def place_behind(log: LogFile, moment: float) -> int:
    """An offset at or a little behind the last line written at that moment or before."""
    found = log.layout()
    for archive in reversed(found.archives):
        first = _stamp_from(log, archive.begin, archive.end)
        if first is not None and first <= moment:
            break
        found = Layout((), found.base, archive.begin, archive.begin)
    low, high = found.fresh, found.end
    while high - low > CLOSE:
        middle = (low + high) // 2
        stamp = _stamp_from(log, middle, high)
        low, high = (low, middle) if stamp is not None and stamp > moment else (middle, high)
    # To the end of the record, whose lines may go on for long without a stamp.
    return min(found.end, high + LOOKED_THROUGH)


def _stamp_from(log: LogFile, offset: int, end: int) -> float | None:
    """The first stamp of a line behind an offset; None where there is none near."""
    size = 4 * 1024
    while size <= LOOKED_THROUGH:
        content = log.read(offset, min(size, end - offset))
        at = content.find(b"\n")
        while at >= 0:
            moment = moment_in(_COLOUR.sub(b"", content[at + 1 : at + 1 + HEAD]))
            if moment is not None:
                return moment
            at = content.find(b"\n", at + 1)
        if offset + size >= end:
            return None
        size *= 8
    return None
