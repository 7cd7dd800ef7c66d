"""What neurons use of this machine, with all processes that they have started."""

from __future__ import annotations

import os
from collections.abc import Collection, Mapping
from contextlib import suppress

import psutil

from netctl.ports import Usage


def of(pids: Collection[int]) -> Mapping[int, Usage]:
    """Each neuron's usage by its pid, in one pass over the process table; who is gone is left out."""
    leaders: dict[int, int] = {}
    for pid in pids:
        with suppress(ProcessLookupError, PermissionError):
            leaders[os.getsid(pid)] = pid
    members: dict[int, list[int]] = {pid: [] for pid in leaders.values()}
    for pid in psutil.pids() if leaders else ():
        with suppress(ProcessLookupError, PermissionError):
            owner = leaders.get(os.getsid(pid))
            if owner is not None:
                members[owner].append(pid)
    found = {pid: _summed(pid, of_it) for pid, of_it in members.items()}
    return {pid: usage for pid, usage in found.items() if usage is not None}


def _summed(pid: int, members: Collection[int]) -> Usage | None:
    own = _one(pid)
    if own is None:
        return None
    others = [one for member in members if member != pid and (one := _one(member)) is not None]
    everyone = [own, *others]
    return Usage(
        pid=pid,
        started_at=own.started_at,
        cpu_s=sum(one.cpu_s for one in everyone),
        memory_bytes=sum(one.memory_bytes for one in everyone),
        processes=len(everyone),
        threads=sum(one.threads for one in everyone),
        descriptors=_sum([one.descriptors for one in everyone]),
        connections=_sum([one.connections for one in everyone]),
        read_bytes=_sum([one.read_bytes for one in everyone]),
        written_bytes=_sum([one.written_bytes for one in everyone]),
    )


def _sum(parts: Collection[int | None]) -> int | None:
    """None where nobody's is known."""
    known = [part for part in parts if part is not None]
    return sum(known) if known else None


def _one(pid: int) -> Usage | None:
    try:
        process = psutil.Process(pid)
        with process.oneshot():
            if process.status() == psutil.STATUS_ZOMBIE:
                return None
            times = process.cpu_times()
            return Usage(
                pid=pid,
                started_at=process.create_time(),
                # Of children that have ended, too: a neuron that runs git each minute pays for it.
                cpu_s=times.user + times.system + times.children_user + times.children_system,
                memory_bytes=process.memory_info().rss,
                processes=1,
                threads=process.num_threads(),
                descriptors=_told(process, "num_fds"),
                connections=_connections(pid),
                read_bytes=_told(process, "io_counters", "read_bytes"),
                written_bytes=_told(process, "io_counters", "write_bytes"),
            )
    except psutil.Error:
        return None


def _told(process: psutil.Process, method: str, part: str | None = None) -> int | None:
    """One figure, None where this system has none or does not tell it."""
    try:
        found = getattr(process, method)()
    except (AttributeError, psutil.Error):
        return None
    return int(found if part is None else getattr(found, part))


def _connections(pid: int) -> int | None:
    """How many sockets a process has open, of any kind: telling their kind would cost a look at each."""
    folder = f"/proc/{pid}/fd"
    try:
        links = [os.readlink(f"{folder}/{number}") for number in os.listdir(folder)]  # noqa: PTH115, PTH208 - many
    except OSError:
        return None
    return sum(link.startswith("socket:") for link in links)
