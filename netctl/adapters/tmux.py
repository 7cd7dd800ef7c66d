"""The fleet's tmux: every neuron a session on one private server, observed and launched in bulk."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from hashlib import sha256
from pathlib import Path

import psutil

from netctl.adapters import disk, holders, processes, usage
from netctl.adapters.launches import session_to_be, to_launch
from netctl.adapters.only_here import OnlyHere
from netctl.adapters.tmux_panes import (
    FORMAT,
    LABELS,
    PARTS,
    Pane,
    label_text,
    launch_line,
    noting,
    pane_of,
    refuse_an_earlier_fleet,
    session_facts,
)
from netctl.adapters.tmux_server import TmuxServer, quoted
from netctl.adapters.tmux_view import view_argv
from netctl.capsules.labels import MEMORY
from netctl.capsules.machine import oom_kills
from netctl.errors import SessionError
from netctl.ports import (
    STOPPED,
    Exclusive,
    FileFacts,
    Holder,
    ProcessFacts,
    Running,
    SessionFacts,
    SessionSpec,
    Usage,
    Witness,
)

KEEPER = "keeper"
TURNS = "sessions.lock"
TURN_DEADLINE_S = 120.0
PAUSE_S = 0.02
UNTOLD = 9
"""tmux before 3.3 does not say which signal ended a process; SIGKILL stands for all of them."""
LEFT_OVER_GRACE_S = 12.0

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


def socket_name(state: Path, fleet: str) -> str:
    """The fleet's socket: the same for the same state directory, and no other's."""
    return f"netctl-{sha256(str(state).encode()).hexdigest()[:10]}-{fleet[:40]}"


@dataclass(frozen=True, slots=True)
class TmuxHost(OnlyHere):
    """`ports.Host` on one private tmux server. `state` is the fleet's state directory, absolute."""

    state: Path
    fleet: str
    witness: Witness | None = None
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
        return {pane.name: session_facts(pane, None if pane.dead else pids.get(pane.guardian)) for pane in panes}

    def ended(self) -> Mapping[str, SessionFacts]:
        return {pane.name: session_facts(pane, None) for pane in self._panes() if pane.dead}

    def started_with(self, names: Collection[str]) -> Mapping[str, str]:
        lines = self.server.ask("list-panes", "-a", "-F", f"#{{session_name}}|#{{{PARTS}}}") or ()
        found = {name: parts for name, _, parts in (line.rpartition("|") for line in lines)}
        return {name: found[name] for name in names if found.get(name)}

    def port_owner(self, port: int) -> int | None:
        owner = self.listeners([port]).get(port)
        return None if owner is None else owner.pid

    def listeners(self, ports: Sequence[int]) -> Mapping[int, ProcessFacts]:
        return processes.listeners(ports)

    def holders(
        self, exclusives: Sequence[Exclusive], *, paths: Collection[str] = (), ports: Collection[int] = ()
    ) -> Sequence[Holder]:
        return holders.holders(exclusives, paths=paths, ports=ports)

    def running(self, pid: int) -> Running | None:
        return holders.running(pid)

    # -- changing --------------------------------------------------------------------------------------------------

    def launch(self, specs: Sequence[SessionSpec]) -> None:
        """Start them all in one go; a dead session of that name is replaced, one that lives so already is left alone.

        Processes that an earlier session of the same name has left behind are ended first.
        """
        if specs:
            with self._alone():
                self._launch(specs)

    def _launch(self, specs: Sequence[SessionSpec]) -> None:
        panes = self._look()
        existing = {pane.name: pane for pane in panes or ()}
        alive = {name: pane.spec_hash for name, pane in existing.items() if not pane.dead}
        specs = to_launch(specs, alive)
        if not specs:
            return
        if panes == []:
            refuse_an_earlier_fleet(self.server)
        self._clear_left_overs({spec.name for spec in specs})
        if panes is None:
            self.server.require()
        lines = [quoted(words) for words in (_SET_UP if panes is None else ())]
        kills = oom_kills()
        noted = {} if kills is None else {MEMORY: str(kills)}
        for spec in specs:
            before = existing.get(spec.name)
            session = session_to_be(spec, None if before is None else before.restarts, noted)
            lines.append(launch_line(spec, session, anew=before is None))
            self._tell_launch(before, session)
        answer = self.server.run("start-server", ";", "source-file", "-", script="\n".join(lines) + "\n")
        launched = {pane.name: pane.spec_hash for pane in self._panes()}
        missing = [spec.name for spec in specs if launched.get(spec.name) != spec.spec_hash]
        if missing:
            why = answer.complaint or f"tmux ended with {answer.code}"
            raise SessionError(f"tmux did not start {', '.join(missing)}: {why}", hint="try again: netctl fleet up")

    def _tell_launch(self, before: Pane | None, session: SessionFacts) -> None:
        """Tell the witness what this launch is about to replace, then what it starts."""
        if self.witness is not None:
            if before is not None:
                self.witness.ended(session_facts(before, None), on_purpose=False)
            self.witness.launching(session)

    def revive(self, specs: Sequence[SessionSpec]) -> Sequence[str]:
        with self._alone():
            dead = {pane.name for pane in self._panes() if pane.dead and STOPPED not in pane.labels}
            again = [spec for spec in specs if spec.name in dead]
            self._launch(again)
            return [spec.name for spec in again]

    def stop(self, names: Sequence[str], *, grace_s: float, leave: Mapping[str, str] | None = None) -> Sequence[str]:
        """End their processes by group, TERM then KILL, verify; returns the names that survived.

        Names that do not run are no error; their dead sessions are removed, or with `leave` stay and get these labels.
        """
        panes = self._marked(names, {STOPPED: "netctl"} if leave is None else leave)
        survivors = self._end(panes, names, grace_s)
        if leave is None:
            for pane in panes:
                self.server.ask("kill-session", "-t", f"={pane.name}")
        return survivors

    def stop_run(self, run: SessionFacts, *, grace_s: float, leave: Mapping[str, str]) -> Sequence[str] | None:
        panes = self._marked((run.name,), leave, only=run)
        return self._end(panes, (run.name,), grace_s) if panes else None

    def _marked(
        self, names: Sequence[str], labels: Mapping[str, str], *, only: SessionFacts | None = None
    ) -> list[Pane]:
        """Label them before they are ended, so that nobody takes an end on purpose for a death.

        With `only` none that is not this very run.
        """
        with self._alone():
            panes = [pane for pane in self._panes() if pane.name in set(names)]
            if only is not None:
                panes = [pane for pane in panes if _is_run(pane, only)]
            for pane in panes:
                text = label_text(pane.name, {**pane.labels, **labels}, pane.spec_hash, pane.restarts)
                self.server.ask(*noting(pane.name, LABELS, text))
            return panes

    def _end(self, panes: Sequence[Pane], names: Sequence[str], grace_s: float) -> Sequence[str]:
        leaders = {pane.guardian for pane in panes}
        before = self._before_stopping(panes)
        processes.terminate(pane.guardian for pane in panes if not pane.dead)
        marker = f"{self.state}/"

        def strays() -> set[int]:
            found = processes.with_marker(marker)
            if not any(found.get(name) for name in names):
                return set()
            # Looked at after them: a session that was launched since has ended what was left over before it began.
            anew = {pane.name for pane in self._panes() if pane.guardian not in leaders}
            return set().union(*(found.get(name, set()) for name in names if name not in anew))

        def members() -> set[int]:
            return set().union(*processes.of_sessions(leaders).values())

        started = time.time()
        processes.end(members, kill_at=started + grace_s, give_up_at=started + grace_s + 5, pauses=_pauses())
        # Who left the group and the session still carries the marker, and gets no second grace.
        survivors = (
            processes.end(strays, kill_at=0, give_up_at=time.time() + 5, pauses=_pauses()) if strays() else set()
        )
        self._tell_ends(before)
        if not survivors:
            return ()
        found = processes.with_marker(marker)
        return tuple(name for name in names if found.get(name, set()) & survivors)

    def shut_down(self, *, grace_s: float) -> Sequence[str]:
        """Stop everything and end the server; returns survivors. Done only when the server's process is gone."""
        left = set(processes.with_marker(f"{self.state}/"))
        names = sorted({pane.name for pane in self._panes()} | left)
        survivors = self._end(self._marked(names, {STOPPED: "netctl fleet down"}), names, grace_s)
        pid = self.server.pid()
        if pid is not None:
            self.server.run("kill-server")
            give_up = time.time() + 10
            gone = partial(processes.living, {pid})
            processes.end(gone, kill_at=give_up, give_up_at=give_up + 5, pauses=_pauses())
        return survivors

    def attach_argv(self, name: str, logs: Sequence[Path]) -> Sequence[str]:
        """The command that shows these logs live in a window of their own, which is gone once one leaves (Ctrl-b d).

        To be executed in place of netctl, on a terminal. SessionError where no such session is.
        """
        if name not in {pane.name for pane in self._panes()}:
            raise SessionError(f"no session {name} runs here", hint=f"its last words: netctl logs {name}")
        return view_argv(self.server, name, logs)

    # -- files -----------------------------------------------------------------------------------------------------

    def usage(self, pids: Collection[int]) -> Mapping[int, Usage]:
        """What these neurons use now."""
        return usage.of(pids)

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

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """One launch or end at a time in this fleet, whoever makes it: commands and supervisor take turns."""
        self.state.mkdir(parents=True, exist_ok=True, mode=0o700)
        handle = os.open(self.state / TURNS, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            deadline = time.monotonic() + TURN_DEADLINE_S
            while not _taken(handle):
                if time.monotonic() > deadline:
                    raise SessionError(
                        f"another netctl launches or ends sessions of {self.fleet} for {TURN_DEADLINE_S:g} s now",
                        hint="look for it with ps; netctl fleet list",
                    )
                time.sleep(PAUSE_S)
            yield
        finally:
            os.close(handle)

    def _panes(self) -> list[Pane]:
        return self._look() or []

    def _look(self) -> list[Pane] | None:
        """Every pane of ours, None where no server runs.

        tmux shows a pane as dead a moment before it knows how it ended: that is waited for.
        """
        is_told = False
        for _ in _pauses():
            lines = self.server.ask("list-panes", "-a", "-F", FORMAT)
            if lines is None:
                return None
            panes = [pane for pane in map(pane_of, lines) if pane is not None]
            open_ends = [pane for pane in panes if pane.dead and pane.exit_code is None and pane.exit_signal is None]
            if not open_ends:
                return panes
            if is_told:
                break
            # Once tmux has reaped it the next listing must tell; before 3.3 it never does for a signal.
            is_told = not any(psutil.pid_exists(pane.guardian) for pane in open_ends)
            processes.remind_of_children(open_ends[0].server)
        return [replace(pane, exit_signal=UNTOLD) if pane in open_ends else pane for pane in panes]

    def _before_stopping(self, panes: Sequence[Pane]) -> Mapping[int, SessionFacts]:
        """These sessions as they are now, by guardian, for the witness; nothing where there is none."""
        if self.witness is None:
            return {}
        pids = processes.children_of([pane.guardian for pane in panes if not pane.dead])
        return {pane.guardian: session_facts(pane, None if pane.dead else pids.get(pane.guardian)) for pane in panes}

    def _tell_ends(self, before: Mapping[int, SessionFacts]) -> None:
        """Tell the witness how they ended, now that they have; what still lives is not told."""
        if self.witness is None:
            return
        for pane in self._panes():
            if pane.dead and (found := before.get(pane.guardian)) is not None:
                # Who was dead already has the labels of a stop only now, and did not end of it.
                now = replace(session_facts(pane, None), started_at=found.started_at)
                self.witness.ended(found if found.is_dead else now, on_purpose=not found.is_dead)

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


def _is_run(pane: Pane, run: SessionFacts) -> bool:
    """Whether that run's process is the pane's now; a pid alone may be another's by then."""
    pid = None if pane.dead else processes.children_of([pane.guardian]).get(pane.guardian)
    return pid is not None and pid == run.pid and processes.start_time(pid) == run.started_at


def _taken(handle: int) -> bool:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _pauses() -> Iterator[float]:
    """The time now, then after each pause; at once for whoever only loops over it."""
    while True:
        yield time.time()
        time.sleep(PAUSE_S)
