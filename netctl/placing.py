"""Which node each neuron of a swarm gets, and which ports there: pure, the same for the same profile.

A neuron that is added at the end moves nobody, and one that runs elsewhere stays where it runs (`as_found`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
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


def allotted(wishes: Sequence[Wish], nodes: Sequence[Node], there: Iterable[tuple[Role, str]] = ()) -> list[str | None]:
    """A node for each neuron: the one it asks for, else that with the fewest of its role before it or `there`.

    `wishes` are in the fleet's order. Among equals the first node takes the next miner and the last one the next
    validator, so that the two meet late. None where no node that is open is for its role and has its labels.
    """
    held = Counter(there)
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
        first_there = first_of.get(node or "", first)
        port = asked if asked is not None else _next_free(taken, node, first_there)
        if port is None:
            raise ValueError(f"no port is left {f'on {node} ' if node else ''}from {first_there} on")
        taken.add((node, port))
        ports.append(port)
    return ports


def _next_free(taken: Iterable[tuple[str | None, int]], node: str | None, first: int) -> int | None:
    held = {port for where, port in taken if node is None or where in (node, None)}
    return next((port for port in range(first, LAST_PORT + 1) if port not in held), None)


def placed(swarm: Swarm, neurons: Sequence[NeuronSpec], placings: Sequence[Placing]) -> list[NeuronSpec]:
    """The neurons where these placings put them: a node each, its address, and a port that is free there.

    A `port_fixed` one keeps its `axon_port`. While nodes told by their labels are unknown, none is allotted; one for
    which there is no node or no port takes none.
    """
    wishes = [(n.role, placing.node, placing.labels) for n, placing in zip(neurons, placings, strict=True)]
    pinned = [number for number, placing in enumerate(placings) if placing.failover == "off"]
    names = allotted([wishes[number] for number in pinned], swarm.nodes if swarm.knows_its_nodes else ())
    nodes: dict[int, str | None] = dict(zip(pinned, names, strict=True))
    drafts = [
        _at(swarm, neuron, replace(placing, node=nodes.get(number)), neuron.axon_port)
        for number, (neuron, placing) in enumerate(zip(neurons, placings, strict=True))
    ]
    return _with_ports(swarm, drafts, {n.name: n.axon_port for n in drafts if n.port_fixed}, {})


def _at(swarm: Swarm, neuron: NeuronSpec, placing: Placing, port: int) -> NeuronSpec:
    node = swarm.node(placing.node) if placing.node is not None else None
    address = node.address if node is not None else NODE_ADDRESS
    return replace(neuron, placing=placing, axon_port=port, axon_ip=address)


def moved(fleet: Fleet, name: str, node: str) -> Fleet:
    """The fleet with one pinned neuron on another of its nodes, at a port that is free there; nobody else moves."""
    if fleet.swarm is None:
        return fleet
    kept = {n.name: n.axon_port for n in fleet.neurons if n.name != name or n.port_fixed}
    there = [_sent(fleet.swarm, n, node) if n.name == name else n for n in fleet.neurons]
    return replace(fleet, neurons=tuple(_with_ports(fleet.swarm, there, kept, {})))


def as_found(fleet: Fleet, sessions: Mapping[str, SessionFacts]) -> Fleet:
    """The fleet with each pinned neuron on the node where it runs, whatever the profile says: only `move` moves.

    Where nodes are told by their labels, also on one that has left the swarm: there it may still run. One that runs
    where it does not belong (`strays`), and each of a fleet with such nodes, keeps the port that it has, as far as
    nobody needs it; there those that run nowhere are allotted by what the nodes hold.
    """
    swarm = fleet.swarm
    if swarm is None:
        return fleet
    runs = {n.name: _node_of(sessions.get(n.name)) for n in fleet.neurons if _is_pinned(n)}
    found = {name: node for name, node in runs.items() if node and (swarm.labelled or swarm.node(node) is not None)}
    arrived = [_to(swarm, n, found[n.name]) if n.name in found else n for n in fleet.neurons]
    if swarm.labelled and swarm.is_seen:
        used = {(_node_of(session), _port_of(session)) for session in sessions.values()}
        arrived = _by_what_is_held(swarm, arrived, found, used)
    elif all(n.placing == was.placing for n, was in zip(arrived, fleet.neurons, strict=True)):
        return fleet
    is_new = {n.name for n, was in zip(arrived, fleet.neurons, strict=True) if n.placing != was.placing}
    running = {name: port for name, session in sessions.items() if (port := _port_of(session)) is not None}
    counted = Counter((_node_of(sessions[name]), port) for name, port in running.items())
    unique = {name: port for name, port in running.items() if counted[_node_of(sessions[name]), port] == 1}
    fixed = {n.name: n.axon_port for n in arrived if n.port_fixed or (n.placing and n.placing.failover == "auto")}
    if swarm.labelled:
        fixed = {n.name: n.axon_port for n in arrived if n.port_fixed}
        first = {
            n.name: port for n in arrived if (port := unique.get(n.name)) and _is_in_reach(swarm, len(arrived), port)
        }
    else:
        first = {name: port for name, port in unique.items() if name in is_new}
    wished = {n.name: n.axon_port for n in arrived if n.name not in is_new}
    return replace(fleet, neurons=tuple(_with_ports(swarm, arrived, fixed, first, wished, unique)))


def _is_pinned(neuron: NeuronSpec) -> bool:
    return neuron.placing is not None and neuron.placing.failover == "off"


def _node_of(session: SessionFacts | None) -> str:
    return "" if session is None else session.node


def _port_of(session: SessionFacts) -> int | None:
    text = session.labels.get(PORT_LABEL, "")
    return int(text) if text.isascii() and text.isdecimal() else None


def _is_in_reach(swarm: Swarm, count: int, port: int) -> bool:
    """Whether netctl could give that port by this profile: a `first_port` that has changed there counts."""
    firsts = {swarm.first_port, *(one.first_port for one in swarm.nodes), *(one.first_port for one in swarm.labelled)}
    return any(first is not None and first <= port < first + 2 * count for first in firsts)


def _by_what_is_held(
    swarm: Swarm, neurons: Sequence[NeuronSpec], found: Mapping[str, str], used: Collection[tuple[str, int | None]]
) -> list[NeuronSpec]:
    """Those that run nowhere, where the fewest of their role are by now; as they were while nobody runs.

    None whose port is fixed goes where another runs that has it (`used`).
    """
    if not found:
        return list(neurons)
    placed_: list[NeuronSpec] = []
    waiting = {
        n.name for n in neurons if _is_pinned(n) and n.name not in found and n.placing and not n.placing.is_fixed
    }
    there = [(n.role, n.placing.node) for n in neurons if n.name not in waiting and n.placing and n.placing.node]
    for neuron in neurons:
        if neuron.name not in waiting or neuron.placing is None:
            placed_.append(neuron)
            continue
        nodes = [one for one in swarm.nodes if not neuron.port_fixed or (one.name, neuron.axon_port) not in used]
        (node,) = allotted([(neuron.role, None, neuron.placing.labels)], nodes, there)
        there += [(neuron.role, node)] if node is not None else []
        placed_.append(_to(swarm, neuron, node))
    return placed_


def _with_ports(
    swarm: Swarm, neurons: Sequence[NeuronSpec], fixed: Mapping[str, int], *wishes: Mapping[str, int]
) -> list[NeuronSpec]:
    """A port for each on its node: `fixed` without a question, then wish after wish where it is free, then the next.

    One of failover auto needs its port on every node. One that belongs on one node and has none, or finds none, goes
    without.
    """
    taken: set[tuple[str | None, int]] = set()
    chosen: dict[str, int] = {}
    placed_ = [n for n in neurons if n.placing is not None and not n.placing.is_lost]

    def claim(neuron: NeuronSpec, port: int) -> None:
        chosen[neuron.name] = port
        taken.add((neuron.placing.node if neuron.placing is not None else None, port))

    for neuron in placed_:
        if neuron.name in fixed:
            claim(neuron, fixed[neuron.name])
    for wish in wishes:
        for neuron in placed_:
            port = wish.get(neuron.name)
            node = neuron.placing.node if neuron.placing is not None else None
            if port is not None and neuron.name not in chosen and _is_free(taken, node, port):
                claim(neuron, port)
    for neuron in placed_:
        node = neuron.placing.node if neuron.placing is not None else None
        if neuron.name not in chosen and (port := _next_free(taken, node, _first_on(swarm, node))) is not None:
            claim(neuron, port)
    return [_numbered(swarm, n, chosen.get(n.name)) for n in neurons]


def _numbered(swarm: Swarm, neuron: NeuronSpec, port: int | None) -> NeuronSpec:
    if neuron.placing is None or port is not None:
        return neuron if port is None else replace(neuron, axon_port=port)
    return _to(swarm, neuron, None)


def _to(swarm: Swarm, neuron: NeuronSpec, node: str | None) -> NeuronSpec:
    return (
        neuron if neuron.placing is None else _at(swarm, neuron, replace(neuron.placing, node=node), neuron.axon_port)
    )


def _sent(swarm: Swarm, neuron: NeuronSpec, node: str) -> NeuronSpec:
    """There because a person says so: nothing that is found afterwards may send it elsewhere."""
    there = _to(swarm, neuron, node)
    return there if there.placing is None else replace(there, placing=replace(there.placing, is_fixed=True))


def holder_of(fleet: Fleet, neuron: NeuronSpec, node: str) -> str | None:
    """Who has the port that the profile gives a neuron, on that node; None for nobody, or one whose port is free."""
    others = [n for n in fleet.neurons if n.name != neuron.name and n.axon_port == neuron.axon_port and n.placing]
    here = [n.name for n in others if n.placing and not n.placing.is_lost and n.placing.node in (node, None)]
    return here[0] if here and neuron.port_fixed else None


def _is_free(taken: Iterable[tuple[str | None, int]], node: str | None, port: int) -> bool:
    return not any(one == port and (node is None or where in (node, None)) for where, one in taken)


def _first_on(swarm: Swarm, node: str | None) -> int:
    found = swarm.node(node) if node is not None else None
    return swarm.first_port if found is None or found.first_port is None else found.first_port


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
