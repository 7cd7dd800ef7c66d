"""The process table: who is in which session or group, who listens where, and what it was started with."""

from __future__ import annotations

import os
import signal
import socket
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any

import psutil

from netctl.ports import ProcessFacts

MARKER = "NETCTL_NEURON"
"""The variable that every process netctl starts carries: ``<state directory>/<session>``."""

HAS_PROC = Path("/proc/self/stat").exists()
"""On Linux one small file tells what psutil asks five for; that counts where a status looks at 256 processes."""
TICKS_A_SECOND = os.sysconf("SC_CLK_TCK")


def of_sessions(leaders: Collection[int]) -> Mapping[int, set[int]]:
    """The living processes of each terminal session, by the pid of its leader, which itself may be dead."""
    members: dict[int, set[int]] = {leader: set() for leader in leaders}
    for pid in psutil.pids():
        with suppress(ProcessLookupError, PermissionError):
            leader = os.getsid(pid)
            if leader in members and _lives(pid):
                members[leader].add(pid)
    return members


def children_of(parents: Collection[int]) -> Mapping[int, int]:
    """The first living child of each parent: as Linux lists them, else in one pass over the process table."""
    found: dict[int, int] = {}
    wanted = set()
    for parent in parents:
        try:
            listed = Path(f"/proc/{parent}/task/{parent}/children").read_text(encoding="ascii")
        except ProcessLookupError:
            continue
        except OSError:
            if _lives(parent):
                wanted.add(parent)
            continue
        living_ones = [pid for pid in map(int, listed.split()) if _lives(pid)]
        if living_ones:
            found[parent] = min(living_ones)
    if not wanted:
        return found
    for process in psutil.process_iter():
        with suppress(psutil.Error):
            parent = process.ppid()
            if parent in wanted and process.status() != psutil.STATUS_ZOMBIE:
                found[parent] = min(process.pid, found.get(parent, process.pid))
    return found


def with_marker(prefix: str) -> Mapping[str, set[int]]:
    """Living processes whose marker starts with `prefix`, by the marker's last part: the session they belong to."""
    found: dict[str, set[int]] = {}
    for process in psutil.process_iter():
        with suppress(psutil.Error, OSError):
            marker = process.environ().get(MARKER, "")
            if marker.startswith(prefix) and process.status() != psutil.STATUS_ZOMBIE:
                found.setdefault(marker.removeprefix(prefix), set()).add(process.pid)
    return found


def start_time(pid: int) -> float | None:
    """When a process started, in seconds since the epoch; None where it is gone."""
    if HAS_PROC:
        found = _stat(pid)
        return None if found is None else _booted_at() + int(found[19]) / TICKS_A_SECOND
    try:
        return psutil.Process(pid).create_time()
    except psutil.Error:
        return None


def facts_of(pid: int) -> ProcessFacts:
    """What can be told of a process; empty fields for what is gone or not ours to read."""
    argv: tuple[str, ...] = ()
    try:
        process = psutil.Process(pid)
        argv = tuple(process.cmdline())
        environ = process.environ()
    except (psutil.Error, OSError):
        return ProcessFacts(pid, argv)
    return ProcessFacts(pid, argv, environ.get("HOME"), environ.get(MARKER))


def listeners(ports: Sequence[int]) -> Mapping[int, ProcessFacts]:
    """Who listens on each of these TCP ports; a port that is free is left out, pid 0 is somebody unreadable."""
    wanted = set(ports)
    found: dict[int, ProcessFacts] = {}
    try:
        pids = _listening(psutil.net_connections(kind="tcp"))
    except psutil.AccessDenied:  # macOS tells it to root only, and to anybody of his own processes
        pids = _own_listening()
        pids |= {port: None for port in wanted - pids.keys() if not _can_bind(port)}
    for port, pid in pids.items():
        if port in wanted:
            found[port] = facts_of(pid) if pid else ProcessFacts(0)
    return found


def _listening(connections: Iterable[Any], pid: int | None = None) -> dict[int, int | None]:
    """The pid that listens on each port, None where it cannot be read; `pid` is whose connections they are."""
    found: dict[int, int | None] = {}
    for connection in connections:
        if connection.status == psutil.CONN_LISTEN and connection.laddr:
            port = connection.laddr.port
            found[port] = found.get(port) or pid or connection.pid
    return found


def _own_listening() -> dict[int, int | None]:
    found: dict[int, int | None] = {}
    for process in psutil.process_iter():
        with suppress(psutil.Error, OSError):
            found |= _listening(process.net_connections(kind="tcp"), process.pid)
    return found


def terminate(pids: Iterable[int]) -> None:
    """Send SIGTERM to each; one that is gone, or not ours, is passed over."""
    for pid in pids:
        with suppress(ProcessLookupError, PermissionError):
            os.kill(pid, signal.SIGTERM)


def remind_of_children(pid: int) -> None:
    """Send SIGCHLD: tmux 3.3 sometimes overlooks one, and would leave a dead child unreaped until another dies."""
    with suppress(ProcessLookupError, PermissionError):
        os.kill(pid, signal.SIGCHLD)


def living(pids: Iterable[int]) -> set[int]:
    """Those that are still there and no zombies."""
    return {pid for pid in pids if _lives(pid)}


def end(members: Callable[[], set[int]], *, kill_at: float, give_up_at: float, pauses: Iterator[float]) -> set[int]:
    """Wait until `members` is empty, sending SIGKILL to what is left from `kill_at`; returns survivors.

    `pauses` yields the time after each pause that it makes, so that the caller owns the clock.
    """
    left = members()
    while left:
        now = next(pauses)
        left = members()
        if now >= kill_at:
            for pid in left:
                with suppress(ProcessLookupError, PermissionError):
                    os.kill(pid, signal.SIGKILL)
        if now >= give_up_at:
            return left
    return left


def _lives(pid: int) -> bool:
    if HAS_PROC:
        found = _stat(pid)
        return found is not None and found[0] not in (b"Z", b"X")
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.Error:
        return False


def _stat(pid: int) -> Sequence[bytes] | None:
    """What Linux tells of a process behind its name, its state first; None where it is gone."""
    try:
        return Path(f"/proc/{pid}/stat").read_bytes().rpartition(b")")[2].split()
    except OSError:
        return None


@cache
def _booted_at() -> float:
    return psutil.boot_time()


def _can_bind(port: int) -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("", port))
        except OSError:
            return False
    return True
