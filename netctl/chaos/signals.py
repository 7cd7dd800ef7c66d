"""Signals to a neuron's process group, to the very process that was meant or to none.

A pid alone may be another's by now: with it goes its birth, and both are compared before anything is sent.
"""

from __future__ import annotations

import os
import signal
from pathlib import Path

import psutil

from netctl.errors import SessionError


def birth_of(pid: int) -> str | None:
    """What sets a process apart from every other that had or will have its pid; None where it is gone.

    On Linux its start in clock ticks since boot, which no change of the clock moves.
    """
    try:
        stat = Path(f"/proc/{pid}/stat").read_bytes()
    except OSError:
        return _birth_elsewhere(pid) if not Path("/proc/self/stat").exists() else None
    state, *fields = stat.rpartition(b")")[2].split()
    return None if state in (b"Z", b"X") else f"ticks {int(fields[18])}"


def _birth_elsewhere(pid: int) -> str | None:
    try:
        process = psutil.Process(pid)
        return None if process.status() == psutil.STATUS_ZOMBIE else f"time {process.create_time():.2f}"
    except psutil.Error:
        return None


def is_stopped(pid: int, birth: str) -> bool:
    """Whether that very process is there and stopped (as by SIGSTOP)."""
    try:
        return birth_of(pid) == birth and psutil.Process(pid).status() == psutil.STATUS_STOPPED
    except psutil.Error:
        return False


def send(pid: int, birth: str, number: signal.Signals) -> bool:
    """Signal the group that this process leads; False where it is not there any more.

    SessionError for a process that leads no group: its group is somebody else's.
    """
    try:
        if os.getpgid(pid) != pid:
            raise SessionError(
                f"pid {pid} leads no process group, {number.name} was not sent", hint="netctl fleet restart"
            )
        if birth_of(pid) != birth:
            return False
        os.killpg(pid, number)
    except (ProcessLookupError, PermissionError):
        return False
    return True
