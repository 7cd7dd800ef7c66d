"""Who listens on a port: is it this process, or one that it started? Known processes are read, the machine is not.

Only where somebody else holds the port is the process table searched, once for that socket, to name him.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

import psutil

from netctl.probes.memory import Holding, Memory, Run

PROC = Path("/proc")
TABLES = (PROC / "net" / "tcp", PROC / "net" / "tcp6")
LISTENS = "0A"
TABLE_EVERY_S = 60.0
"""How often the kernel's table is read for a port whose owner is known: it is long where many talk."""
DEEPEST = 4
"""How many generations below a neuron are looked at."""


def listening(ports: Collection[int]) -> Mapping[int, frozenset[str]]:
    """The sockets (inodes) that listen on each of these TCP ports of this machine; free ones are left out.

    Empty for all where the system has no such table: then `owner_of` asks each process itself.
    """
    wanted = {f"{port:04X}": port for port in ports}
    found: dict[int, set[str]] = {}
    for table in TABLES:
        try:
            lines = table.read_text().splitlines()[1:]
        except OSError:
            continue
        for line in lines:
            words = line.split(None, 10)
            if words[3] == LISTENS and (port := wanted.get(words[1].rpartition(":")[2])) is not None:
                found.setdefault(port, set()).add(words[9])
    return {port: frozenset(inodes) for port, inodes in found.items()}


@dataclass(frozen=True, slots=True)
class Owner:
    """Who listens on a port; pid 0 stands for somebody whose descriptors cannot be read.

    `mine`: it is the neuron's own process, one that it started, or one of its process group.
    """

    pid: int
    mine: bool


def still_held(port: int, run: Run, now: float) -> Owner | None:
    """The owner that was found before, where he has that same socket still; None where he is to be looked for.

    A socket that is open but no longer listens is found out a minute later.
    """
    known = run.holdings.get(port)
    if known is None or not 0 <= now - known.at < TABLE_EVERY_S:
        return None
    return Owner(known.pid, mine=True) if _inode(known.pid, known.descriptor) == known.inode else None


def owner_of(port: int, run: Run, sockets: Mapping[int, frozenset[str]], memory: Memory, now: float) -> Owner | None:
    """Who listens on the port, one of the run's own processes where any does; None where the port is free."""
    if not TABLES[0].exists():
        return _asked_itself(port, run.pid)
    known = run.holdings.pop(port, None)
    inodes = sockets.get(port)
    if not inodes:
        return None
    if known is not None and known.inode in inodes and _inode(known.pid, known.descriptor) == known.inode:
        run.holdings[port] = replace(known, at=now)
        return Owner(known.pid, mine=True)
    for pid in _family(run.pid):
        for descriptor, inode in _sockets_of(pid):
            if inode in inodes:
                run.holdings[port] = Holding(pid, descriptor, inode, now)
                return Owner(pid, mine=True)
    pid = _searched(inodes, memory)
    return Owner(pid, mine=_group(pid) == run.pid)


def _group(pid: int) -> int | None:
    """Its process group; the launcher makes each neuron the leader of one."""
    with suppress(OSError):
        return os.getpgid(pid) if pid else None
    return None


def _family(pid: int) -> Iterator[int]:
    """The process, what it started, and what that started, as long as nobody lets go of his children."""
    generation = [pid]
    for _ in range(DEEPEST):
        yield from generation
        generation = [child for parent in generation for child in _children(parent)]


def _children(pid: int) -> list[int]:
    found: list[int] = []
    with suppress(OSError):
        for task in (PROC / str(pid) / "task").iterdir():
            with suppress(OSError):
                found += map(int, (task / "children").read_text().split())
    return found


def _sockets_of(pid: int) -> Iterator[tuple[str, str]]:
    try:
        descriptors = [path.name for path in (PROC / str(pid) / "fd").iterdir()]
    except OSError:
        return
    for descriptor in descriptors:
        if (inode := _inode(pid, descriptor)) is not None:
            yield descriptor, inode


def _inode(pid: int, descriptor: str) -> str | None:
    try:
        target = os.readlink(f"/proc/{pid}/fd/{descriptor}")  # noqa: PTH115 - a Path costs three times the call
    except OSError:
        return None
    return target[8:-1] if target.startswith("socket:[") else None


def _searched(inodes: frozenset[str], memory: Memory) -> int:
    """Who holds one of these sockets, from the whole process table: looked up once for each socket."""
    for inode in inodes:
        pid = memory.strangers.get(inode)
        if pid is not None and (pid == 0 or any(held == inode for _, held in _sockets_of(pid))):
            return pid
    memory.strangers.update(dict.fromkeys(inodes, 0))
    for pid in psutil.pids():
        for _, inode in _sockets_of(pid):
            if inode in inodes:
                memory.strangers[inode] = pid
                return pid
    return 0


def _asked_itself(port: int, pid: int) -> Owner | None:
    """Where there is no /proc: a process tells its own sockets, also on macOS."""
    with suppress(psutil.Error):
        process = psutil.Process(pid)
        for one in (process, *process.children(recursive=True)):
            with suppress(psutil.Error):
                if any(c.status == psutil.CONN_LISTEN and c.laddr.port == port for c in one.net_connections("tcp")):
                    return Owner(one.pid, mine=True)
    return None
