"""Rules for the machines of a fleet: nodes that are there, that a role may use, and ports that meet on none."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from netctl.fleet import Role
from netctl.members import LAST_PORT, PLACEHOLDER
from netctl.placement import Labels, Node, in_words
from netctl.placing import Wish, allotted, nodes_for, ports_on
from netctl.profile.draft import NeuronDraft, members_of, neurons_of
from netctl.profile.mappings import text_of
from netctl.profile.model import FIRST_PORT
from netctl.profile.naming import Finding
from netctl.profile.place import Place
from netctl.profile.source import Document
from netctl.profile.suggest import did_you_mean

ROLES: tuple[Role, ...] = ("miner", "validator")
_PARTS = ("{name}", "{address}")
_Entries = list[tuple[Place, dict[str, Any]]]


@dataclass(frozen=True, slots=True)
class _Machines:
    """What can be read of `hosts: nodes:`: those with a name, and those that are told by their labels."""

    entries: _Entries
    named: dict[str, Node]
    labelled: list[dict[str, Any]]

    @property
    def is_known(self) -> bool:
        """Whether the profile alone says which nodes there are."""
        return not self.labelled


def is_swarm(document: Document) -> bool:
    """Whether the neurons run on many machines."""
    return (document.value or {}).get("host") == "swarm"


def check(document: Document) -> Iterator[Finding]:
    """Every fault of what is said of machines."""
    machines = _machines(document)
    yield from _twice(machines.entries)
    yield from _nameless(machines.entries)
    yield from _unknown(document, machines)
    yield from _contradictions(document)
    if not is_swarm(document):
        return
    yield from _lacking(document, machines)
    yield from _unfit(document)
    if machines.named or machines.labelled:
        yield from _ports(document, machines)


def _machines(document: Document) -> _Machines:
    hosts = (document.value or {}).get("hosts")
    listed = hosts.get("nodes") if isinstance(hosts, dict) else None
    found = enumerate(listed if isinstance(listed, tuple) else ())
    entries: _Entries = [(("hosts", "nodes", number), entry) for number, entry in found if isinstance(entry, dict)]
    named = {
        name: Node(name, "", _roles(entry), labels=_labels(entry.get("labels")))
        for _, entry in entries
        if isinstance(name := entry.get("name"), str)
    }
    return _Machines(entries, named, [entry for _, entry in entries if _is_told_by_labels(entry)])


def _is_told_by_labels(entry: Mapping[str, Any]) -> bool:
    return entry.get("name") is None and bool(entry.get("labels"))


def _roles(entry: Mapping[str, Any]) -> tuple[str, ...]:
    roles = entry.get("roles")
    return roles if isinstance(roles, tuple) else ROLES


def _labels(written: Any) -> Labels:
    if not isinstance(written, dict):
        return ()
    usable = {k: v for k, v in written.items() if isinstance(v, str | int | Decimal) and not isinstance(v, bool)}
    return tuple(sorted((key, text_of(item)) for key, item in usable.items()))


def _nameless(entries: _Entries) -> Iterator[Finding]:
    """What an entry must have and must not, by whether it names one node or is for all with its labels."""
    seen: set[Labels] = set()
    for place, entry in entries:
        docker = entry.get("docker")
        is_pattern = isinstance(docker, str) and any(part in docker for part in _PARTS)
        if entry.get("name") is not None:
            if entry.get("address") is None:
                yield (*place, "address"), "is missing", "write where others reach the axons on it"
            if is_pattern:
                yield (*place, "docker"), "a node with a name has one engine", "write its address as it is"
            continue
        if not entry.get("labels"):
            yield (*place, "name"), "is missing", "write its name, or the labels of all nodes that are meant"
            continue
        if entry.get("address") is not None:
            hint = "leave it out: the engine tells it, or the node's label netctl.address"
            yield (*place, "address"), "one address for all nodes with these labels", hint
        if entry.get("manager") is not None:
            yield (*place, "manager"), "managers are chosen among nodes with a name", "leave it out, or name the node"
        if isinstance(docker, str) and not is_pattern:
            yield (*place, "docker"), "one engine for all nodes with these labels", "write ssh://user@{name}"
        labels = _labels(entry["labels"])
        if labels in seen:
            yield (*place, "labels"), "an entry before is for all nodes with these labels", "write one entry for them"
        seen.add(labels)


def _twice(entries: _Entries) -> Iterator[Finding]:
    for key, hint in (("name", "list each node once"), ("address", "each machine has an address of its own")):
        seen: set[str] = set()
        for place, entry in entries:
            value = entry.get(key)
            if isinstance(value, str) and value in seen:
                yield (*place, key), f"the {key} {value[:60]} is another node's already", hint
            elif isinstance(value, str):
                seen.add(value)
    for place, entry in entries:
        if entry.get("roles") == () and entry.get("manager") is not True:
            yield (*place, "roles"), "a list without roles", "write miner, validator or both, or leave it out"


def _unknown(document: Document, machines: _Machines) -> Iterator[Finding]:
    """Nodes that are not there, or that the neuron's role may not use."""
    seen: set[tuple[Place, Role, str | Labels]] = set()
    for neuron in neurons_of(document):
        place, asked = _node_of(document, neuron)
        if not asked or (place, neuron.member.role, asked) in seen:
            continue
        seen.add((place, neuron.member.role, asked))
        if isinstance(asked, str):
            yield from _unknown_name(place, asked, neuron.member.role, machines)
        elif machines.is_known:
            yield from _unknown_labels(place, asked, neuron.member.role, machines)


