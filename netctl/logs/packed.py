"""A log that gzip has packed, read by offsets of what is in it."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, cast

CHUNK = 256 * 1024
KEPT = 4 * 1024 * 1024
"""So much of what was read last is kept, as a step back would unpack everything anew."""

_MAGIC = b"\x1f\x8b"


def is_packed(path: Path) -> bool:
    """Whether the file is one of gzip's, by its first bytes; OSError where it cannot be read."""
    with path.open("rb") as file:
        return file.read(len(_MAGIC)) == _MAGIC


@dataclass(slots=True)
class PackedLog:
    """The log in `path`. OSError, EOFError or zlib.error where it is damaged or not whole."""

    path: Path
    _stream: IO[bytes] | None = None
    _kept: bytearray = field(default_factory=bytearray)
    _begin: int = 0
    """The offset of the first byte that is kept."""

    def first(self) -> int:
        """The first offset that can be read."""
        return 0

    def reaches(self, offset: int) -> bool:
        """Whether it has so many bytes."""
        return offset == 0 or len(self.read(offset - 1, 1)) == 1

    def read(self, offset: int, most: int) -> bytes:
        """At most so many bytes from there; fewer at the end."""
        return b"".join(content for _, content in self.chunks(offset, offset + most))

    def chunks(self, offset: int, end: int | None = None) -> Iterator[tuple[int, bytes]]:
        """The bytes from an offset on, each piece with its own."""
        while end is None or offset < end:
            most = CHUNK if end is None else min(CHUNK, end - offset)
            self._bring(offset, offset + most)
            at = offset - self._begin
            content = bytes(self._kept[at : at + most])
            if not content:
                return
            yield offset, content
            offset += len(content)

    def _bring(self, offset: int, end: int) -> None:
        if self._stream is None or offset < self._begin:
            self.close()
            self._stream = cast("IO[bytes]", gzip.open(self.path))  # noqa: SIM115 - kept open for the next piece
        while self._begin + len(self._kept) < end:
            content = self._stream.read(CHUNK)
            if not content:
                return
            self._kept += content
            if (surplus := min(len(self._kept) - KEPT, offset - self._begin)) > 0:
                del self._kept[:surplus]
                self._begin += surplus

    def close(self) -> None:
        """Let go of the file; the next read opens it again."""
        if self._stream is not None:
            self._stream.close()
        self._stream, self._begin = None, 0
        self._kept.clear()
