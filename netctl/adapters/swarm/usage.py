"""What neurons use of their nodes, as the engines there say; only engines that can be asked."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from netctl.adapters.swarm import tasks
from netctl.adapters.swarm.engine import Engine
from netctl.adapters.swarm.launching import each
from netctl.errors import NetctlError
from netctl.placement import Swarm
from netctl.ports import Usage


def usage_of(seen: tasks.Seen, swarm: Swarm, wanted: Collection[str]) -> dict[str, Usage]:
    """By name; who cannot be asked about is left out."""
    facts = seen.sessions()
    by_node: dict[str, list[tuple[str, str]]] = {}
    for name in wanted:
        found = facts.get(name)
        if found is None or found.pid is None:
            continue
        container = seen.tasks[name][-1]["Status"].get("ContainerStatus", {}).get("ContainerID", "")
        node = swarm.node(found.node)
        if container and node is not None and node.docker is not None:
            by_node.setdefault(node.docker, []).append((name, container))
    stats: dict[str, Any] = {}
    for address, ones in by_node.items():
        engine = Engine([address])
        try:
            stats |= dict(zip((name for name, _ in ones), each(lambda one: _stats(engine, one[1]), ones), strict=True))  # noqa: B023
        finally:
            engine.close()
    return {
        name: _usage(facts[name].pid or 0, facts[name].started_at or 0.0, found)
        for name, found in stats.items()
        if found
    }


def _stats(engine: Engine, container: str) -> Any:
    try:
        return engine.look(lambda client: client.stats(container, stream=False, one_shot=True))
    except NetctlError:
        return None


def _usage(pid: int, started_at: float, stats: Mapping[str, Any]) -> Usage:
    memory = stats.get("memory_stats", {})
    cached = memory.get("stats", {}).get("total_inactive_file", memory.get("stats", {}).get("inactive_file", 0))
    disk = {"read": 0, "write": 0}
    for each_ in stats.get("blkio_stats", {}).get("io_service_bytes_recursive") or ():
        if (kind := str(each_.get("op", "")).lower()) in disk:
            disk[kind] += int(each_.get("value", 0))
    count = int(stats.get("pids_stats", {}).get("current") or 1)
    return Usage(
        pid=pid,
        started_at=started_at,
        cpu_s=stats.get("cpu_stats", {}).get("cpu_usage", {}).get("total_usage", 0) / 1e9,
        memory_bytes=max(0, int(memory.get("usage", 0)) - int(cached)),
        processes=count,
        threads=count,
        read_bytes=disk["read"],
        written_bytes=disk["write"],
    )
