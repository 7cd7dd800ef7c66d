"""Where each neuron of a swarm runs, or will: what a plan and its reader are told of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from netctl.fleet import Fleet, NeuronSpec, Role
from netctl.placement import NODE_ADDRESS, Failover, Labels, Swarm, in_words
from netctl.placing import addresses_of, nodes_for, strays
from netctl.ports import SessionFacts
from netctl.step import Blocked


@dataclass(frozen=True, slots=True)
class Place:
    """One neuron's place: `node` is "" where the engine is yet to choose, `address` where it is not known either.

    `profile_node` is what the profile says, "" where it names none; `runs` whether a session is there already.
    """

    neuron: str
    node: str
    address: str
    port: int
    failover: Failover
    profile_node: str
    runs: bool

    @property
    def is_stray(self) -> bool:
        """Whether it runs on another node than the profile says."""
        return self.runs and self.profile_node not in ("", self.node)

    def document(self) -> dict[str, Any]:
        """Its JSON."""
        return {
            "neuron": self.neuron,
            "node": self.node or None,
            "address": self.address or None,
            "port": self.port,
            "failover": self.failover,
            "profile_node": self.profile_node or None,
            "runs": self.runs,
        }


def places_of(wanted: Fleet, found: Fleet, sessions: Mapping[str, SessionFacts]) -> tuple[Place, ...]:
    """The place of each neuron; `wanted` is the fleet as the profile has it, `found` the same as it runs."""
    if found.swarm is None:
        return ()
    places = []
    for neuron, home in zip(found.neurons, wanted.neurons, strict=True):
        if neuron.placing is None or home.placing is None:
            continue
        session = sessions.get(neuron.name)
        node = session.node if session is not None and session.node else neuron.placing.node or ""
        known = found.swarm.node(node)
        address = neuron.axon_ip if neuron.axon_ip != NODE_ADDRESS else known.address if known is not None else ""
        named = home.placing.node if home.placing.is_fixed else None
        runs = session is not None and bool(session.node)
        places.append(Place(neuron.name, node, address, neuron.axon_port, neuron.placing.failover, named or "", runs))
    return tuple(places)


def moves_to_make(wanted: Fleet, sessions: Mapping[str, SessionFacts]) -> list[str]:
    """What runs on another node than the profile says, and the command that moves it: `up` never does."""
    return [
        f"{name}: runs on {node}, the profile says {named}: netctl fleet move {name} --node {named}"
        for name, node, named in strays(wanted, sessions)
    ]


def homeless(fleet: Fleet, sessions: Mapping[str, SessionFacts]) -> Iterator[Blocked]:
    """Who cannot be started anywhere, before anything is paid for it; nothing while the nodes are not known."""
    if fleet.swarm is None or not fleet.swarm.knows_its_nodes:
        return
    for neuron in fleet.neurons:
        runs = neuron.name in sessions
        if (why := no_node_for(fleet, neuron, runs=runs)) is not None:
            move = f"once it surely runs there no more: netctl fleet move {neuron.name} --node OTHER"
            yield Blocked(neuron.name, why, move if runs else "docker node ls; docker node update --label-add")


def no_node_for(fleet: Fleet, neuron: NeuronSpec, *, runs: bool) -> str | None:
    """Why no node is for a neuron, None where one is or none is needed.

    `runs` says that it has a session, dead or not, on the node that it is placed on: there it may start again.
    """
    swarm, placing = fleet.swarm, neuron.placing
    if swarm is None or placing is None or (placing.node is None and addresses_of(fleet, neuron)):
        return None
    if placing.node is None:
        return _none_of(swarm, neuron.role, placing.labels)
    node = swarm.node(placing.node)
    if node is None:
        if runs:
            return f"it ran on {placing.node}, which is no node of the swarm any more, and may still run there"
        return f"the swarm has no node {placing.node} with the labels that `hosts:` asks for"
    if not node.address:
        return f"node {node.name} has no address of its own; label it netctl.address=IP"
    if runs or (neuron.role in node.roles and node.is_open):
        return None
    is_its = neuron.role in node.roles
    return f"node {node.name} {'cannot be reached, or is drained' if is_its else f'is not for a {neuron.role}'}"


def _none_of(swarm: Swarm, role: Role, labels: Labels) -> str:
    what = f"no node with {in_words(labels)}" if labels else "no node of the swarm"
    there = nodes_for(swarm.nodes, role, labels)
    if not there:
        return f"{what} is for a {role}"
    if full := [node.name for node in there if node.is_open]:
        return f"no port is left on {', '.join(full)}"
    if nowhere := [node.name for node in there if not node.address]:
        return f"{what} takes a {role} now: {', '.join(nowhere)} has no address of its own; label it netctl.address=IP"
    return f"{what} takes a {role} now: {', '.join(node.name for node in there)} cannot be reached, or is drained"