def _unknown_name(place: Place, text: str, role: Role, machines: _Machines) -> Iterator[Finding]:
    nodes = machines.named
    if text in nodes and role not in nodes[text].roles:
        fitting = [node.name for node in nodes_for(nodes.values(), role)]
        hint = f"{role}s may use {', '.join(fitting)}" if fitting else f"add {role} to its roles"
        yield place, f"node {text} is not for {role}s", hint
    elif text not in nodes and machines.is_known:
        there = f"there are: {', '.join(nodes)}" if nodes else "list the machines under hosts: nodes:"
        yield place, f"no node {text[:60]!r}", did_you_mean(text, nodes) or there


def _unknown_labels(place: Place, labels: Labels, role: Role, machines: _Machines) -> Iterator[Finding]:
    nodes = machines.named.values()
    if nodes_for(nodes, role, labels):
        return
    words = in_words(labels)
    if having := [node.name for node in nodes if set(labels) <= set(node.labels)]:
        yield place, f"no node with {words} is for {role}s", f"add {role} to the roles of {', '.join(having)}"
    else:
        yield place, f"no node has {words}", "write it among the labels of one under hosts: nodes:"


def _node_of(document: Document, neuron: NeuronDraft) -> tuple[Place, str | Labels | None]:
    """The node or labels that are asked for, with the place; none where the engine chooses among all of its role."""
    own = neuron.member.written.get("node")
    place: Place = neuron.place("node") if own is not None else ("defaults", "node")
    asked = own if own is not None else _defaults(document).get("node")
    if isinstance(asked, dict):
        return place, tuple((name, value.replace(PLACEHOLDER, str(neuron.index))) for name, value in _labels(asked))
    if not isinstance(asked, str) or not asked or _is_free(document, neuron):
        return (), None
    return place, asked.replace(PLACEHOLDER, str(neuron.index))


def _is_free(document: Document, neuron: NeuronDraft) -> bool:
    """Whether the engine chooses its node."""
    written = neuron.member.written
    is_silent = written.get("failover") is None and not isinstance(written.get("node"), str)
    return _is_auto(written) or (is_silent and _is_auto(_defaults(document)))


def _defaults(document: Document) -> Mapping[str, Any]:
    shared = (document.value or {}).get("defaults")
    return shared if isinstance(shared, dict) else {}


def _is_auto(written: Mapping[str, Any]) -> bool:
    return written.get("failover") == "auto"


def _contradictions(document: Document) -> Iterator[Finding]:
    said = [(("defaults",), _defaults(document)), *((member.place, member.written) for member in members_of(document))]
    for place, written in said:
        if _is_auto(written) and isinstance(written.get("node"), str):
            hint = "leave node out, ask for a label, or write failover: off"
            yield (*place, "failover"), "auto lets the engine choose, and node names one", hint


