"""From the profile's `hosts:` to the machines of a fleet, and to where each of its neurons is wanted. Pure."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from netctl.fleet import NeuronSpec
from netctl.members import expand
from netctl.placement import Labelled, Labels, Node, Placing, Resources, Swarm
from netctl.placing import placed
from netctl.ports.engines import MemberFacts
from netctl.profile.hosts import NodeFields, Placed, ResourceFields, is_node_name, reachable
from netctl.profile.model import Profile

_OWN = "netctl."


def swarm_of(profile: Profile) -> Swarm | None:
    """The machines that the profile's neurons run on, None where that is this one."""
    if profile.host != "swarm" or profile.hosts is None:
        return None
    section = profile.hosts
    return Swarm(
        manager=section.manager,
        here=section.here,
        nodes=tuple(_node(fields, fields.name) for fields in section.nodes if fields.name is not None),
        image=section.image,
        mounts=tuple(map(Path, section.mounts)),
        first_port=profile.defaults.first_port,
        labelled=tuple(_labelled(fields) for fields in section.nodes if fields.name is None),
    )


def seen_now(swarm: Swarm, members: Sequence[MemberFacts], held: Collection[str]) -> Swarm:
    """The swarm with every node that its labels tell, after those that are named; the first entry that fits counts.

    `members` are the nodes as the manager knows them, `held` the names of those where neurons of the fleet run or may
    run. Of these one that has lost its label keeps what it runs, and gets nothing; so does one that is down or drained,
    and one that others cannot reach by an address of its own. What no node can be called is none.
    """
    addresses = {node.address for node in swarm.nodes}
    found: dict[str, Node] = {}
    # A machine that has joined twice is the one that is ready.
    machines = {one.name: one for one in sorted(members, key=lambda one: (one.name, one.state == "ready"))}
    # An address is first come, first served, and whoever runs something was first.
    for member in sorted(machines.values(), key=lambda one: one.name not in held):
        if not is_node_name(member.name) or swarm.node(member.name) is not None:
            continue
        group = next((one for one in swarm.labelled if set(one.labels) <= set(member.labels)), None)
        if group is None and member.name not in held:
            continue
        node = _found(swarm, group, member)
        found[member.name] = replace(node, address="", is_open=False) if node.address in addresses else node
        addresses |= {node.address} - {""}
    return replace(swarm, nodes=(*swarm.nodes, *(found[name] for name in sorted(found))), is_seen=True)


def _found(swarm: Swarm, group: Labelled | None, member: MemberFacts) -> Node:
    """`group` is None for one that has lost its label: its engine answers where the others' do."""
    like = group or next((one for one in swarm.labelled if one.docker is not None), Labelled(()))
    address = reachable(member.reached_at)
    return Node(
        name=member.name,
        address=address,
        roles=() if group is None else group.roles,
        first_port=like.first_port,
        labels=_sorted({name: value for name, value in member.labels if not name.startswith(_OWN)}),
        docker=like.engine_at(member.name, address),
        manager=member.is_manager,
        by_label=True,
        is_open=bool(group and address) and member.state == "ready" and member.availability == "active",
    )


def placed_in(swarm: Swarm, profile: Profile, neurons: Sequence[NeuronSpec]) -> list[NeuronSpec]:
    """The profile's neurons, miners first, each where it is wanted."""
    drafts = [*expand(profile.miners, "miner"), *expand(profile.validators, "validator")]
    placings = [placing_of(profile.defaults, draft.member, draft.fill) for draft in drafts]
    return placed(swarm, neurons, placings)


def placing_of(shared: Placed, own: Placed, fill: Callable[[str], str]) -> Placing:
    """What a member and the defaults say together: a member's named `node` outdoes their `failover`, and the reverse.

    Labels go with either.
    """
    asked = own.node if own.node is not None else shared.node
    says_name = isinstance(own.node, str)
    is_auto = own.failover == "auto" or (own.failover is None and not says_name and shared.failover == "auto")
    resources = _resources(shared.resources, own.resources)
    if isinstance(asked, Mapping):
        labels = _sorted({name: fill(value) for name, value in asked.items()})
        return Placing(None, "auto" if is_auto else "off", resources, labels=labels)
    if is_auto:
        return Placing(None, "auto", resources)
    return Placing(fill(asked) if asked is not None else None, "off", resources, is_fixed=asked is not None)


def _resources(shared: ResourceFields | None, own: ResourceFields | None) -> Resources:
    said: dict[str, Any] = {}
    for fields in (shared, own):
        if fields is not None:
            said |= {name: value for name, value in fields if value is not None}
    return Resources(**said)


def _node(fields: NodeFields, name: str) -> Node:
    labels, address = _sorted(fields.labels), fields.address or ""
    return Node(name, address, fields.roles, fields.first_port, labels, fields.docker, fields.manager)


def _labelled(fields: NodeFields) -> Labelled:
    return Labelled(_sorted(fields.labels), fields.roles, fields.first_port, fields.docker)


def _sorted(labels: Mapping[str, str]) -> Labels:
    return tuple(sorted(labels.items()))
