"""The fleet's append-only record of payments: JSON lines, on the disk before anything is sent.

It can make netctl wait or refuse, never act: what is true stands on the chain. Kinds used: `intent` and `outcome`
(see `netctl.paying.payment`); every line carries the run, the time in UTC, host and pid. No secret ever goes in.
"""

from __future__ import annotations

import json
import os
import secrets
import socket
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from netctl.errors import PrerequisiteError
from netctl.ports import Clock

SECRET_WORDS = ("mnemonic", "password", "secret", "seed", "private")


class FileJournal:
    """One journal file. Lines are appended whole and fsynced; several processes may append.

    A line torn by a crash is skipped by `entries` and counted by `torn`: nothing was sent on a torn intent, because
    sending waits for the fsync.
    """

    def __init__(self, path: Path, *, clock: Clock, command: str = "") -> None:
        self.path = path
        self.run = secrets.token_hex(6)
        self.torn = 0
        self._clock = clock
        self._command = command

    def exists(self) -> bool:
        """Whether anything was ever written here."""
        return self.path.exists()

    def append(self, kind: str, **facts: Any) -> None:
        """Add one line and wait until it is on the disk; missing directories are made 0700, the file 0600.

        PrerequisiteError when it cannot be written, whole.
        """
        leaked = [name for name in facts if any(word in name for word in SECRET_WORDS)]
        if leaked:
            message = f"BUG: {leaked[0]} does not belong into a journal"
            raise ValueError(message)
        line = json.dumps({"kind": kind, **self._context(), **facts}, separators=(",", ":")).encode() + b"\n"
        try:
            self._put(line)
        except OSError as error:
            message = f"{self.path} cannot be written: {error.strerror or error}"
            raise PrerequisiteError(message, hint="nothing is paid without it; make room, or mend its owner") from error

    def _put(self, line: bytes) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        is_new = not self.path.exists()
        handle = os.open(self.path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            if _ends_torn(handle):
                line = b"\n" + line
            _write_all(handle, line)
            os.fsync(handle)
        finally:
            os.close(handle)
        if is_new:
            _sync_directory(self.path.parent)

    def entries(self) -> Sequence[Mapping[str, Any]]:
        """Every whole line, oldest first; empty where there is no journal."""
        try:
            lines = self.path.read_bytes().split(b"\n")
        except FileNotFoundError:
            return ()
        except OSError as error:
            message = f"{self.path} cannot be read: {error.strerror or error}"
            raise PrerequisiteError(
                message, hint="nothing is paid without it; mend its owner or permissions"
            ) from error
        parsed = [_parsed(line) for line in lines if line.strip()]
        self.torn = parsed.count(None)
        return tuple(entry for entry in parsed if entry is not None)

    def _context(self) -> dict[str, Any]:
        now = datetime.fromtimestamp(self._clock.now(), UTC)
        return {
            "time": now.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "run": self.run,
            "command": self._command,
            "host": socket.gethostname(),
            "pid": os.getpid(),
        }


def _write_all(handle: int, line: bytes) -> None:
    """Every byte: on a disk that fills up, a write may take a part and say so quietly."""
    while line:
        line = line[os.write(handle, line) :]


def _ends_torn(handle: int) -> bool:
    size = os.fstat(handle).st_size
    return size > 0 and os.pread(handle, 1, size - 1) != b"\n"


def _parsed(line: bytes) -> Mapping[str, Any] | None:
    try:
        entry = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return entry if isinstance(entry, dict) and isinstance(entry.get("kind"), str) else None


def _sync_directory(directory: Path) -> None:
    handle = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
