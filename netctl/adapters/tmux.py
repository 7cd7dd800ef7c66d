"""The fleet's tmux: every neuron a session on one private server, observed and launched in bulk."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from hashlib import sha256
from pathlib import Path
from urllib.parse import parse_qsl, urlencode

import psutil

from netctl.adapters import disk, processes
from netctl.adapters.tmux_server import TmuxServer, literal_path, quoted
from netctl.errors import SessionError
from netctl.logs import LogFile
from netctl.ports import FileFacts, ProcessFacts, SessionFacts, SessionSpec

KEEPER = "keeper"
WINDOW = "neuron"
PAUSE_S = 0.02
UNTOLD = 9
"""tmux before 3.3 does not say which signal ended a process; SIGKILL stands for all of them."""
LEFT_OVER_GRACE_S = 12.0

_FIELDS = ("pid", "session_name", "window_name", "pane_pid", "pane_dead", "pane_dead_status", "pane_dead_signal")
_LABELS = ("@netctl_spec_hash", "@netctl_restarts", "@netctl_labels")
_FORMAT = "|".join(f"#{{{name}}}" for name in (*_FIELDS, *_LABELS))

# Order matters: remain-on-exit must stand before the first launch, or an instant death leaves no trace.
_SET_UP = (
    ("set-option", "-s", "exit-empty", "off"),
    ("set-option", "-g", "remain-on-exit", "on"),
    ("set-option", "-g", "default-shell", "/bin/sh"),
    ("set-option", "-g", "update-environment", ""),
    ("set-option", "-g", "allow-rename", "off"),
    ("set-option", "-g", "automatic-rename", "off"),
    ("set-option", "-g", "history-limit", "20000"),
    ("set-option", "-g", "status-right", " Ctrl-b d leaves, the neuron runs on "),
    ("set-option", "-g", "status-right-length", "60"),
    ("new-session", "-d", "-s", KEEPER, "-n", KEEPER, "/bin/cat"),
)


@dataclass(frozen=True, slots=True)
class _Pane:
    """A line of list-panes: the guardian's pid and what its end was, if it has ended."""

    server: int
    name: str
    guardian: int
    dead: bool
    exit_code: int | None
    exit_signal: int | None
    spec_hash: str
    restarts: int
    labels: Mapping[str, str]


def socket_name(state: Path, fleet: str) -> str:
    """The fleet's socket: the same for the same state directory, and no other's."""
    return f"netctl-{sha256(str(state).encode()).hexdigest()[:10]}-{fleet[:40]}"


