"""Which machines a fleet's swarm is made of, where each one's engine answers, and which of them manage it. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

from netctl.placement import Node, Swarm

MANAGERS = 3
"""So many manage it where the profile does not say who: one may be lost."""


@dataclass(frozen=True, slots=True)
class Machine:
    """A machine of the swarm: `engine` is where its own engine answers, `address` what the others reach it at.

    `node` is None for a manager that the profile lists as no place for neurons; its host name is then not known.
    `asked` says that the profile names its engine; else the address was put together, as ssh://USER@ADDRESS.
    """

    name: str
    engine: str | None
    address: str
    is_manager: bool
    node: Node | None
    asked: bool = True

    @property
    def runs_neurons(self) -> bool:
        """Whether neurons may be placed on it."""
        return self.node is not None and bool(self.node.roles)


def machines_of(swarm: Swarm) -> tuple[Machine, ...]:
    """Every machine, first the one through which the swarm is managed."""
    parts = urlsplit(swarm.manager)
    own = next((node for node in swarm.nodes if _is_at(node, swarm.manager, parts.hostname)), None)
    places: list[tuple[str, Node | None, str | None, str, bool]] = []
    if own is None:
        address = (parts.hostname or swarm.here) if parts.scheme == "ssh" else swarm.here
        places.append((parts.hostname or "the manager", None, swarm.manager, address, True))
    for node in sorted(swarm.nodes, key=lambda node: node != own):
        engine = node.docker or (swarm.manager if node == own else _beside(swarm.manager, node))
        places.append((node.name, node, engine, node.address, node == own or node.docker is not None))
    managers = _managers([node for _, node, _, _, _ in places])
    return tuple(
        Machine(name, engine, address, number in managers or _manages_already(node), node, asked)
        for number, (name, node, engine, address, asked) in enumerate(places)
    )


def _is_at(node: Node, manager: str, host: str | None) -> bool:
    return manager == node.docker or (node.docker is None and host is not None and host in (node.name, node.address))


def _beside(manager: str, node: Node) -> str | None:
    """The manager's user at a node's own address; None where the manager is asked at a socket."""
    parts = urlsplit(manager)
    if parts.scheme != "ssh":
        return None
    host = f"[{node.address}]" if ":" in node.address else node.address
    user = f"{parts.username}@" if parts.username else ""
    return f"ssh://{user}{host}" + (f":{parts.port}" if parts.port else "")


def _manages_already(node: Node | None) -> bool:
    """Whether it was found by its labels, and manages: no profile says whether it shall."""
    return node is not None and node.by_label and bool(node.manager)


def _managers(nodes: list[Node | None]) -> set[int]:
    """The numbers of those that manage: the first always, else as the profile says, else the first three."""
    named = [(number, node) for number, node in enumerate(nodes) if node is None or not node.by_label]
    said = {number for number, node in named if node is not None and node.manager}
    if said:
        return said | {0}
    able = [number for number, node in named if number == 0 or node is None or node.manager is None]
    return set(able[:MANAGERS] if len(able) >= MANAGERS else able[:1])
