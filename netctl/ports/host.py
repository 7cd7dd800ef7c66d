"""The host's edge: sessions, processes, ports and files of this machine."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, Protocol

from netctl.placement import Placement

STOPPED = "stopped"
"""The label of a session that was ended on purpose: by what. Only `up` starts it again."""

FAULT = "fault"
"""The label of a session that the supervisor ended so that it starts anew: the probe that failed, and why."""


@dataclass(frozen=True, slots=True)
class SessionSpec:
    """A session to launch. The launcher holds its environment; argv, labels and `parts` hold no secret.

    `parts` says what it is started with, as `netctl.parts` writes it: one word, "" where it is not known.
    `placement` is where it runs in a fleet of many machines, None for this one.
    """

    name: str
    launcher: Path
    cwd: Path
    stdout: Path
    stderr: Path
    spec_hash: str
    labels: tuple[tuple[str, str], ...] = ()
    parts: str = ""
    placement: Placement | None = None


@dataclass(frozen=True, slots=True)
class SessionFacts:
    """A session as tmux and the process table show it now. `pid` is the neuron's own process, None when it is dead.

    `ended_at` is when it died, in seconds since the epoch, None where it lives or tmux (before 3.3) does not say.
    `node` is the machine that it runs on, "" for this one, and `pid` a process of that machine; `task` is what the
    engine there calls this run. `unknown` says why nobody can tell whether it runs ("node nd2 is down"), `waits` why
    the engine has not started it yet, or of a dead one that it could not; "" otherwise.
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
    node: str = ""
    task: str = ""
    unknown: str = ""
    waits: str = ""

    @property
    def is_dead(self) -> bool:
        """Whether its process has ended; one that has none yet is not."""
        return self.exit_code is not None or self.exit_signal is not None


@dataclass(frozen=True, slots=True)
class Placed:
    """A neuron of any fleet as the engine of many machines runs it: `nodes` are those where it runs, or may, now.

    `fleet` is the engine's name for the fleet, `is_ours` whether it is the host's own. `hotkey` is the address of its
    key and `ports` are what it takes of its node; empty where its labels do not say.
    """

    fleet: str
    name: str
    is_ours: bool
    nodes: tuple[str, ...]
    hotkey: str = ""
    ports: tuple[int, ...] = ()


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
class Exclusive:
    """A file or port that a program must have to itself, and how its command line says which one.

    The value of `option`, cut where `until` first comes, with `add` behind it. Without the option the program, known by
    `interpreter` and `program`, takes `default`: below its working directory, or below its `code`.
    """

    what: str
    kind: Literal["file", "port"]
    option: str
    default: str | None = None
    root: Literal["cwd", "code"] = "cwd"
    until: str = ""
    add: str = ""
    interpreter: str = ""
    program: str = ""


@dataclass(frozen=True, slots=True)
class Use:
    """A thing that a process uses: `value` is a port, or the whole path of a file. `what` is for people."""

    kind: Literal["hotkey", "port", "file"]
    what: str
    value: str

    @property
    def key(self) -> tuple[str, str]:
        """What makes it the same thing in two processes, whatever they call it."""
        return ("port" if self.kind == "port" else "file", self.value)


@dataclass(frozen=True, slots=True)
class Holder:
    """A process and what it uses. `leader` is the first process of its terminal session."""

    process: ProcessFacts
    leader: int | None
    uses: tuple[Use, ...]


@dataclass(frozen=True, slots=True)
class Running:
    """A process as the kernel knows it: what it was started with, where it stands, and the file that it runs.

    A part that cannot be read is None; so is an `environ` that the process has written over. A file that is gone from
    the disk ends in " (deleted)".
    """

    pid: int
    argv: tuple[str, ...] | None
    cwd: str | None
    exe: str | None
    environ: Mapping[str, str] | None = field(repr=False)


@dataclass(frozen=True, slots=True)
class Usage:
    """What a process and all that it has started use now, or have used since they started.

    `read_bytes` and `written_bytes` are of disks. What the system does not tell of other people's, or at all, is None.
    """

    pid: int
    started_at: float
    cpu_s: float
    memory_bytes: int
    processes: int
    threads: int
    descriptors: int | None = None
    connections: int | None = None
    read_bytes: int | None = None
    written_bytes: int | None = None


@dataclass(frozen=True, slots=True)
class FileFacts:
    """A file's SHA-256 (hex; None for a directory) and its permission bits."""

    sha256: str | None
    mode: int


class Witness(Protocol):
    """Sees what the host is about to forget of a session. Nothing that happens to it may hold up the host."""

    def ended(self, session: SessionFacts, *, on_purpose: bool) -> None:
        """A run is over; `on_purpose`: this host ended it now. Its pid, where it has one, is gone."""

    def launching(self, session: SessionFacts) -> None:
        """This session, which has no process yet, is about to be started; what it replaces was told before."""


class Host(Protocol):
    """Where sessions run, one private tmux server or the nodes of an engine, and the files of their neurons.

    Unreachable raises SessionError: it is not the same as empty.
    """

    def sessions(self) -> Mapping[str, SessionFacts]: ...
    def ended(self) -> Mapping[str, SessionFacts]:
        """The dead ones of `sessions`, for a fraction of the cost."""

    def past(self) -> Sequence[SessionFacts]:
        """Runs that have ended and in whose place an engine has started the next by itself, oldest first.

        Empty where nobody but netctl starts sessions again.
        """

    def placed(self) -> Sequence[Placed]:
        """Every neuron that the engine of this fleet's machines runs, of other fleets too; empty on one machine."""

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

    def stop_run(self, run: SessionFacts, *, grace_s: float, leave: Mapping[str, str]) -> Sequence[str] | None:
        """The same for one session, only while the process of `run` (pid and start time) is the one that runs in it.

        None where it is not: nothing is done to the run that took its place.
        """

    def shut_down(self, *, grace_s: float) -> Sequence[str]:
        """Stop everything and end the server; returns survivors."""

    def tidy(self) -> None:
        """Remove what an interrupted change left and nothing uses; what cannot be removed now may stay."""

    def abandon(self, name: str) -> None:
        """Forget a session that was told to stop on a node that does not answer: the caller knows that it is off."""

    def purge(self) -> Sequence[str]:
        """Delete what lies on other machines, once all is down; names the nodes that could not be asked."""

    def port_owner(self, port: int) -> int | None:
        """The pid that listens on a TCP port of this machine (0 where it cannot be read), None if it is free."""

    def listeners(self, ports: Sequence[int]) -> Mapping[int, ProcessFacts]:
        """Who listens on each of these ports; free ones are left out, pid 0 is somebody who cannot be read."""

    def holders(
        self, exclusives: Sequence[Exclusive], *, paths: Collection[str] = (), ports: Collection[int] = ()
    ) -> Sequence[Holder]:
        """Every process that names a hotkey or runs a program of `exclusives`, and whoever has one of these open.

        In one pass over the process table. Paths have their symlinks followed, as `paths` must have.
        """

    def running(self, pid: int) -> Running | None:
        """One process as it is now; None where it is gone."""

    def usage(self, pids: Collection[int]) -> Mapping[int, Usage]:
        """What each of these neurons uses, by its pid, with all processes of its session; who is gone is left out."""

    def usage_elsewhere(self, names: Collection[str]) -> Mapping[str, Usage]:
        """The same of these neurons that run on other machines, by name; who cannot be asked about is left out."""

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
