"""What `netctl host list` says: a row for each machine, and what is wrong. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from netctl.hostsetup.difference import Difference, Trouble
from netctl.hostsetup.observing import Seen
from netctl.hostsetup.wanted import Machine


def document(fleet: str, machines: Sequence[Machine], seen: Seen, difference: Difference) -> Mapping[str, Any]:
    """``{"fleet", "swarm", "ok", "autolock", "managers": {"reachable", "all"}, "nodes": [...], "problems": [...]}``."""
    swarm = seen.swarm
    managers = [] if swarm is None else [member for member in swarm.members if member.is_manager]
    problems = troubles(difference)
    return {
        "fleet": fleet,
        "swarm": None if swarm is None else swarm.id,
        "ok": not problems and not difference.steps,
        "autolock": None if swarm is None else swarm.autolock,
        "managers": {"reachable": sum(member.is_well for member in managers), "all": len(managers)},
        "nodes": [_row(machine, seen) for machine in machines],
        "problems": [asdict(problem) for problem in problems],
        "steps": [{"machine": step.machine, "summary": step.summary} for step in difference.steps],
    }


def troubles(difference: Difference) -> list[Trouble]:
    """All that is wrong, worst first."""
    return [*difference.refused, *difference.blocked, *difference.warnings]


def _row(machine: Machine, seen: Seen) -> dict[str, Any]:
    facts, member = seen.engines[machine.name], seen.member(machine)
    return {
        "name": machine.name,
        "address": machine.address,
        "docker": machine.engine,
        "wanted": "manager" if machine.is_manager else "worker",
        "role": None if member is None else member.role,
        "state": None if member is None else member.state,
        "availability": None if member is None else member.availability,
        "reachability": None if member is None or not member.reachability else member.reachability,
        "leader": member is not None and member.is_leader,
        "labels": {} if member is None else dict(member.labels),
        "engine": (facts.version or (member.version if member is not None else "")) or None,
        "image": facts.has_image,
        "clock_skew_s": None if facts.skew_s is None else round(facts.skew_s, 3),
        "free_bytes": facts.free_bytes,
        "problem": facts.trouble or ("no docker engine there" if facts.missing else None),
    }
