"""Manifests for Kubernetes: a StatefulSet for each neuron that is pinned, a Deployment for one that may move.

A StatefulSet's pod is never replaced while its node does not answer, so that no hotkey runs twice; a Deployment's is.
"""

from __future__ import annotations

import base64
import json
import math
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from netctl.export import container
from netctl.export.jobs import Content, Export, Exported, Job
from netctl.export.manifest import documents
from netctl.export.names import fleet_label, workload_name
from netctl.export.secret_script import COLDKEYPUB, HOTKEY, script, secret_variables
from netctl.placement import NODE_ADDRESS, Labelled, Node
from netctl.placing import nodes_for
from netctl.render.environment import MARKER

FILES = ("namespace.yaml", "secrets.sh", "fleet.yaml")
"""In the order in which they are wanted. The namespace lies apart: whoever deletes the fleet's keeps its volumes."""

CONFIG_MAP_BYTES = 1_000_000
"""What a ConfigMap may hold is 1 MiB with everything around it."""

STORAGE = "10Gi"
HOSTNAME = "kubernetes.io/hostname"


@dataclass(frozen=True, slots=True)
class Cluster:
    """What the profile does not say. `user` and `group` own the files in the containers; `storage` is a quantity.

    Neurons without a node of their own may run on `nodes`, and on those that `labelled` tells; none means any.
    """

    image: str
    namespace: str
    user: int
    group: int
    storage: str = STORAGE
    nodes: tuple[Node, ...] = ()
    labelled: tuple[Labelled, ...] = ()


def files(export: Export, cluster: Cluster) -> tuple[Exported, ...]:
    """The namespace, the script that makes the Secrets, and the manifests; none holds a secret."""
    names = {job.name: workload_name(export.fleet, job.name) for job in export.jobs}
    labels = _fleet_labels(export)
    namespace = {
        "apiVersion": "v1",
        "kind": "Namespace",
        "metadata": {
            "name": cluster.namespace,
            # The network of the host is what the lesser levels refuse.
            "labels": {**labels, "pod-security.kubernetes.io/enforce": "privileged"},
        },
    }
    objects = [_service(export, cluster), *(each for job in export.jobs for each in _objects(export, job, cluster))]
    texts = (
        documents(export.heading, [namespace]),
        script(export, names, cluster.namespace, labels),
        documents(export.heading, objects),
    )
    return tuple(Exported(name, text) for name, text in zip(FILES, texts, strict=True))


def how(folder: Path, cluster: Cluster) -> Sequence[str]:
    """What to type."""
    namespace, secrets, fleet = (shlex.quote(str(folder / name)) for name in FILES)
    return (
        f"kubectl apply -f {namespace}",
        f"sh {secrets}    # again whenever a key or a secret variable has changed",
        f"kubectl apply -f {fleet}",
        f"kubectl -n {cluster.namespace} get pods -o wide",
        f"kubectl delete -f {fleet}    # to end them; volumes and Secrets stay",
    )


def unfit(export: Export, cluster: Cluster) -> list[str]:
    """What no manifest can say, one line for each: files that no ConfigMap holds, or that name the node; no node."""
    found = []
    for job in export.jobs:
        if (cluster.nodes or cluster.labelled) and not _terms(job, cluster):
            found.append(f"{job.name}: no node of the profile is for it")
        size = sum(len(each.public or b"") for each in job.contents)
        if size > CONFIG_MAP_BYTES:
            found.append(f"{job.name}: its files are {size:,} bytes, and a ConfigMap holds {CONFIG_MAP_BYTES:,}")
        found += [
            f"{job.name}: {each.path} names the node that it runs on, which only a command line or a variable may"
            for each in job.contents
            if NODE_ADDRESS.encode() in (each.public or b"")
        ]
    return found


def _fleet_labels(export: Export) -> Mapping[str, str]:
    return {"app.kubernetes.io/part-of": fleet_label(export.fleet), "app.kubernetes.io/managed-by": "netctl"}


def _metadata(export: Export, job: Job, cluster: Cluster, suffix: str = "") -> dict[str, Any]:
    name = workload_name(export.fleet, job.name)
    return {
        "name": f"{name}{suffix}",
        "namespace": cluster.namespace,
        "labels": {
            "app.kubernetes.io/name": fleet_label(export.pack),
            "app.kubernetes.io/instance": name,
            "app.kubernetes.io/component": job.role,
            **_fleet_labels(export),
        },
        "annotations": {"netctl/fleet": export.fleet, "netctl/neuron": job.name},
    }


