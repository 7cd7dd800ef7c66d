"""The panes of a fleet's tmux as lines: what a listing says of them, and the commands that start one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import parse_qsl, urlencode

from netctl.adapters import processes
from netctl.adapters.tmux_server import TmuxServer, literal_path, quoted
from netctl.errors import SessionError
from netctl.ports import SessionFacts, SessionSpec

WINDOW = "neuron"
_FIELDS = (
    *("pid", "session_name", "window_name", "pane_pid"),
    *("pane_dead", "pane_dead_status", "pane_dead_signal", "pane_dead_time"),
)
LABELS = "NETCTL_LABELS"
"""What is known of a session, in a hidden variable of it: told in formats, passed to no process.

Not in an option: each that is set has tmux look at all sessions of its server. Where a session has no such variable,
formats tell the server's global one, so each names the session that it is of.
"""

_SESSION, _HASH, _RESTARTS = "=session", "=hash", "=restarts"
FORMAT = "|".join(f"#{{{name}}}" for name in (*_FIELDS, LABELS))
PARTS = "NETCTL_PARTS"
"""A kilobyte for each session: not in the listing that every look at the fleet asks for."""
_EARLIER = "#{session_name}|#{@netctl_labels}#{@netctl_spec_hash}"
"""A session, and the labels that earlier versions gave it, as options of it."""


@dataclass(frozen=True, slots=True)
class Pane:
    """A line of list-panes: the guardian's pid and what its end was, if it has ended."""

    server: int
    name: str
    guardian: int
    dead: bool
    exit_code: int | None
    exit_signal: int | None
    ended_at: float | None
    spec_hash: str
    restarts: int
    labels: Mapping[str, str]


def pane_of(line: str) -> Pane | None:
    """The pane that a line of FORMAT tells of, None for one that is not a neuron's."""
    server, name, window, pid, dead, status, signal, died, text = line.split("|")
    labels = dict(_labels_in(text))
    labelled, spec_hash, restarts = (labels.pop(key, "") for key in (_SESSION, _HASH, _RESTARTS))
    if not spec_hash or labelled != name or window != WINDOW:
        return None
    return Pane(
        server=int(server),
        name=name,
        guardian=int(pid),
        dead=dead == "1",
        exit_code=int(status) if dead == "1" and status else None,
        exit_signal=int(signal) if dead == "1" and signal else None,
        ended_at=float(died) if dead == "1" and died else None,
        spec_hash=spec_hash,
        restarts=int(restarts),
        labels=labels,
    )


@lru_cache(maxsize=1024)
def _labels_in(text: str) -> tuple[tuple[str, str], ...]:
    """A supervisor sees the same of each session every second or two."""
    return tuple(parse_qsl(text, keep_blank_values=True))


def refuse_an_earlier_fleet(server: TmuxServer) -> None:
    """SessionError where an earlier version's sessions are: unseen here, what runs in them would pass for left over."""
    lines = (line.partition("|") for line in server.ask("list-panes", "-a", "-F", _EARLIER) or ())
    if names := sorted(name for name, _, labels in lines if labels):
        raise SessionError(
            f"an earlier version of netctl started what runs here: {', '.join(names)}; nothing was ended or started",
            hint="end it first: netctl fleet down, then netctl fleet up",
        )


def session_facts(pane: Pane, pid: int | None) -> SessionFacts:
    """The session of a pane whose neuron is this process."""
    return SessionFacts(
        name=pane.name,
        spec_hash=pane.spec_hash,
        pid=pid,
        started_at=None if pid is None else processes.start_time(pid),
        exit_code=pane.exit_code,
        exit_signal=pane.exit_signal,
        restarts=pane.restarts,
        labels=pane.labels,
        ended_at=pane.ended_at,
    )


def label_text(session: str, labels: Mapping[str, str], spec_hash: str, restarts: int) -> str:
    """The variable's value, which `pane_of` reads."""
    return urlencode({**labels, _SESSION: session, _HASH: spec_hash, _RESTARTS: str(restarts)})


def noting(session: str, variable: str, value: str) -> list[str]:
    """The command that notes something on a session, where only tmux sees it."""
    return ["set-environment", "-h", "-t", f"={session}:", variable, value]


def launch_line(spec: SessionSpec, session: SessionFacts, *, anew: bool) -> str:
    """One line of tmux, so that a label is never set on a session that this line did not start.

    `anew`: there is no session of that name, not even a dead one.
    """
    program = ["/bin/sh", str(spec.launcher)]
    cwd = literal_path(str(spec.cwd))
    if anew:
        start = ["new-session", "-d", "-s", spec.name, "-n", WINDOW, "-x", "200", "-y", "50", "-c", cwd, *program]
    else:
        start = ["respawn-pane", "-t", f"={spec.name}:{WINDOW}", "-c", cwd, *program]
    commands = [
        start,
        noting(spec.name, LABELS, label_text(spec.name, session.labels, session.spec_hash, session.restarts)),
    ]
    if spec.parts or not anew:
        commands.append(noting(spec.name, PARTS, spec.parts))
    return " ; ".join(quoted(command) for command in commands)
