"""Rules for the machines of a fleet: nodes that are there, that a role may use, and ports that meet on none."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from netctl.fleet import Role
from netctl.members import LAST_PORT, PLACEHOLDER
from netctl.placing import allotted, ports_on
from netctl.profile.draft import NeuronDraft, members_of, neurons_of
from netctl.profile.model import FIRST_PORT
from netctl.profile.naming import Finding
from netctl.profile.place import Place
from netctl.profile.source import Document
from netctl.profile.suggest import did_you_mean

ROLES: tuple[Role, ...] = ("miner", "validator")
_Nodes = Mapping[str, tuple[str, ...]]


def is_swarm(document: Document) -> bool:
    """Whether the neurons run on many machines."""
    return (document.value or {}).get("host") == "swarm"


def check(document: Document) -> Iterator[Finding]:
    """Every fault of what is said of machines."""
    entries = _entries(document)
    nodes = {name: _roles(entry) for _, entry in entries if isinstance(name := entry.get("name"), str)}
    yield from _twice(entries)
    yield from _unknown(document, nodes)
    yield from _contradictions(document)
    if not is_swarm(document):
        return
    yield from _lacking(document, entries, nodes)
    yield from _unfit(document)
    if nodes:
        yield from _ports(document, entries, nodes)


def _entries(document: Document) -> list[tuple[Place, dict[str, Any]]]:
    hosts = (document.value or {}).get("hosts")
    listed = hosts.get("nodes") if isinstance(hosts, dict) else None
    found = enumerate(listed if isinstance(listed, tuple) else ())
    return [(("hosts", "nodes", number), entry) for number, entry in found if isinstance(entry, dict)]


def _roles(entry: Mapping[str, Any]) -> tuple[str, ...]:
    roles = entry.get("roles")
    return roles if isinstance(roles, tuple) else ROLES


def _twice(entries: list[tuple[Place, dict[str, Any]]]) -> Iterator[Finding]:
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


def _unknown(document: Document, nodes: _Nodes) -> Iterator[Finding]:
    """Nodes that are not there, or that the neuron's role may not use."""
    seen: set[tuple[Place, str]] = set()
    for neuron in neurons_of(document):
        place, text = _node_of(document, neuron)
        if text is None or (place, text) in seen:
            continue
        seen.add((place, text))
        role = neuron.member.role
        if text not in nodes:
            there = f"there are: {', '.join(nodes)}" if nodes else "list the machines under hosts: nodes:"
            yield place, f"no node {text[:60]!r}", did_you_mean(text, nodes) or there
        elif role not in nodes[text]:
            fitting = [name for name, roles in nodes.items() if role in roles]
            hint = f"{role}s may use {', '.join(fitting)}" if fitting else f"add {role} to its roles"
            yield place, f"node {text} is not for {role}s", hint


def _node_of(document: Document, neuron: NeuronDraft) -> tuple[Place, str | None]:
    """The node that is asked for, with its place; none where the neuron is one of failover auto."""
    shared = _defaults(document)
    own = neuron.filled("node")
    if neuron.member.text("failover") == "auto":
        return (), None
    if own is not None:
        return neuron.place("node"), own
    text = shared.get("node")
    if not isinstance(text, str) or not text or (neuron.member.written.get("failover") is None and _is_auto(shared)):
        return (), None
    return ("defaults", "node"), text.replace(PLACEHOLDER, str(neuron.index))


def _defaults(document: Document) -> Mapping[str, Any]:
    shared = (document.value or {}).get("defaults")
    return shared if isinstance(shared, dict) else {}


def _is_auto(written: Mapping[str, Any]) -> bool:
    return written.get("failover") == "auto"


def _contradictions(document: Document) -> Iterator[Finding]:
    said = [(("defaults",), _defaults(document)), *((member.place, member.written) for member in members_of(document))]
    for place, written in said:
        if _is_auto(written) and written.get("node") is not None:
            hint = "leave node out, or write failover: off"
            yield (*place, "failover"), "auto lets the engine choose, and node names one", hint


def _lacking(document: Document, entries: list[tuple[Place, dict[str, Any]]], nodes: _Nodes) -> Iterator[Finding]:
    if not entries:
        yield ("host",), "a swarm without nodes", "list its machines under hosts: nodes:"
        return
    for role in ROLES:
        is_wanted = any(member.role == role for member in members_of(document))
        if is_wanted and not any(role in roles for roles in nodes.values()) and len(nodes) == len(entries):
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


def _ports(document: Document, entries: list[tuple[Place, dict[str, Any]]], nodes: _Nodes) -> Iterator[Finding]:
    """Ports that are given twice on one node, and nodes whose ports run out."""
    neurons = neurons_of(document)
    wishes = [_wish(document, neuron, nodes) for neuron in neurons]
    listed = list(nodes.items())
    pinned = [number for number, (is_auto, _) in enumerate(wishes) if not is_auto]
    names = allotted([(neurons[number].member.role, wishes[number][1]) for number in pinned], listed)
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
    firsts = {e["name"]: e["first_port"] for _, e in entries if _is_port(e.get("first_port")) and "name" in e}
    try:
        asked = [(given.get(number), neuron.port) for number, neuron in enumerate(neurons)]
        ports_on(asked, firsts, first=first)
    except ValueError as exc:
        yield ("hosts", "nodes") if firsts else ("defaults", "first_port"), str(exc), "start lower"


def _is_port(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 1024 < value <= LAST_PORT


def _wish(document: Document, neuron: NeuronDraft, nodes: _Nodes) -> tuple[bool, str | None]:
    """Whether the engine chooses, and the node that is asked for, if it is there."""
    written = neuron.member.written
    _, node = _node_of(document, neuron)
    is_silent = written.get("failover") is None and written.get("node") is None
    is_auto = _is_auto(written) or (is_silent and _is_auto(_defaults(document)))
    return is_auto, node if node in nodes else None
