"""What a step's commands wrote, as text: on the disk while they still write, secrets masked."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

from netctl.runbook.screen_text import ScreenText

Mask = Callable[[str], str]


class OutputFile:
    """Adds to the file; the lines that may still be drawn again stand at its end and are written anew with them."""

    def __init__(self, path: Path, mask: Mask) -> None:
        self._mask = mask
        self._screen = ScreenText()
        handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        self._file: BinaryIO = os.fdopen(handle, "r+b")
        self._stable = self._file.seek(0, os.SEEK_END)

    def head(self, line: str) -> None:
        """A line of the runner's own."""
        self._keep([self._mask(line)])

    def feed(self, chunk: bytes) -> None:
        """What the command wrote next."""
        self._screen.feed(chunk)

    def flush(self) -> None:
        """Put on the disk what there is."""
        self._keep([self._mask(line) for line in self._screen.settled()])
        self._file.write(_bytes([self._mask(line) for line in self._screen.open_lines()]))
        self._file.truncate()
        self._file.flush()

    def command_over(self) -> None:
        """The command has ended: its last lines are not drawn again."""
        self._keep([self._mask(line) for line in (*self._screen.settled(), *self._screen.open_lines())])
        self._screen = ScreenText()

    def close(self) -> None:
        """No more is written, and all of it is on the disk."""
        self.flush()
        os.fsync(self._file.fileno())
        self._file.close()

    def _keep(self, lines: list[str]) -> None:
        self._file.seek(self._stable)
        self._file.write(_bytes(lines))
        self._stable = self._file.tell()


def _bytes(lines: list[str]) -> bytes:
    return "".join(f"{line}\n" for line in lines).encode("utf-8", "replace")
