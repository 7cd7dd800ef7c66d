"""Who lives, counted in the process table alone: netctl's own word is what is in question."""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

PERIOD_S = 0.2
LAUNCHER = "launch.sh"
OF_A_GUARDIAN = ("/bin/sh", "sh", "sleep", "/usr/bin/env")
"""What a launcher is, becomes or forks before the program is there, or while it ends."""


@dataclass(frozen=True)
class Life:
    """A living process and its command line."""

    pid: int
    parent: int
    name: str
    argv: tuple[str, ...]


def lives() -> Mapping[int, Life]:
    """Every process that is no zombie."""
    found = {}
    for place in Path("/proc").iterdir():
        if place.name.isdigit():
            with suppress(OSError, ValueError):
                life = _life(place)
                if life is not None:
                    found[life.pid] = life
    return found


def marked(state: Path) -> Mapping[str, list[int]]:
    """By session, the pids of whatever carries its marker: the program, and what its guardian forks."""
    wanted = f"NETCTL_NEURON={state}/".encode()
    found: dict[str, list[int]] = defaultdict(list)
    for place in Path("/proc").iterdir():
        if place.name.isdigit():
            with suppress(OSError):
                for word in (place / "environ").read_bytes().split(b"\0"):
                    if word.startswith(wanted):
                        found[word[len(wanted) :].decode()].append(int(place.name))
    return found


def program_pids(state: Path) -> Mapping[str, list[int]]:
    """By session, the pids of its program: one, if all is well."""
    found: dict[str, list[int]] = {}
    for session, pids in marked(state).items():
        known = [life for pid in sorted(pids) if (life := _known(pid)) is not None]
        members = {life.pid for life in known}
        own = [life.pid for life in known if life.argv[0] not in OF_A_GUARDIAN and life.parent not in members]
        if own:
            found[session] = own
    return found


def guardian_pids(state: Path) -> Mapping[str, list[int]]:
    """By session, the pids of those that run its launcher, without what they fork."""
    found: dict[str, list[int]] = defaultdict(list)
    everybody = lives()
    for life in everybody.values():
        launcher = _launcher_of(life, state)
        parent = everybody.get(life.parent)
        if launcher is not None and (parent is None or _launcher_of(parent, state) != launcher):
            found[launcher.parent.name].append(life.pid)
    return found


def hangs(pid: int) -> bool:
    """Whether it is stopped, by SIGSTOP."""
    with suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "T"
    return False


def servers(socket: str) -> list[int]:
    """The pids of the tmux servers behind this socket's name."""
    return [life.pid for life in lives().values() if life.name == "tmux: server" and socket in life.argv]


def _launcher_of(life: Life, state: Path) -> Path | None:
    launcher = Path(life.argv[-1])
    return launcher if launcher.name == LAUNCHER and launcher.is_relative_to(state / "files") else None


def _known(pid: int) -> Life | None:
    with suppress(OSError, ValueError):
        return _life(Path(f"/proc/{pid}"))
    return None


def _life(place: Path) -> Life | None:
    argv = tuple((place / "cmdline").read_bytes().decode(errors="replace").split("\0")[:-1])
    before, _, after = (place / "stat").read_text(errors="replace").rpartition(")")
    state, parent = after.split()[:2]
    if state in ("Z", "X") or not argv:
        return None
    return Life(int(place.name), int(parent), before.partition("(")[2], argv)


@dataclass
class Watch:
    """Counts all the while, in a thread; `twice` says of which programs two lived at one moment, and when."""

    state: Path
    clock: Callable[[], float]
    twice: list[str] = field(default_factory=list)
    looks: int = 0
    most: int = 0
    _over: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None

    def __enter__(self) -> Self:
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        if self._thread is not None:
            self._thread.join()

    def _run(self) -> None:
        while not self._over.wait(PERIOD_S):
            found = program_pids(self.state)
            self.looks += 1
            self.most = max(self.most, len(found))
            self.twice += [
                f"{name} at {self.clock():.2f} s: {', '.join(map(_told, pids))}"
                for name, pids in found.items()
                if len(pids) > 1
            ]


def _told(pid: int) -> str:
    life = _known(pid)
    return f"pid {pid} {'' if life is None else ' '.join(life.argv)[-160:]}"