def _service(export: Export, cluster: Cluster) -> Mapping[str, Any]:
    """The headless Service that a StatefulSet must name; neurons are reached at their nodes and have no use for it."""
    labels = _fleet_labels(export)
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": _service_name(export), "namespace": cluster.namespace, "labels": labels},
        "spec": {"clusterIP": "None", "selector": labels},
    }


def _objects(export: Export, job: Job, cluster: Cluster) -> Sequence[Mapping[str, Any]]:
    found: list[Mapping[str, Any]] = []
    if container.public_files(job):
        found.append(_config_map(export, job, cluster))
    return [*found, _workload(export, job, cluster)]


def _config_map(export: Export, job: Job, cluster: Cluster) -> Mapping[str, Any]:
    texts: dict[str, str] = {}
    binary: dict[str, str] = {}
    for key, content in container.public_files(job).items():
        try:
            texts[key] = content.decode()
        except UnicodeDecodeError:
            binary[key] = base64.b64encode(content).decode()
    found: dict[str, Any] = {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": _metadata(export, job, cluster, "-files"),
    }
    return {**found, **({"data": texts} if texts else {}), **({"binaryData": binary} if binary else {})}


def _workload(export: Export, job: Job, cluster: Cluster) -> Mapping[str, Any]:
    metadata = _metadata(export, job, cluster)
    spec: dict[str, Any] = {
        "replicas": 1,
        "selector": {"matchLabels": {"app.kubernetes.io/instance": metadata["name"]}},
    }
    template = {
        "metadata": {
            "labels": metadata["labels"],
            # A neuron reads its files when it starts: with other files, another pod.
            "annotations": {**metadata["annotations"], "netctl/files": _digest(job.contents)},
        },
        "spec": _pod(export, job, cluster),
    }
    if job.placing.failover == "auto":
        spec |= {"strategy": {"type": "Recreate"}, "template": template}
        return {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": metadata, "spec": spec}
    claim = {
        "metadata": {"name": "work"},
        "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": cluster.storage}}},
    }
    spec |= {"serviceName": _service_name(export), "template": template, "volumeClaimTemplates": [claim]}
    return {"apiVersion": "apps/v1", "kind": "StatefulSet", "metadata": metadata, "spec": spec}


def _service_name(export: Export) -> str:
    # A Service's name may not begin with a digit, nor be longer than a label.
    return f"netctl-{fleet_label(export.fleet, 54)}"


def _digest(contents: Sequence[Content]) -> str:
    """Of what the ConfigMap holds, and of where the rest is found; never of a secret."""
    parts = [(str(each.path), sha256(each.public or b"").hexdigest(), each.is_seed) for each in contents]
    return sha256(json.dumps(parts).encode()).hexdigest()[:32]


def _pod(export: Export, job: Job, cluster: Cluster) -> Mapping[str, Any]:
    name = workload_name(export.fleet, job.name)
    context: dict[str, Any] = {
        "runAsUser": cluster.user,
        "runAsGroup": cluster.group,
        "runAsNonRoot": cluster.user != 0,
        "seccompProfile": {"type": "RuntimeDefault"},
    }
    if cluster.user != 0:
        # Root reads 0400 files of its own; for others the kubelet opens them to this group.
        context |= {"fsGroup": cluster.group, "fsGroupChangePolicy": "OnRootMismatch"}
    spec: dict[str, Any] = {
        "automountServiceAccountToken": False,
        "enableServiceLinks": False,
        "hostNetwork": True,
        "dnsPolicy": "ClusterFirstWithHostNet",
        # The neuron shall not be process 1, to which signals that it does not handle mean nothing.
        "shareProcessNamespace": True,
        "restartPolicy": "Always",
        "terminationGracePeriodSeconds": max(1, math.ceil(job.grace_s)),
        "securityContext": context,
        **_where(job, cluster),
        "containers": [_container(export, job, cluster, name)],
        "volumes": _volumes(job, name),
    }
    return spec


def _where(job: Job, cluster: Cluster) -> Mapping[str, Any]:
    found: dict[str, Any] = {}
    if job.placing.node is not None:
        found["nodeSelector"] = {HOSTNAME: job.placing.node}
    elif terms := _terms(job, cluster):
        found["affinity"] = {
            "nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": terms}}
        }
    if job.placing.failover == "off":
        # Without these a node that was away for five minutes ends the neuron when it is back, to start it anew.
        found["tolerations"] = [
            {"key": f"node.kubernetes.io/{what}", "operator": "Exists", "effect": "NoExecute"}
            for what in ("not-ready", "unreachable")
        ]
    return found


