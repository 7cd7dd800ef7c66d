"""Who uses what: one pass over the process table for hotkeys, ports and files that only one process may have."""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

import psutil

from netctl.adapters.processes import MARKER
from netctl.identity.claims import real
from netctl.identity.reading import WALLET, uses_of
from netctl.ports import Exclusive, Holder, ProcessFacts, Running, Use

PROC = "/proc"
HAS_PROC = Path("/proc/self/environ").exists()
PAGE = 1 << 17
LISTENS = "0A"
"""The state of a listening socket in /proc/net/tcp."""


def holders(
    exclusives: Sequence[Exclusive], *, paths: Collection[str] = (), ports: Collection[int] = ()
) -> tuple[Holder, ...]:
    """See `ports.Host.holders`. Reads no more of a process than it must: most name nothing and have nothing open."""
    found = []
    programs = {one.program.rpartition("/")[2] for one in exclusives} - {""}
    candidate = re.compile(b"|".join(re.escape(word.encode()) for word in (WALLET, *sorted(programs))))
    wanted = _Wanted(paths, ports)
    for pid in psutil.pids():
        line = _cmdline(pid)
        if not line:
            continue
        environ, uses = None, []
        if candidate.search(line):
            environ = environ_of(pid) or {}
            said = uses_of(_words(line), _link(pid, "cwd"), environ, exclusives)
            uses = list(wanted.found(pid, said))
        # Whose words name its files has been heard; looking at what is open costs most.
        if not any(use.kind == "file" for use in uses):
            uses += dict.fromkeys(wanted.opened(pid))
        if uses:
            environ = environ if environ is not None else environ_of(pid) or {}
            facts = ProcessFacts(pid, _words(line), environ.get("HOME"), environ.get(MARKER))
            found.append(Holder(facts, _leader(pid), tuple(uses)))
    return tuple(found)


def opened(pid: int, *, paths: Collection[str] = (), ports: Collection[int] = ()) -> tuple[Use, ...]:
    """What of these one process has open: files for writing, and ports that it listens on."""
    return tuple(dict.fromkeys(_Wanted(paths, ports).opened(pid)))


def running(pid: int) -> Running | None:
    """See `ports.Host.running`."""
    line = _cmdline(pid)
    if not line:
        return None
    return Running(pid, _words(line), _link(pid, "cwd"), _link(pid, "exe"), environ_of(pid))


def environ_of(pid: int) -> Mapping[str, str] | None:
    """What a process was started with; None where it cannot be read, or the process has written over it."""
    if not HAS_PROC:
        with suppress(psutil.Error, OSError):
            return psutil.Process(pid).environ()
        return None
    raw = _read(pid, "environ")
    if raw is None:
        return None
    pairs = [part.decode(errors="surrogateescape").partition("=") for part in raw.split(b"\0") if part]
    return {name: value for name, sign, value in pairs if sign} or None


class _Wanted:
    """Files and ports that are looked for among what processes have open."""

    def __init__(self, paths: Collection[str], ports: Collection[int]) -> None:
        self.paths = set(paths)
        self.inodes = {seen: path for path in paths if (seen := _inode(path)) is not None}
        self.sockets = dict(_listening(set(ports))) if ports else {}
        self.mounts, self.network = _link(os.getpid(), "ns/mnt"), _link(os.getpid(), "ns/net")

    def opened(self, pid: int) -> Iterator[Use]:
        """What this process has open: wanted files for writing, and wanted ports that it listens on."""
        if not HAS_PROC or not (self.paths or self.sockets):
            return
        folder = f"{PROC}/{pid}/fd"
        try:
            numbers = os.listdir(folder)  # noqa: PTH208 - twice as quick, and there are tens of thousands
        except OSError:
            return
        for number in numbers:
            try:
                target = os.readlink(f"{folder}/{number}")  # noqa: PTH115
            except OSError:
                continue
            if target in self.sockets:
                yield Use("port", "axon port", str(self.sockets[target]))
            elif target in self.paths and _is_written(pid, number):
                yield Use("file", "file", target)

    def found(self, pid: int, said: Sequence[Use]) -> Iterator[Use]:
        """These uses with symlinks followed, and by our own name of a file where it is one that is wanted.

        A process in a container has ports of its own and calls files by other names; what cannot be compared is left
        out.
        """
        if not said:
            return
        elsewhere = HAS_PROC and _link(pid, "ns/mnt") not in (None, self.mounts)
        unplugged = elsewhere and _link(pid, "ns/net") not in (None, self.network)
        for use in said:
            if use.kind == "port":
                found = None if unplugged else use
            elif elsewhere:
                found = self._known(use, f"{PROC}/{pid}/root{use.value}")
            elif use.value in self.paths:
                found = use
            else:
                followed = real(use)
                found = self._known(followed, followed.value) or followed
            if found is not None:
                yield found

    def _known(self, use: Use, path: str) -> Use | None:
        """The use by the name of the wanted file that lies at this path, under whatever name; None where none does."""
        inode = _inode(path) if self.inodes else None
        return Use(use.kind, use.what, self.inodes[inode]) if inode in self.inodes else None


def _inode(path: str) -> tuple[int, int] | None:
    try:
        found = os.stat(path)  # noqa: PTH116
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _listening(ports: set[int]) -> Iterator[tuple[str, int]]:
    """What the descriptors of sockets that listen on these ports look like."""
    for name in ("tcp", "tcp6"):
        with suppress(OSError):
            for line in Path(PROC, "net", name).read_text(encoding="ascii").splitlines()[1:]:
                words = line.split()
                port = int(words[1].rpartition(":")[2], 16)
                if words[3] == LISTENS and port in ports:
                    yield f"socket:[{words[9]}]", port


def _is_written(pid: int, number: str) -> bool:
    """Whether a descriptor is open for writing: who only reads a database harms nobody."""
    raw = _read(pid, f"fdinfo/{number}") or b""
    flags = next((line.split()[1] for line in raw.splitlines() if line.startswith(b"flags:")), b"0")
    return int(flags, 8) & os.O_ACCMODE != os.O_RDONLY


def _words(line: bytes) -> tuple[str, ...]:
    return tuple(line.removesuffix(b"\0").decode(errors="replace").split("\0"))


def _cmdline(pid: int) -> bytes:
    if HAS_PROC:
        return _read(pid, "cmdline") or b""
    with suppress(psutil.Error, OSError):
        return "\0".join(psutil.Process(pid).cmdline()).encode()
    return b""


def _read(pid: int, name: str) -> bytes | None:
    """A file of the process, whole: the kernel may hand out less at a time."""
    try:
        number = os.open(f"{PROC}/{pid}/{name}", os.O_RDONLY)
    except OSError:
        return None
    try:
        whole = part = os.read(number, PAGE)
        while len(part) and (part := os.read(number, PAGE)):
            whole += part
    except OSError:
        return None
    finally:
        os.close(number)
    return whole


def _link(pid: int, name: str) -> str | None:
    """Where a link of the process leads; without /proc only its working directory is known."""
    try:
        if HAS_PROC:
            return os.readlink(f"{PROC}/{pid}/{name}")  # noqa: PTH115
        return psutil.Process(pid).cwd() if name == "cwd" else None
    except (psutil.Error, OSError):
        return None


def _leader(pid: int) -> int | None:
    try:
        return os.getsid(pid)
    except OSError:
        return None
