"""A log as one run of bytes, though its older part lies in archives: an offset always means the same place."""

from __future__ import annotations

import fcntl
import os
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from gzip import BadGzipFile
from pathlib import Path
from typing import IO

from netctl.logs.archives import Archive, Layout, layout

CHUNK = 256 * 1024
_TORN = (OSError, EOFError, BadGzipFile, zlib.error)


@dataclass(frozen=True, slots=True)
class LogFile:
    """Reads the log at `path` by logical offsets: bytes since it began, in archives or in the live file.

    Every read takes a look at where things lie now, under a lock that a rotation waits for; none is held in between.
    """

    path: Path

    def end(self) -> int:
        """How many bytes the log has had; 0 where there is none."""
        with _steady(self.path) as (_, found):
            return found.end

    def first(self) -> int:
        """The first offset that is still kept."""
        return self.layout().begin

    def reaches(self, offset: int) -> bool:
        """Whether it has had so many bytes."""
        return self.end() >= offset

    def layout(self) -> Layout:
        """Where its bytes are now; the next moment may change it."""
        with _steady(self.path) as (_, found):
            return found

    def begin_of(self, label: str | None) -> int:
        """Where the run began that was launched when the log was as long as this label says.

        A log that somebody has cut off since is read from its live file's start.
        """
        offset = int(label or 0)
        with _steady(self.path) as (_, found):
            return offset if offset <= found.end else found.fresh

    def read(self, offset: int, most: int) -> bytes:
        """At most so many bytes from there; fewer at the end."""
        return b"".join(content for _, content in self.chunks(offset, offset + most))

    def chunks(self, offset: int, end: int | None = None) -> Iterator[tuple[int, bytes]]:
        """The bytes from an offset, or from what is left behind it, to the present end or `end`; each with its offset.

        An archive that cannot be read is passed over. OSError where the live file cannot be.
        """
        while end is None or offset < end:
            with _steady(self.path) as (live, found):
                archive = found.archive_at(offset)
                if archive is None:
                    offset = max(offset, found.fresh)
                    most = CHUNK if end is None else min(CHUNK, end - offset)
                    content = b"" if live is None or most <= 0 else os.pread(live, most, offset - found.base)
                else:
                    offset = max(offset, archive.begin)
                    # Opened here: pruned later, it can still be read to its end.
                    stream = _opened(archive, offset)
            if archive is None:
                if not content:
                    return
                yield offset, content
                offset += len(content)
                continue
            stop = archive.end if end is None else min(end, archive.end)
            if stream is not None:
                with stream, suppress(*_TORN):
                    while offset < stop and (content := stream.read(min(CHUNK, stop - offset))):
                        yield offset, content
                        offset += len(content)
            offset = max(offset, stop)


def read_live(path: Path, live: int, offset: int, most: int) -> tuple[Layout, bytes] | None:
    """Where a log's bytes are now, and at most so many of the live file's from an offset; quicker than a LogFile.

    `live` is the log's descriptor, kept open; None where it no longer is the log.
    """
    with suppress(OSError):
        fcntl.flock(live, fcntl.LOCK_SH)
    try:
        if not _is_still(path, live):
            return None
        found = layout(path, live)
        most = min(most, found.end - offset)
        return found, os.pread(live, most, offset - found.base) if found.fresh <= offset and most > 0 else b""
    finally:
        with suppress(OSError):
            fcntl.flock(live, fcntl.LOCK_UN)


def _opened(archive: Archive, offset: int) -> IO[bytes] | None:
    try:
        return archive.open(offset)
    except _TORN:
        return None


@contextmanager
def _steady(path: Path) -> Iterator[tuple[int | None, Layout]]:
    """The live file's descriptor and where things lie, held still while the block runs."""
    while True:
        live = _open_live(path)
        try:
            if live is not None and not _is_still(path, live):
                continue
            yield live, layout(path, live)
            return
        finally:
            if live is not None:
                os.close(live)


def _open_live(path: Path) -> int | None:
    try:
        live = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return None
    with suppress(OSError):
        fcntl.flock(live, fcntl.LOCK_SH)
    return live


def _is_still(path: Path, live: int) -> bool:
    """Whether the file that was opened before the lock was had is the log yet."""
    try:
        return os.stat(path).st_ino == os.fstat(live).st_ino  # noqa: PTH116 - as cheap as it gets
    except FileNotFoundError:
        return False
