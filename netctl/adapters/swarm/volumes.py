"""The working directories that a fleet leaves on its nodes, and their removal where an operator asks for it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from netctl.adapters.swarm import names
from netctl.adapters.swarm.engine import Engine
from netctl.errors import NetctlError
from netctl.placement import Swarm
from netctl.ports.engines import MemberFacts


def remove_volumes(swarm: Swarm, fleet_id: str, members: Iterable[MemberFacts]) -> Sequence[str]:
    """Remove what a fleet that is down has on its nodes; the names of nodes whose own engine cannot be asked.

    `members` are all nodes of the swarm: one that has lost the label by which it was found still has what it was given.
    """
    unasked = []
    places = {node.name: node.docker for node in swarm.nodes}
    if (like := next((one for one in swarm.labelled if one.docker is not None), None)) is not None:
        for member in members:
            places.setdefault(member.name, like.engine_at(member.name, member.reached_at))
    for name, docker in places.items():
        if docker is None:
            unasked.append(name)
            continue
        engine = Engine([docker])
        try:
            engine.change(lambda client: _remove(client, fleet_id))
        except NetctlError:
            unasked.append(name)
        finally:
            engine.close()
    return unasked


def _remove(client: Any, fleet_id: str) -> None:
    # A container that is gone for the swarm keeps its volume until the engine has forgotten it.
    own = {"label": f"{names.FLEET}={fleet_id}"}
    for container in client.containers(all=True, filters=own):
        client.remove_container(container["Id"], force=True)
    for volume in client.volumes(filters=own)["Volumes"] or ():
        client.remove_volume(volume["Name"])
