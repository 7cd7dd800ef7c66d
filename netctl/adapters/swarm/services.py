"""A neuron as a service of the engine: one replica, on the host's network, on the nodes where it may run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode

from netctl.adapters.swarm import entry, names
from netctl.adapters.swarm.secrets import Sent
from netctl.errors import SessionError
from netctl.placement import Placement, Resources, Swarm
from netctl.ports import SessionSpec

NANO = 1_000_000_000
_CONDITIONS = {"never": "none", "on-failure": "on-failure", "always": "any"}
_MARGIN_S = 5.0
"""What the launcher gets beyond its own grace, to see its group gone."""
PROVISIONED = (
    "/usr",
    *("/etc/alternatives", "/etc/group", "/etc/ld.so.cache", "/etc/nsswitch.conf", "/etc/passwd", "/etc/ssl"),
)
"""What a program needs of a node provisioned as this machine is; not all of /etc, whose secrets root may read."""
LOGS = {"Name": "json-file", "Options": {"max-size": "50m", "max-file": "3"}}


def labels_of(fleet: str, fleet_id: str, spec: SessionSpec, sent: Sent, labels: Mapping[str, str]) -> dict[str, str]:
    """The service's labels; `labels` are the session's own."""
    placement = entry.placement_of(spec)
    return {
        names.FLEET: fleet_id,
        names.FLEET_NAME: fleet,
        names.SESSION: spec.name,
        names.SPEC: spec.spec_hash,
        names.PARTS: spec.parts,
        names.LABELS: urlencode(labels),
        names.HOTKEY: sent.hotkey,
        names.PORTS: ",".join(map(str, placement.ports)),
        names.NODE: placement.node or "",
    }


def own_labels(service: Mapping[str, Any]) -> dict[str, str]:
    """The session's labels of a service."""
    return dict(parse_qsl(service["Spec"]["Labels"].get(names.LABELS, ""), keep_blank_values=True))


def task_template(
    fleet_id: str, spec: SessionSpec, sent: Sent, secret_ids: Mapping[str, str], image: str, constraints: Sequence[str]
) -> dict[str, Any]:
    """What the engine shall run. `secret_ids` are the engine's, by name."""
    placement = entry.placement_of(spec)
    container: dict[str, Any] = {
        "Image": image,
        "Command": list(entry.argv(spec, has_init=placement.image is not None)),
        "Env": [f"{entry.NODE}={{{{.Node.Hostname}}}}"],
        "Dir": "/",
        "User": "0:0",
        "Labels": {names.FLEET: fleet_id, names.SESSION: spec.name},
        "Mounts": _mounts(fleet_id, spec, placement),
        "StopGracePeriod": int((placement.grace_s + _MARGIN_S) * NANO),
        "StopSignal": "SIGTERM",
        "Secrets": [
            {
                "SecretID": secret_ids[parcel.name],
                "SecretName": parcel.name,
                "File": {"Name": parcel.target, "UID": "0", "GID": "0", "Mode": 0o400},
            }
            for parcel in sent.parcels
        ],
    }
    if placement.image is not None:
        container["Init"] = True
    return {
        "ContainerSpec": container,
        "RestartPolicy": {
            "Condition": _CONDITIONS[placement.restart],
            "Delay": int(placement.delay_s * NANO),
            "MaxAttempts": 0,
        },
        "Placement": {"Constraints": list(constraints)},
        "Resources": _resources(placement.resources),
        "LogDriver": LOGS,
        "Networks": [{"Target": "host"}],
    }


def service(name: str, labels: Mapping[str, str], template: Mapping[str, Any], *, replicas: int = 1) -> dict[str, Any]:
    """The whole specification."""
    return {
        "Name": name,
        "Labels": dict(labels),
        "TaskTemplate": dict(template),
        "Mode": {"Replicated": {"Replicas": replicas}},
        # The old one ends before the new one begins: one hotkey never runs twice by netctl's own doing.
        "UpdateConfig": {"Parallelism": 1, "Order": "stop-first", "FailureAction": "continue"},
    }


