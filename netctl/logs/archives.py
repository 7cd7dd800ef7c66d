"""What lies in a log's archives, and where its live file begins: all of it told by names, never by a file of ours.

Offsets are logical: bytes since the log began. ``BEGIN-END.gz`` holds that range, and the live file begins at the END
of the newest. While a range still lies at the live file's beginning, the name says so: ``BEGIN-END@ORIGIN.gz``,
where ORIGIN is the logical offset of the live file's first byte.
"""

from __future__ import annotations

import gzip
import os
import re
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from pathlib import Path
from typing import IO, cast

from netctl.logs.cutting import begins_with_hole

COMPARED = 64 * 1024


class State(StrEnum):
    """How far an archive's range is from being gone from the live file. The value is the end of its name."""

    WHOLE = ".gz"
    KEPT = ".kept.gz"
    """Its range lies in the live file yet, or is a hole there."""
    CUT = ".cut.gz"
    """Its range is a hole at the live file's beginning, until it is taken out."""
    TRUNCATED = ".truncated.gz"
    """It holds all of the live file, until that is emptied."""
    RENAMED = ".raw"
    """The log itself under another name, not compressed yet."""


_NAME = re.compile(r"(\d{15})-(\d{15})(?:@(\d{15}))?(\.gz|\.kept\.gz|\.cut\.gz|\.truncated\.gz|\.raw)")


@dataclass(frozen=True, slots=True)
class Archive:
    """A range of a log beside it. `origin` is the logical offset of the first byte of the file that it came from."""

    folder: Path
    begin: int
    end: int
    origin: int
    state: State

    @property
    def path(self) -> Path:
        origin = "" if self.state is State.WHOLE else f"@{self.origin:015}"
        return self.folder / f"{self.begin:015}-{self.end:015}{origin}{self.state}"

    def open(self, at: int) -> IO[bytes]:
        """Its bytes from a logical offset on; the reader stops at `end` by itself."""
        if self.state is State.RENAMED:
            raw = self.path.open("rb")
            raw.seek(at - self.origin)
            return raw
        packed = cast("IO[bytes]", gzip.open(self.path))  # noqa: SIM115 - the caller closes it
        packed.seek(at - self.begin)
        return packed


@dataclass(frozen=True, slots=True)
class Layout:
    """Where a log's bytes are: archives, oldest first, then the live file from `fresh` on, which begins at `base`."""

    archives: tuple[Archive, ...]
    base: int
    fresh: int
    end: int

    @property
    def begin(self) -> int:
        """The first offset that is still kept."""
        return self.archives[0].begin if self.archives else self.base

    def archive_at(self, offset: int) -> Archive | None:
        """The archive that has this offset, or the first one behind a gap; None where the live file has it."""
        return next((archive for archive in self.archives if offset < archive.end), None)


@lru_cache(maxsize=4096)
def folder_of(log: Path) -> Path:
    """Where a log's archives lie."""
    return log.parent / "archives" / log.name


def listing(folder: Path) -> tuple[Archive, ...]:
    """The archives there, oldest first; of two with one beginning the longer."""
    try:
        names = os.listdir(folder)  # noqa: PTH208 - asked for every log, every second: names will do
    except OSError:
        return ()
    found: dict[int, Archive] = {}
    for name in names:
        parts = _NAME.fullmatch(name)
        if parts is None:
            continue
        begin, end, origin = int(parts[1]), int(parts[2]), int(parts[3] or parts[1])
        archive = Archive(folder, begin, end, origin, State(parts[4]))
        if begin not in found or found[begin].end < archive.end:
            found[begin] = archive
    return tuple(found[begin] for begin in sorted(found))


def layout(log: Path, live: int | None) -> Layout:
    """Where the bytes of a log are, `live` being its open file; to be asked with a lock on that."""
    archives = listing(folder_of(log))
    size = 0 if live is None else os.fstat(live).st_size
    if not archives:
        return Layout((), 0, 0, size)
    newest = archives[-1]
    base = newest.origin if live is not None and _is_there_yet(newest, live, size) else newest.end
    return Layout(archives, base, newest.end, max(newest.end, base + size))


def _is_there_yet(archive: Archive, live: int, size: int) -> bool:
    length = archive.end - archive.origin
    if size < length:
        return False
    match archive.state:
        case State.KEPT:
            return True
        case State.CUT:
            return begins_with_hole(live, length)
        case State.TRUNCATED:
            return _ends_alike(archive, live)
        case _:
            return False


def _ends_alike(archive: Archive, live: int) -> bool:
    begin = max(archive.begin, archive.end - COMPARED)
    with archive.open(begin) as stream:
        return stream.read(archive.end - begin) == os.pread(live, archive.end - begin, begin - archive.origin)
