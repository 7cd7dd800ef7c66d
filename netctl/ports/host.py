"""The host's edge: sessions, processes, ports and files of this machine."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

STOPPED = "stopped"
"""The label of a session that was ended on purpose: by what. Only `up` starts it again."""

FAULT = "fault"
"""The label of a session that the supervisor ended so that it starts anew: the probe that failed, and why."""


@dataclass(frozen=True, slots=True)
class SessionSpec:
    """A session to launch. The launcher holds its environment; argv, labels and `parts` hold no secret.

    `parts` says what it is started with, as `netctl.parts` writes it: one word, "" where it is not known.
    """

    name: str
    launcher: Path
    cwd: Path
    stdout: Path
    stderr: Path
    spec_hash: str
    labels: tuple[tuple[str, str], ...] = ()
    parts: str = ""


@dataclass(frozen=True, slots=True)
class SessionFacts:
    """A session as tmux and the process table show it now. `pid` is the neuron's own process, None when it is dead.

    `ended_at` is when it died, in seconds since the epoch, None where it lives or tmux (before 3.3) does not say.
    """

    name: str
    spec_hash: str
    pid: int | None
    started_at: float | None
    exit_code: int | None
    exit_signal: int | None
    restarts: int
    labels: Mapping[str, str]
    ended_at: float | None = None

    @property
    def is_dead(self) -> bool:
        """Whether its process has ended; one that has none yet is not."""
        return self.exit_code is not None or self.exit_signal is not None


@dataclass(frozen=True, slots=True)
class ProcessFacts:
    """A process of this machine, as far as it can be read (else empty, None).

    `marker` says which session of which fleet started it: ``<state directory>/<session>``.
    """

    pid: int
    argv: tuple[str, ...] = ()
    home: str | None = None
    marker: str | None = None


@dataclass(frozen=True, slots=True)
class FileFacts:
    """A file's SHA-256 (hex; None for a directory) and its permission bits."""

    sha256: str | None
    mode: int


class Witness(Protocol):
    """Sees what the host is about to forget of a session. Nothing that happens to it may hold up the host."""

    def ended(self, session: SessionFacts, *, on_purpose: bool) -> None:
        """A run is over; `on_purpose`: this host ended it now. Its pid, where it has one, is gone."""

    def launching(self, name: str) -> None:
        """A session is started where there was none, not even a dead one."""


class Host(Protocol):
    """Where sessions run: one private tmux server, and the files of their neurons.

    Unreachable raises SessionError: it is not the same as empty.
    """

    def sessions(self) -> Mapping[str, SessionFacts]: ...
    def ended(self) -> Mapping[str, SessionFacts]:
        """The dead ones of `sessions`, for a fraction of the cost."""

    def started_with(self, names: Collection[str]) -> Mapping[str, str]:
        """The `parts` of these sessions' specs when they were launched; those of which none are known are left out."""

    def launch(self, specs: Sequence[SessionSpec]) -> None:
        """Start them all in one go; a dead session of that name is replaced, one that lives so already is left alone.

        SessionError for one that lives and was started differently.
        """

    def revive(self, specs: Sequence[SessionSpec]) -> Sequence[str]:
        """Start again those that lie dead and were not stopped on purpose; returns the names that were started."""

    def stop(self, names: Sequence[str], *, grace_s: float, leave: Mapping[str, str] | None = None) -> Sequence[str]:
        """End their processes by group, TERM then KILL, verify; returns the names that survived.

        With `leave` the dead sessions stay, with these labels on top of their own; else they are removed.
        """

    def shut_down(self, *, grace_s: float) -> Sequence[str]:
        """Stop everything and end the server; returns survivors."""

    def port_owner(self, port: int) -> int | None:
        """The pid that listens on a TCP port of this machine (0 where it cannot be read), None if it is free."""

    def listeners(self, ports: Sequence[int]) -> Mapping[int, ProcessFacts]:
        """Who listens on each of these ports; free ones are left out, pid 0 is somebody who cannot be read."""

    def neuron_processes(self) -> Sequence[ProcessFacts]:
        """Every process of this machine that names a hotkey on its command line, whoever started it."""

    def listing(self, root: Path) -> Mapping[Path, FileFacts]:
        """Every file and directory below `root`, itself included; empty where it is missing."""

    def facts_of(self, path: Path) -> FileFacts | None:
        """One file or directory, None where there is none."""

    def replace(self, path: Path, content: bytes, mode: int) -> None:
        """Put a file there, whole or not at all; missing parents are made 0700."""

    def remove(self, path: Path) -> None:
        """Remove a file, and its directory where that empties it; nothing happens where there is none."""

    def make_directory(self, path: Path) -> None:
        """Make a directory and its missing parents, 0700."""