@dataclass(frozen=True, slots=True)
class TmuxHost:
    """`ports.Host` on one private tmux server. `state` is the fleet's state directory, absolute."""

    state: Path
    fleet: str
    server: TmuxServer = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "server", TmuxServer(socket_name(self.state, self.fleet)))

    # -- looking ---------------------------------------------------------------------------------------------------

    def is_alive(self) -> bool:
        """Whether the fleet's tmux server answers; SessionError when it is there and does not."""
        return self.server.ask("list-sessions", "-F", "#{session_name}") is not None

    def sessions(self) -> Mapping[str, SessionFacts]:
        """Every session that netctl launched here, by name; empty where no server runs."""
        panes = self._panes()
        pids = processes.children_of([pane.guardian for pane in panes if not pane.dead])
        return {pane.name: _facts(pane, None if pane.dead else pids.get(pane.guardian)) for pane in panes}

    def port_owner(self, port: int) -> int | None:
        owner = self.listeners([port]).get(port)
        return None if owner is None else owner.pid

    def listeners(self, ports: Sequence[int]) -> Mapping[int, ProcessFacts]:
        return processes.listeners(ports)

    def neuron_processes(self) -> Sequence[ProcessFacts]:
        return processes.naming("--wallet.hotkey")

    # -- changing --------------------------------------------------------------------------------------------------

    def launch(self, specs: Sequence[SessionSpec]) -> None:
        """Start them all in one go; a session of that name that is dead is replaced, one that lives is an error.

        Processes that an earlier session of the same name has left behind are ended first.
        """
        if not specs:
            return
        panes = self._look()
        existing = {pane.name: pane for pane in panes or ()}
        for spec in specs:
            if spec.name in existing and not existing[spec.name].dead:
                raise SessionError(
                    f"session {spec.name} already runs", hint=f"netctl fleet restart --neuron {spec.name}"
                )
        self._clear_left_overs({spec.name for spec in specs})
        if panes is None:
            self.server.require()
        lines = [quoted(words) for words in (_SET_UP if panes is None else ())]
        lines += [_launch_line(spec, existing.get(spec.name)) for spec in specs]
        answer = self.server.run("start-server", ";", "source-file", "-", script="\n".join(lines) + "\n")
        launched = {pane.name: pane.spec_hash for pane in self._panes()}
        missing = [spec.name for spec in specs if launched.get(spec.name) != spec.spec_hash]
        if missing:
            why = answer.complaint or f"tmux ended with {answer.code}"
            raise SessionError(f"tmux did not start {', '.join(missing)}: {why}", hint="try again: netctl fleet up")

    def stop(self, names: Sequence[str], *, grace_s: float) -> Sequence[str]:
        """End their processes by group, TERM then KILL, verify; returns the names that survived.

        Names that do not run are no error; their dead sessions are removed.
        """
        panes = [pane for pane in self._panes() if pane.name in set(names)]
        guardians = {pane.name: pane.guardian for pane in panes}
        processes.terminate(pane.guardian for pane in panes if not pane.dead)
        marker = f"{self.state}/"

        def strays() -> set[int]:
            found = processes.with_marker(marker)
            return set().union(*(found.get(name, set()) for name in names))

        def members() -> set[int]:
            return set().union(*processes.of_sessions(set(guardians.values())).values())

        started = time.time()
        processes.end(members, kill_at=started + grace_s, give_up_at=started + grace_s + 5, pauses=_pauses())
        # Who left the group and the session still carries the marker, and gets no second grace.
        survivors = (
            processes.end(strays, kill_at=0, give_up_at=time.time() + 5, pauses=_pauses()) if strays() else set()
        )
        for name in guardians:
            self.server.ask("kill-session", "-t", f"={name}")
        if not survivors:
            return ()
        found = processes.with_marker(marker)
        return tuple(name for name in names if found.get(name))

    def shut_down(self, *, grace_s: float) -> Sequence[str]:
        """Stop everything and end the server; returns survivors. Done only when the server's process is gone."""
        left = set(processes.with_marker(f"{self.state}/"))
        names = sorted({pane.name for pane in self._panes()} | left)
        survivors = self.stop(names, grace_s=grace_s)
        pid = self.server.pid()
        if pid is not None:
            self.server.run("kill-server")
            give_up = time.time() + 10
            processes.end(lambda: processes.living({pid}), kill_at=give_up, give_up_at=give_up + 5, pauses=_pauses())
        return survivors

    def attach_argv(self, name: str, logs: Sequence[Path]) -> Sequence[str]:
        """The command that shows these logs live in a window of their own, which is gone once one leaves (Ctrl-b d).

        To be executed in place of netctl, on a terminal. SessionError where no such session is.
        """
        if name not in {pane.name for pane in self._panes()}:
            raise SessionError(f"no session {name} runs here", hint=f"its last words: netctl logs {name}")
        view = f"log-{name}-{time.time_ns() // 1_000_000}"
        tail = ["tail", "-q", "-n", "100", "-F", *map(str, logs)]
        words = ["new-session", "-s", view, "-n", "log", *tail, ";"]
        words += ["set-option", "-w", "remain-on-exit", "off", ";", "set-option", "destroy-unattached", "on", ";"]
        words += ["set-option", "status-left", f"[log of {name}] ", ";"]
        words += ["set-option", "status-left-length", "60"]
        unset = [word for name in ("TMUX", "TMUX_PANE", "TMUX_TMPDIR") for word in ("-u", name)]
        return ["/usr/bin/env", *unset, *self.server.argv(*words)]

    # -- files -----------------------------------------------------------------------------------------------------

    def listing(self, root: Path) -> Mapping[Path, FileFacts]:
        return disk.listing(root)

    def facts_of(self, path: Path) -> FileFacts | None:
        return disk.facts_of(path)

    def replace(self, path: Path, content: bytes, mode: int) -> None:
        disk.replace(path, content, mode)

    def remove(self, path: Path) -> None:
        disk.remove(path)

    def make_directory(self, path: Path) -> None:
        disk.make_directory(path)

    # -- inside ----------------------------------------------------------------------------------------------------

    def _panes(self) -> list[_Pane]:
        return self._look() or []

    def _look(self) -> list[_Pane] | None:
        """Every pane of ours, None where no server runs.

        tmux shows a pane as dead a moment before it knows how it ended: that is waited for.
        """
        is_told = False
        for _ in _pauses():
            lines = self.server.ask("list-panes", "-a", "-F", _FORMAT)
            if lines is None:
                return None
            panes = [pane for pane in map(_pane, lines) if pane is not None]
            open_ends = [pane for pane in panes if pane.dead and pane.exit_code is None and pane.exit_signal is None]
            if not open_ends:
                return panes
            if is_told:
                break
            # Once tmux has reaped it the next listing must tell; before 3.3 it never does for a signal.
            is_told = not any(psutil.pid_exists(pane.guardian) for pane in open_ends)
            processes.remind_of_children(open_ends[0].server)
        return [replace(pane, exit_signal=UNTOLD) if pane in open_ends else pane for pane in panes]

    def _clear_left_overs(self, names: set[str]) -> None:
        """Wait for what a lost server's guardians still end, then kill what remains."""
        marker = f"{self.state}/"

        def members() -> set[int]:
            found = processes.with_marker(marker)
            return set().union(*(found.get(name, set()) for name in names))

        left = members()
        if not left:
            return
        processes.terminate(left)
        started = time.time()
        survivors = processes.end(
            members,
            kill_at=started + LEFT_OVER_GRACE_S,
            give_up_at=started + LEFT_OVER_GRACE_S + 5,
            pauses=_pauses(),
        )
        if survivors:
            pids = ", ".join(map(str, sorted(survivors)))
            raise SessionError(f"processes of an earlier session do not end: {pids}", hint="look at them with ps -fp")