def _lacking(document: Document, machines: _Machines) -> Iterator[Finding]:
    if not machines.entries:
        yield ("host",), "a swarm without nodes", "list its machines under hosts: nodes:"
        return
    roles = {role for entry in machines.labelled for role in _roles(entry)}
    roles |= {role for node in machines.named.values() for role in node.roles}
    is_readable = len(machines.named) + len(machines.labelled) == len(machines.entries)
    for role in ROLES:
        is_wanted = any(member.role == role for member in members_of(document))
        if is_wanted and is_readable and role not in roles:
            yield ("hosts", "nodes"), f"no node is for {role}s", f"add {role} to the roles of one"


def _unfit(document: Document) -> Iterator[Finding]:
    chaos = (document.value or {}).get("chaos")
    if chaos not in (None, False) and not (isinstance(chaos, dict) and chaos.get("proxy") is False):
        why = "the fleet's proxy runs on this machine, and neurons of a swarm do not"
        yield ("chaos",), why, "write host: tmux for a fleet to disturb, or take chaos out"
    supervisor = (document.value or {}).get("supervisor")
    if isinstance(supervisor, dict) and supervisor.get("enabled") is False:
        why = "nobody else brings the logs of a swarm's neurons here, by which netctl knows how they are"
        yield (
            ("supervisor", "enabled"),
            why,
            "leave it on; a neuron with restart: {when: never} stays down all the same",
        )
    said = [(("defaults",), _defaults(document)), *((member.place, member.written) for member in members_of(document))]
    for place, written in said:
        if written.get("ip") is not None:
            yield (*place, "ip"), "a neuron of a swarm announces its node's address", "write it as the node's address"


def _ports(document: Document, machines: _Machines) -> Iterator[Finding]:
    """Ports that are given twice on one node, and nodes whose ports run out; of nodes known by now alone."""
    neurons = [n for n in neurons_of(document) if machines.is_known or _has_known_place(document, n, machines)]
    wishes = [_wish(document, neuron, machines.named) for neuron in neurons]
    pinned = [number for number, neuron in enumerate(neurons) if not _is_free(document, neuron)]
    names = allotted([wishes[number] for number in pinned], list(machines.named.values()))
    given: dict[int, str | None] = dict(zip(pinned, names, strict=True))
    taken: dict[tuple[str | None, int], str] = {}
    for number, neuron in enumerate(neurons):
        port, node = neuron.port, given.get(number)
        if port is None or port > LAST_PORT:
            continue
        others = (
            who for (where, one), who in taken.items() if one == port and (None in (where, node) or where == node)
        )
        other = next(others, None)
        if other is not None:
            where = f"on {node}" if node is not None else "on a node that may be its"
            yield neuron.place("port"), f"port {port} is {other}'s already {where}", "one port serves one neuron"
        taken.setdefault((node, port), neuron.name or "another neuron")
    shared = _defaults(document).get("first_port")
    first: int = shared if isinstance(shared, int) and _is_port(shared) else FIRST_PORT
    firsts: dict[str, int] = {
        entry["name"]: entry["first_port"]
        for _, entry in machines.entries
        if isinstance(entry.get("name"), str) and _is_port(entry.get("first_port"))
    }
    try:
        asked = [(given.get(number), neuron.port) for number, neuron in enumerate(neurons)]
        ports_on(asked, firsts, first=first)
    except ValueError as exc:
        yield ("hosts", "nodes") if firsts else ("defaults", "first_port"), str(exc), "start lower"


def _has_known_place(document: Document, neuron: NeuronDraft, machines: _Machines) -> bool:
    """Whether the profile alone says where its port is needed: on one node, or wherever the engine may put it."""
    return _is_free(document, neuron) or _wish(document, neuron, machines.named)[1] is not None


def _is_port(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 1024 < value <= LAST_PORT


def _wish(document: Document, neuron: NeuronDraft, nodes: Mapping[str, Node]) -> Wish:
    """What is asked for, as far as it is there."""
    _, asked = _node_of(document, neuron)
    role = neuron.member.role
    if isinstance(asked, tuple):
        return role, None, asked if nodes_for(nodes.values(), role, asked) else ()
    return role, asked if asked in nodes else None, ()
