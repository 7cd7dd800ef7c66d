"""Neurons' logs as probes read them: what was written since the last look, searched once, colours aside."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from netctl.logs import LogFile

CHUNK = 256 * 1024
HEAD = 16 * 1024 * 1024
"""What one look reads of a log from where the last one ended; at a run's first, what is said once comes early."""
TAIL = 1024 * 1024
"""Behind that, only the end is read: what is said again and again is there."""
LONGEST_CARRIED = 64 * 1024
_COLOUR = re.compile(rb"\x1b\[[0-9;]*m")


@dataclass(slots=True)
class Reading:
    """How far one log was read, when it last grew, and when each pattern was last seen (epoch seconds).

    `offset` counts from the log's beginning, whatever of it lies in archives; `file` is what its live file was then.

    `spoke_at` is None where nothing of this run is in it. `is_cut`: its beginning is gone, so that what is not in it
    may have been said all the same.
    """

    offset: int
    spoke_at: float | None = None
    seen: dict[str, float] = field(default_factory=dict)
    is_cut: bool = False
    file: tuple[int, int] = (0, 0)
    carried: bytes = field(default=b"", repr=False)


@dataclass(frozen=True, slots=True)
class Sought:
    """A pattern, and whether its first line is enough, so that reading may end there."""

    pattern: str
    once: bool


def compiled(pattern: str) -> re.Pattern[bytes]:
    """The expression as it is searched for: in bytes, `^` and `$` at the ends of lines. ValueError for none."""
    try:
        return re.compile(pattern.encode(), re.MULTILINE)
    except re.error as exc:
        raise ValueError(f"not a regular expression: {exc}") from exc


def look_at(path: str, reading: Reading, sought: tuple[Sought, ...], *, started_at: float | None, now: float) -> None:
    """Take in what a log has more than at the last look; costs one stat where it has nothing more."""
    try:
        status = os.stat(path)  # noqa: PTH116 - two thirds of the cost would be the Path
    except OSError:
        return
    if reading.file == (status.st_ino, status.st_size):
        return
    is_another = reading.file[0] not in (0, status.st_ino)
    reading.file = (status.st_ino, status.st_size)
    try:
        log = LogFile(Path(path))
        found = log.layout()
        end = found.end
        # A file that a rotation put there begins where the last one ended; any other was put there by somebody.
        if end < reading.offset or (is_another and found.base < reading.offset):
            reading.offset, reading.carried, reading.is_cut = found.fresh, b"", True
    except OSError:
        return
    if end <= reading.offset:
        return
    # Another run's last words, or a copy of the file, may carry any time: this run's lie between its start and now.
    wrote_at = min(now, max(status.st_mtime, started_at or 0.0))
    reading.spoke_at = wrote_at
    wanted = {one: compiled(one.pattern) for one in sought if not (one.once and one.pattern in reading.seen)}
    if wanted:
        try:
            _search(log, reading, wanted, end, wrote_at)
        except OSError:
            return
    reading.offset = end


def _search(
    log: LogFile, reading: Reading, wanted: Mapping[Sought, re.Pattern[bytes]], size: int, wrote_at: float
) -> None:
    """Note which patterns are in what was added; an unfinished line is looked at again when it has grown."""
    left = dict(wanted)
    for text in _pieces(log, reading, size):
        for one, expression in tuple(left.items()):
            if expression.search(text):
                reading.seen[one.pattern] = wrote_at
                if one.once:
                    del left[one]
        if not left:
            return


def _pieces(log: LogFile, reading: Reading, size: int) -> Iterator[bytes]:
    """What was added, in pieces that overlap in an unfinished line; its middle is left out where it is very long."""
    position, carried = reading.offset, reading.carried
    head = position + HEAD
    while position < size:
        if head <= position < size - TAIL:
            position, carried = size - TAIL, b""
        chunk = log.read(position, min(CHUNK, size - position))
        if not chunk:
            break
        position += len(chunk)
        text = carried + chunk
        yield _COLOUR.sub(b"", text) if b"\x1b" in text else text
        carried = text[text.rfind(b"\n") + 1 :][-LONGEST_CARRIED:]
    reading.carried = carried