def _pauses() -> Iterator[float]:
    """The time now, then after each pause; at once for whoever only loops over it."""
    while True:
        yield time.time()
        time.sleep(PAUSE_S)


def _pane(line: str) -> _Pane | None:
    server, name, window, pid, dead, status, signal, spec_hash, restarts, labels = line.split("|")
    if not spec_hash or window != WINDOW:
        return None
    return _Pane(
        server=int(server),
        name=name,
        guardian=int(pid),
        dead=dead == "1",
        exit_code=int(status) if dead == "1" and status else None,
        exit_signal=int(signal) if dead == "1" and signal else None,
        spec_hash=spec_hash,
        restarts=int(restarts or 0),
        labels=dict(parse_qsl(labels, keep_blank_values=True)),
    )


def _facts(pane: _Pane, pid: int | None) -> SessionFacts:
    return SessionFacts(
        name=pane.name,
        spec_hash=pane.spec_hash,
        pid=pid,
        started_at=None if pid is None else processes.start_time(pid),
        exit_code=pane.exit_code,
        exit_signal=pane.exit_signal,
        restarts=pane.restarts,
        labels=pane.labels,
    )


def _launch_line(spec: SessionSpec, before: _Pane | None) -> str:
    """One line of tmux, so that a label is never set on a session that this line did not start."""
    program = ["/usr/bin/env", "-i", "/bin/sh", str(spec.launcher)]
    cwd = literal_path(str(spec.cwd))
    labels = dict(spec.labels) | {"log_offset": _size(spec.stdout), "err_offset": _size(spec.stderr)}
    target = f"={spec.name}:"
    if before is None:
        start = ["new-session", "-d", "-s", spec.name, "-n", WINDOW, "-x", "200", "-y", "50", "-c", cwd, *program]
    else:
        start = ["respawn-pane", "-t", f"{target}{WINDOW}", "-c", cwd, *program]
    commands = [
        start,
        ["set-option", "-t", target, "@netctl_spec_hash", spec.spec_hash],
        ["set-option", "-t", target, "@netctl_restarts", str(0 if before is None else before.restarts + 1)],
        ["set-option", "-t", target, "@netctl_labels", urlencode(labels)],
    ]
    return " ; ".join(quoted(command) for command in commands)


def _size(path: Path) -> str:
    """How long the log was before this run, so that a reader can tell this run's lines from earlier ones."""
    return str(LogFile(path).end())
