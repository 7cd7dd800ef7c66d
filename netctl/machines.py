"""From the profile's `hosts:` to the machines of a fleet, and to where each of its neurons is wanted. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from netctl.fleet import NeuronSpec
from netctl.members import expand
from netctl.placement import Node, Placing, Resources, Swarm
from netctl.placing import placed
from netctl.profile.hosts import NodeFields, Placed, ResourceFields
from netctl.profile.model import Profile


def swarm_of(profile: Profile) -> Swarm | None:
    """The machines that the profile's neurons run on, None where that is this one."""
    if profile.host != "swarm" or profile.hosts is None:
        return None
    section = profile.hosts
    return Swarm(
        manager=section.manager,
        here=section.here,
        nodes=tuple(_node(fields) for fields in section.nodes),
        image=section.image,
        mounts=tuple(map(Path, section.mounts)),
        first_port=profile.defaults.first_port,
    )


def placed_in(swarm: Swarm, profile: Profile, neurons: Sequence[NeuronSpec]) -> list[NeuronSpec]:
    """The profile's neurons, miners first, each where it is wanted."""
    drafts = [*expand(profile.miners, "miner"), *expand(profile.validators, "validator")]
    placings = [placing_of(profile.defaults, draft.member, draft.fill) for draft in drafts]
    return placed(swarm, neurons, placings)


def placing_of(shared: Placed, own: Placed, fill: Callable[[str], str]) -> Placing:
    """What a member and the defaults say together: a member's `node` outdoes their `failover`, and the reverse."""
    is_auto = own.failover == "auto" or (own.failover is None and own.node is None and shared.failover == "auto")
    node = own.node or shared.node
    resources = _resources(shared.resources, own.resources)
    if is_auto:
        return Placing(None, "auto", resources)
    return Placing(fill(node) if node is not None else None, "off", resources, is_fixed=node is not None)


def _resources(shared: ResourceFields | None, own: ResourceFields | None) -> Resources:
    said: dict[str, Any] = {}
    for fields in (shared, own):
        if fields is not None:
            said |= {name: value for name, value in fields if value is not None}
    return Resources(**said)


def _node(fields: NodeFields) -> Node:
    labels = tuple(sorted(fields.labels.items()))
    return Node(fields.name, fields.address, fields.roles, fields.first_port, labels, fields.docker, fields.manager)
