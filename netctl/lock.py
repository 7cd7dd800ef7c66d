"""One writer per fleet: the kernel holds the lock and lets go of it when the process ends, however it ends."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import socket
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from netctl.errors import LockHeld, PrerequisiteError
from netctl.ports import Clock

FILE = "lock"


@contextlib.contextmanager
def fleet_lock(state: Path, *, command: str, clock: Clock, what: str = "") -> Iterator[None]:
    """Hold the fleet whose state directory this is; LockHeld at once when another process does, naming it.

    `what` is said to be held where the directory is no fleet's. The file stays; what it says is only of use while
    somebody holds it.
    """
    what = what or f"fleet {state.name}"
    try:
        state.mkdir(parents=True, exist_ok=True, mode=0o700)
        handle = os.open(state / FILE, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        message = f"{state} cannot hold a fleet's state: {error.strerror or error}"
        raise PrerequisiteError(message, hint="run from a directory of your own, or set NETCTL_HOME") from error
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise _held(what, handle) from error
        if not _is_still_there(state / FILE, handle):
            raise LockHeld(f"{what} was purged just now", hint="try again in a moment")
        _sign(handle, command, clock)
        try:
            yield
        finally:
            os.utime(handle)  # what was seen before this moment may be no more: see netctl.supervisor.samples
    finally:
        os.close(handle)


def _is_still_there(path: Path, handle: int) -> bool:
    """Whether the file that is locked is the one that others would lock; a purge may have removed it meanwhile."""
    try:
        return os.path.samestat(path.stat(), os.fstat(handle))
    except FileNotFoundError:
        return False


def _sign(handle: int, command: str, clock: Clock) -> None:
    since = datetime.fromtimestamp(clock.now(), UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    content = {"pid": os.getpid(), "host": socket.gethostname(), "command": command, "since": since}
    os.ftruncate(handle, 0)
    os.pwrite(handle, json.dumps(content).encode(), 0)


def _held(what: str, handle: int) -> LockHeld:
    try:
        by = json.loads(os.pread(handle, 4096, 0))
        who = f"pid {by['pid']} on {by['host']} ({by['command']}) since {by['since']}"
        hint = f"wait for it, or end it: kill {int(by['pid'])}"
    except (ValueError, KeyError, TypeError):
        who, hint = "another netctl that has not said its name yet", "try again in a moment"
    return LockHeld(f"{what} is held by {who}", hint=hint)
