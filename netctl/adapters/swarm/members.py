"""The nodes of a swarm as a manager knows them, and which of them hold neurons of a fleet."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from netctl.adapters.swarm import names, tasks
from netctl.adapters.swarm.engine import Engine
from netctl.placement import Swarm
from netctl.ports.engines import MemberFacts

UNTOLD = ("", "0.0.0.0", "::")  # noqa: S104 - what an engine says that was told to listen everywhere


def members_and_held(state: Path, swarm: Swarm) -> tuple[tuple[MemberFacts, ...], frozenset[str]]:
    """Every node, and the names of those where neurons of the fleet of this state directory run or may run.

    SessionError where no manager answers.
    """
    own = {"label": f"{names.FLEET}={names.fleet_id(state)}"}
    engine = Engine([swarm.manager, *(node.docker for node in swarm.nodes if node.docker not in (None, swarm.manager))])
    try:
        seen = engine.look(lambda c: tasks.seen(c.services(filters=own), c.tasks(filters=own), c.nodes()))
    finally:
        engine.close()
    held = {session.node for session in seen.sessions().values() if session.node}
    return tuple(map(member_of, seen.nodes.values())), frozenset(held)


def member_of(node: Mapping[str, Any]) -> MemberFacts:
    """One node, from what the engine says of it."""
    spec, description, managing = node["Spec"], node.get("Description") or {}, node.get("ManagerStatus") or {}
    own = (managing.get("Addr") or "").rpartition(":")[0].strip("[]")
    address = own if own not in UNTOLD else (node.get("Status") or {}).get("Addr", "")
    return MemberFacts(
        id=str(node["ID"]),
        name=str(description.get("Hostname", "")),
        role=str(spec.get("Role", "worker")),
        state=str((node.get("Status") or {}).get("State", "unknown")),
        availability=str(spec.get("Availability", "active")),
        address=str(address),
        reachability=str(managing.get("Reachability", "")),
        is_leader=bool(managing.get("Leader")),
        labels=tuple(sorted((spec.get("Labels") or {}).items())),
        version=str((description.get("Engine") or {}).get("EngineVersion", "")),
    )
