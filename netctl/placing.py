"""Which node each neuron of a swarm gets, and which ports there: pure, the same for the same profile.

A neuron that is added at the end moves nobody, and one that runs elsewhere stays where it runs (`as_found`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from netctl.fleet import Fleet, NeuronSpec, Role
from netctl.members import LAST_PORT
from netctl.placement import NODE_ADDRESS, Labels, Node, Placing, Swarm
from netctl.ports import SessionFacts

Wish = tuple[Role, str | None, Labels]
"""What one neuron is, and the node or the labels of a node that it asks for."""

PORT_LABEL = "axon_port"
"""The label of a placed session: the axon port that it was started with."""


def port_labels(neuron: NeuronSpec) -> tuple[tuple[str, str], ...]:
    """That label of a placed neuron; none of one that runs on this machine."""
    return () if neuron.placing is None else ((PORT_LABEL, str(neuron.axon_port)),)


def nodes_for(nodes: Iterable[Node], role: Role, labels: Labels = ()) -> tuple[Node, ...]:
    """The nodes that neurons of this role may run on and that have these labels, in the order of the profile."""
    return tuple(node for node in nodes if role in node.roles and set(labels) <= set(node.labels))


def addresses_of(fleet: Fleet, neuron: NeuronSpec) -> tuple[tuple[str, str], ...]:
    """(node, address) of every node where the neuron may run; none for one of this machine."""
    if fleet.swarm is None or neuron.placing is None:
        return ()
    placing = neuron.placing
    if placing.failover == "auto":
        nodes = nodes_for(fleet.swarm.nodes, neuron.role, placing.labels)
    else:
        nodes = tuple(node for node in fleet.swarm.nodes if node.name == placing.node)
    return tuple((node.name, node.address) for node in nodes)


def allotted(wishes: Sequence[Wish], nodes: Sequence[Node]) -> list[str | None]:
    """A node for each neuron: the one it asks for, else that with the fewest before it of its role.

    `wishes` are in the fleet's order. Among equals the first node takes the next miner and the last one the next
    validator, so that the two meet late. None where no node that is open is for its role and has its labels.
    """
    held: Counter[tuple[Role, str]] = Counter()
    given = []
    for role, wanted, labels in wishes:
        fitting = [node.name for node in nodes_for(nodes, role, labels) if node.is_open]
        if role == "validator":
            fitting.reverse()
        node = wanted or min(fitting, key=lambda name: held[role, name], default=None)
        if node is not None:
            held[role, node] += 1
        given.append(node)
    return given


def ports_on(neurons: Sequence[tuple[str | None, int | None]], first_of: Mapping[str, int], *, first: int) -> list[int]:
    """An axon port for each neuron of (node or None for any, port or None): its own, else the next free one there.

    A port of a neuron that any node may get is free on every node. ValueError when the ports run out.
    """
    taken = {(node, port) for node, port in neurons if port is not None}
    ports = []
    for node, asked in neurons:
        port = asked if asked is not None else _next_free(taken, node, first_of.get(node or "", first))
        taken.add((node, port))
        ports.append(port)
    return ports


def _next_free(taken: Iterable[tuple[str | None, int]], node: str | None, first: int) -> int:
    held = {port for where, port in taken if node is None or where in (node, None)}
    found = next((port for port in range(first, LAST_PORT + 1) if port not in held), None)
    if found is None:
        raise ValueError(f"no port is left {f'on {node} ' if node else ''}from {first} on")
    return found


def placed(swarm: Swarm, neurons: Sequence[NeuronSpec], placings: Sequence[Placing]) -> list[NeuronSpec]:
    """The neurons where these placings put them: a node each, its address, and a port that is free there.

    A `port_fixed` one keeps its `axon_port`. While nodes told by their labels are unknown, none is allotted.
    """
    wishes = [(n.role, placing.node, placing.labels) for n, placing in zip(neurons, placings, strict=True)]
    pinned = [number for number, placing in enumerate(placings) if placing.failover == "off"]
    names = allotted([wishes[number] for number in pinned], swarm.nodes if swarm.knows_its_nodes else ())
    nodes: dict[int, str | None] = dict(zip(pinned, names, strict=True))
    asked = [(nodes.get(i), n.axon_port if n.port_fixed else None) for i, n in enumerate(neurons)]
    ports = ports_on(asked, _first_ports(swarm), first=swarm.first_port)
    return [
        _at(swarm, neuron, replace(placing, node=nodes.get(number)), port)
        for number, (neuron, placing, port) in enumerate(zip(neurons, placings, ports, strict=True))
    ]


def _at(swarm: Swarm, neuron: NeuronSpec, placing: Placing, port: int) -> NeuronSpec:
    node = swarm.node(placing.node) if placing.node is not None else None
    address = node.address if node is not None else NODE_ADDRESS
    return replace(neuron, placing=placing, axon_port=port, axon_ip=address)


def moved(fleet: Fleet, name: str, node: str) -> Fleet:
    """The fleet with one pinned neuron on another of its nodes, at a port that is free there; nobody else moves."""
    return _with_arrivals(fleet, fleet.swarm, {name: node}, {}) if fleet.swarm is not None else fleet


def as_found(fleet: Fleet, sessions: Mapping[str, SessionFacts]) -> Fleet:
    """The fleet with each pinned neuron on the node where it runs, whatever the profile says: only `move` moves.

    One that runs where it does not belong (`strays`) keeps the port that it has there, as far as nobody needs it.
    """
    if fleet.swarm is None:
        return fleet
    known = {node.name for node in fleet.swarm.nodes}
    found: dict[str, str] = {}
    ports: dict[str, int] = {}
    for neuron in fleet.neurons:
        session = sessions.get(neuron.name)
        is_pinned = neuron.placing is not None and neuron.placing.failover == "off"
        if session is None or not is_pinned or session.node not in known:
            continue
        found[neuron.name] = session.node
        with_port = session.labels.get(PORT_LABEL, "")
        if with_port.isascii() and with_port.isdecimal():
            ports[neuron.name] = int(with_port)
    return _with_arrivals(fleet, fleet.swarm, found, ports)


def strays(wanted: Fleet, sessions: Mapping[str, SessionFacts]) -> list[tuple[str, str, str]]:
    """(neuron, node it runs on, node that the profile names) where these differ, for a fleet as the profile has it."""
    found = []
    for neuron in wanted.neurons:
        session, placing = sessions.get(neuron.name), neuron.placing
        if session is None or not session.node or placing is None or not placing.is_fixed or placing.node is None:
            continue
        if session.node != placing.node:
            found.append((neuron.name, session.node, placing.node))
    return found


def _with_arrivals(fleet: Fleet, swarm: Swarm, found: Mapping[str, str], ports: Mapping[str, int]) -> Fleet:
    homes = {n.name: n.placing.node for n in fleet.neurons if n.placing is not None and n.placing.node is not None}
    named = {neuron.name: neuron for neuron in fleet.neurons}
    arrivals = {name: node for name, node in found.items() if homes.get(name) != node}
    if not arrivals:
        return fleet
    taken: set[tuple[str | None, int]] = set()
    chosen: dict[str, int] = {}

    def claim(neuron: NeuronSpec, node: str | None, port: int) -> None:
        chosen[neuron.name] = port
        taken.add((node, port))

    stays = [n for n in fleet.neurons if n.name not in arrivals]
    for neuron in fleet.neurons:
        placing, is_stay = neuron.placing, neuron.name not in arrivals
        if neuron.port_fixed or placing is None or (placing.node is None and is_stay):
            claim(neuron, arrivals.get(neuron.name, homes.get(neuron.name)), neuron.axon_port)
    running = Counter((found[name], port) for name, port in ports.items())
    for name, node in arrivals.items():
        neuron = named[name]
        kept = ports.get(name)
        if name not in chosen and kept and running[node, kept] == 1 and _is_free(taken, node, kept):
            claim(neuron, node, kept)
    firsts = _first_ports(swarm)
    for neuron in stays:
        home = homes.get(neuron.name)
        if neuron.name not in chosen and home is not None:
            options = (neuron.axon_port, ports.get(neuron.name, neuron.axon_port))
            port = next((one for one in options if _is_free(taken, home, one)), None)
            claim(neuron, home, port if port is not None else _next_free(taken, home, firsts[home]))
    for name, node in arrivals.items():
        if name not in chosen:
            claim(named[name], node, _next_free(taken, node, firsts[node]))
    return replace(fleet, neurons=tuple(_settled(swarm, n, arrivals, chosen) for n in fleet.neurons))


def _settled(swarm: Swarm, neuron: NeuronSpec, arrivals: Mapping[str, str], ports: Mapping[str, int]) -> NeuronSpec:
    if neuron.placing is None:
        return neuron
    node = arrivals.get(neuron.name, neuron.placing.node)
    return _at(swarm, neuron, replace(neuron.placing, node=node), ports[neuron.name])


def _is_free(taken: Iterable[tuple[str | None, int]], node: str, port: int) -> bool:
    return not any(one == port and where in (node, None) for where, one in taken)


def _first_ports(swarm: Swarm) -> Mapping[str, int]:
    return {node.name: swarm.first_port if node.first_port is None else node.first_port for node in swarm.nodes}