def constraints_of(placement: Placement, swarm: Swarm, nodes: Sequence[Mapping[str, Any]]) -> list[str]:
    """Where it may run, in the engine's words. `nodes` are the engine's.

    SessionError for a node that is not in the swarm, or where there is none.
    """
    if placement.node is not None:
        return [*_labelled(swarm, placement.node), f"node.id=={node_id(nodes, placement.node)}"]
    if not placement.addresses:
        raise SessionError("no node of the swarm is for it", hint="docker node ls; docker node update --label-add")
    return [f"node.labels.{names.may_run(allowed_nodes(placement))}=={names.YES}"]


def allowed_nodes(placement: Placement) -> tuple[str, ...]:
    """The nodes among which the engine chooses, by name; none for what is pinned."""
    return () if placement.node is not None else tuple(sorted(name for name, _ in placement.addresses))


def _labelled(swarm: Swarm, name: str) -> list[str]:
    node = swarm.node(name)
    # One that was found by its labels may lose them and keep what runs on it.
    return [f"node.labels.{key}=={value}" for key, value in (node.labels if node and not node.by_label else ())]


def node_id(nodes: Sequence[Mapping[str, Any]], name: str) -> str:
    """The engine's id of a node; a machine that has joined twice is the one that is ready. SessionError.

    Two machines that are ready and have the same name are told apart by nobody: the hotkey would go to either.
    """
    found = sorted(
        (node for node in nodes if hostname(node) == name), key=lambda node: node["Status"]["State"] != "ready"
    )
    if not found:
        there = ", ".join(sorted({hostname(node) for node in nodes}))
        raise SessionError(f"node {name} is not in the swarm, which has {there}", hint="docker swarm join there")
    if len(ready := [node for node in found if node["Status"]["State"] == "ready"]) > 1:
        message = f"{len(ready)} machines of the swarm call themselves {name}"
        raise SessionError(message, hint="give each a host name of its own, and restart its engine")
    return str(found[0]["ID"])


def hostname(node: Mapping[str, Any]) -> str:
    """A node's name."""
    return str(node.get("Description", {}).get("Hostname", ""))


def _mounts(fleet_id: str, spec: SessionSpec, placement: Placement) -> list[dict[str, Any]]:
    here = [path for path in PROVISIONED if Path(path).exists()] if placement.image is None else []
    provisioned = [*here, *placement.mounts]
    kept = [
        path
        for path in dict.fromkeys(provisioned)
        if not any(Path(other) in Path(path).parents for other in provisioned)
    ]
    mounts: list[dict[str, Any]] = [{"Type": "bind", "Source": path, "Target": path, "ReadOnly": True} for path in kept]
    mounts += [_memory(path, 0o700) for path in entry.in_memory(placement, spec)]
    mounts.append(_memory(Path("/tmp"), 0o1777))  # noqa: S108 - the container's own
    mounts.append(_volume(fleet_id, names.volume_name(fleet_id, spec.name), spec.cwd))
    mounts.append(_volume(fleet_id, names.volume_name(fleet_id, "cache"), placement.cache))
    return mounts


def _memory(path: Path, mode: int) -> dict[str, Any]:
    return {"Type": "tmpfs", "Target": str(path), "TmpfsOptions": {"Mode": mode}}


def _volume(fleet_id: str, name: str, path: Path) -> dict[str, Any]:
    options = {"Labels": {names.FLEET: fleet_id}, "NoCopy": True}
    return {"Type": "volume", "Source": name, "Target": str(path), "VolumeOptions": options}


def _resources(resources: Resources) -> dict[str, Any]:
    both: dict[str, Any] = {}
    if resources.cpus is not None:
        both["NanoCPUs"] = int(resources.cpus * NANO)
    if resources.memory_bytes is not None:
        both["MemoryBytes"] = resources.memory_bytes
    reserved = dict(both)
    if resources.gpus:
        kind = {"Kind": resources.gpu_kind, "Value": resources.gpus}
        reserved["GenericResources"] = [{"DiscreteResourceSpec": kind}]
    return {"Limits": both, "Reservations": reserved}
