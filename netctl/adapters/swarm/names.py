"""What the engine calls the things of a fleet, and the labels by which they are found again. None of it is secret."""

from __future__ import annotations

import os
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path

from netctl.errors import SessionError

FLEET = "netctl.fleet"
"""The fleet's id; all that netctl makes has it."""
FLEET_NAME = "netctl.fleet-name"
SESSION = "netctl.session"
SPEC = "netctl.spec"
PARTS = "netctl.parts"
LABELS = "netctl.labels"
"""The session's labels, as a query string."""
HOTKEY = "netctl.hotkey"
PORTS = "netctl.ports"
NODE = "netctl.node"
RESTARTS = "netctl.restarts"
ENDED = "netctl.ended"
"""How the last task of a stopped session ended, and when: the engine forgets that."""

YES = "yes"
"""The value of a node's label that lets neurons run there."""

_MACHINE = Path("/etc/machine-id")
_LONGEST = 24


def fleet_id(state: Path) -> str:
    """The same for the same state directory of the same machine, and no other's."""
    try:
        machine = _MACHINE.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError):
        machine = ""
    return sha256(f"{machine or os.uname().nodename} {state}".encode()).hexdigest()[:10]


def may_run(nodes: Sequence[str]) -> str:
    """The label of the nodes among which the engine chooses, the same for the same nodes; one that joins has none."""
    return f"netctl.may-run.{sha256(','.join(sorted(nodes)).encode()).hexdigest()[:10]}"


def service_name(fleet: str, fleet_id: str, session: str) -> str:
    """The service of a session; at most 63 characters."""
    return f"{_short(fleet)}-{fleet_id}-{_short(session)}"


def secret_name(fleet_id: str, session: str, what: str, digest: str) -> str:
    """A secret of a session, by what it holds; at most 64 characters."""
    return f"{fleet_id}-{_short(session)}-{what}-{digest}"


def volume_name(fleet_id: str, what: str) -> str:
    """A directory of the fleet that is kept on a node."""
    return f"netctl-{fleet_id}-{_short(what)}"


def _short(name: str) -> str:
    if not name.replace("-", "").replace("_", "").replace(".", "").isalnum() or not name.isascii():
        raise SessionError(f"{name!r} cannot name a service of the engine", hint="use letters, digits, - and _")
    if len(name) <= _LONGEST:
        return name
    return f"{name[: _LONGEST - 7]}-{sha256(name.encode()).hexdigest()[:6]}"