def _terms(job: Job, cluster: Cluster) -> list[Mapping[str, Any]]:
    """The nodes where it may run, each term by all its conditions: its own, those with a name, those told by labels."""
    if job.placing.node is not None:
        return [_having({HOSTNAME: [job.placing.node]})]
    named = sorted(node.name for node in nodes_for(cluster.nodes, job.role, job.placing.labels))
    groups = [dict(group.labels) for group in cluster.labelled if job.role in group.roles]
    asked = dict(job.placing.labels)
    fitting = [{**group, **asked} for group in groups if all(asked.get(k, v) == v for k, v in group.items())]
    terms = [_having({HOSTNAME: named})] if named else []
    return [*terms, *(_having({key: [value] for key, value in each.items()}) for each in fitting)]


def _having(labels: Mapping[str, Sequence[str]]) -> Mapping[str, Any]:
    asked = [{"key": key, "operator": "In", "values": list(values)} for key, values in sorted(labels.items())]
    return {"matchExpressions": asked}


def _container(export: Export, job: Job, cluster: Cluster, name: str) -> Mapping[str, Any]:
    found: dict[str, Any] = {"name": "neuron", "image": cluster.image}
    if cluster.image.startswith("sha256:"):
        found["imagePullPolicy"] = "Never"
    found |= {
        "command": [container.escaped(word) for word in ("/bin/sh", "-c", container.start(job), *job.argv)],
        "workingDir": str(job.cwd),
        "env": _environment(export, job, name),
        "ports": [{"name": "axon", "containerPort": job.port, "hostPort": job.port, "protocol": "TCP"}],
    }
    if resources := _resources(job):
        found["resources"] = {"requests": resources, "limits": resources}
    found["securityContext"] = {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}}
    found["volumeMounts"] = [
        {"name": "work", "mountPath": str(job.cwd)},
        {"name": "cache", "mountPath": str(job.cache)},
        {"name": "wallet", "mountPath": str(job.coldkeypub_file.parent), "readOnly": True},
    ]
    if job.contents:
        found["volumeMounts"].append({"name": "files", "mountPath": str(job.launcher.parent), "readOnly": True})
    return found


def _environment(export: Export, job: Job, name: str) -> Sequence[Mapping[str, Any]]:
    plain = [*job.public, ("PWD", str(job.cwd)), (MARKER, f"kubernetes:{export.fleet}/{job.name}")]
    found: list[Mapping[str, Any]] = []
    if container.asks_for_its_node(job):
        found.append({"name": container.ADDRESS, "valueFrom": {"fieldRef": {"fieldPath": "status.hostIP"}}})
    found += [{"name": key, "value": container.escaped(value)} for key, value in plain]
    return found + [
        {"name": key, "valueFrom": {"secretKeyRef": {"name": f"{name}-env", "key": key}}}
        for key in secret_variables(job)
    ]


def _resources(job: Job) -> Mapping[str, str]:
    wanted = job.placing.resources
    found = {}
    if wanted.cpus is not None:
        found["cpu"] = f"{max(1, round(wanted.cpus * 1000))}m"
    if wanted.memory_bytes is not None:
        found["memory"] = str(wanted.memory_bytes)
    if wanted.gpus:
        # A device plugin's word has a slash; the engines' own words for NVIDIA's cards have none.
        found[wanted.gpu_kind if "/" in wanted.gpu_kind else "nvidia.com/gpu"] = str(wanted.gpus)
    return found


def _volumes(job: Job, name: str) -> Sequence[Mapping[str, Any]]:
    keys = [
        {"key": HOTKEY, "path": str(job.hotkey_file.relative_to(job.coldkeypub_file.parent))},
        {"key": COLDKEYPUB, "path": job.coldkeypub_file.name},
    ]
    found: list[Mapping[str, Any]] = [
        {"name": "cache", "emptyDir": {}},
        {"name": "wallet", "secret": {"secretName": f"{name}-wallet", "items": keys, "defaultMode": 0o400}},
    ]
    if job.placing.failover == "auto":
        found.append({"name": "work", "emptyDir": {}})
    if job.contents:
        places = container.places(job)
        public, hidden = container.public_files(job), container.secret_files(job)
        sources = []
        for kind, kept in (("configMap", list(public)), ("secret", list(hidden))):
            if kept:
                items = [{"key": key, "path": places[key]} for key in kept]
                sources.append({kind: {"name": f"{name}-files", "items": items}})
        found.append({"name": "files", "projected": {"defaultMode": 0o400, "sources": sources}})
    return found
