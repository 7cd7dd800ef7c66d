"""Machines and what they answered, as values."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from netctl.hostsetup.observing import Seen
from netctl.hostsetup.wanted import Machine
from netctl.placement import Node, Swarm
from netctl.ports.engines import EngineFacts, MemberFacts, SwarmFacts

BARE = EngineFacts(name="?", version="20.10.24", api=(1, 41), skew_s=0.0, free_bytes=10**12, has_image=False)


def swarm(count: int = 3, **of_first: Any) -> Swarm:
    """Machines nd1, nd2, ... at 10.0.0.1, ..., the first managing; `of_first` are fields of its node."""
    nodes = [Node(f"nd{n}", f"10.0.0.{n}", docker=f"ssh://ops@10.0.0.{n}") for n in range(1, count + 1)]
    nodes[0] = replace(nodes[0], **of_first)
    return Swarm("ssh://ops@10.0.0.1", "10.0.0.9", tuple(nodes))


def bare(machines: tuple[Machine, ...], **engines: EngineFacts) -> Seen:
    """Engines that are in no swarm, but for those given."""
    seen = {m.name: engines.get(m.name, replace(BARE, name=m.name)) for m in machines}
    return Seen(seen, None, machines[0].engine or "")


def joined(machines: tuple[Machine, ...], *, members: dict[str, Any] | None = None, **fields: Any) -> Seen:
    """All in one swarm as wanted; `members` are changes to nodes by name, `fields` to the swarm."""
    engines, found = {}, []
    for machine in machines:
        role = "manager" if machine.is_manager else "worker"
        engines[machine.name] = replace(
            BARE, name=machine.name, membership="active", node_id=f"id-{machine.name}", has_image=True,
            is_manager=machine.is_manager,
        )  # fmt: skip
        member = MemberFacts(
            f"id-{machine.name}", machine.name, role, "ready", "active" if machine.runs_neurons else "drain",
            machine.address, "reachable" if machine.is_manager else "",
            labels=() if machine.node is None else machine.node.labels,
        )  # fmt: skip
        found.append(replace(member, **(members or {}).get(machine.name, {})))
    told = replace(SwarmFacts("c1", True, 5, tuple(found), "mark"), **fields)
    return Seen(engines, told, machines[0].engine or "", kept="mark")


def with_engine(seen: Seen, name: str, /, **fields: Any) -> Seen:
    """The same look, with one engine's answer changed."""
    return replace(seen, engines={**seen.engines, name: replace(seen.engines[name], **fields)})
