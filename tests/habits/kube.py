"""A trial's manifests as Kubernetes reads them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import yaml

from netctl.export import kubernetes
from netctl.export.jobs import Export, export_of
from netctl.fleet import Fleet
from netctl.placement import Node, Placing, Resources
from netctl.render.fleet import RenderedFleet
from tests.habits.trial import Trial

CLUSTER = kubernetes.Cluster("registry.test/miner:1", "trial", 1000, 1000)
NODES = (Node("nd1", "10.0.0.1"), Node("nd2", "10.0.0.2"), Node("val", "10.0.0.3", roles=("validator",)))
GPUS = Placing("nd1", resources=Resources(cpus=2.5, memory_bytes=8 << 30, gpus=1), is_fixed=True)
EVERY_PLACING = {"miner_1": GPUS, "miner_2": Placing(None, "auto"), "validator_1": Placing("val")}
PLAIN: Mapping[str, Placing] = {}


def export(trial: Trial, placings: Mapping[str, Placing] = PLAIN) -> Export:
    """The fleet's export with neurons placed like this; the rest says nothing of it."""
    return exported(trial.fleet, trial.wanted, placings)


def exported(fleet: Fleet, wanted: RenderedFleet, placings: Mapping[str, Placing] = PLAIN) -> Export:
    neurons = tuple(replace(each, placing=placings.get(each.name)) for each in fleet.neurons)
    return export_of(replace(fleet, neurons=neurons), wanted, code=())


def texts(one: Export, cluster: kubernetes.Cluster = CLUSTER) -> Mapping[str, str]:
    return {file.name: file.text for file in kubernetes.files(one, cluster)}


def documents(one: Export, cluster: kubernetes.Cluster = CLUSTER) -> list[Any]:
    found = texts(one, cluster)
    return [*yaml.safe_load_all(found["namespace.yaml"]), *yaml.safe_load_all(found["fleet.yaml"])]


def workloads(found: list[Any]) -> dict[str, Any]:
    """The StatefulSets and Deployments, by the names of their neurons; each once."""
    pairs = [
        (each["metadata"]["annotations"]["netctl/neuron"], each)
        for each in found
        if each["kind"] in ("StatefulSet", "Deployment")
    ]
    assert len(dict(pairs)) == len(pairs)
    return dict(pairs)


def pod_of(workload: Any) -> Any:
    return workload["spec"]["template"]["spec"]


def expanded(text: str, values: Mapping[str, str]) -> str:
    """As a kubelet fills in ``$(NAME)``: ``$$`` is a dollar, an unknown name stays as it is."""

    def one(match: re.Match[str]) -> str:
        word = match.group()
        return "$" if word == "$$" else values.get(word[2:-1], word)

    return re.sub(r"\$\$|\$\([^)]*\)", one, text)


def laid_out(documents: list[Any], workload: Any, secrets: Mapping[str, Mapping[str, bytes]]) -> None:
    """Write what a kubelet would mount where it would: from the ConfigMaps, and Secrets of these contents."""
    maps = {
        each["metadata"]["name"]: {key: text.encode() for key, text in each["data"].items()}
        for each in documents
        if each["kind"] == "ConfigMap"
    }
    pod = pod_of(workload)
    mounts = {each["name"]: Path(each["mountPath"]) for each in pod["containers"][0]["volumeMounts"]}
    for volume in pod["volumes"]:
        place = mounts[volume["name"]]
        place.mkdir(parents=True, exist_ok=True)
        sources = volume.get("projected", {}).get("sources", [])
        for source in [*sources, *([volume] if "secret" in volume else [])]:
            found: Mapping[str, bytes]
            if "configMap" in source:
                items, found = source["configMap"]["items"], maps[source["configMap"]["name"]]
            else:
                part = source["secret"]
                items, found = part["items"], secrets[part.get("name") or part["secretName"]]
            for item in items:
                path = place / item["path"]
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(found[item["key"]])
                path.chmod(0o400)


def terms_of(workload: Mapping[str, Any]) -> list[list[tuple[str, list[str]]]]:
    """On which nodes the pod may run: any of these, each by (label, values), all of which it must have."""
    required = pod_of(workload)["affinity"]["nodeAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"]
    return [[(one["key"], one["values"]) for one in term["matchExpressions"]] for term in required["nodeSelectorTerms"]]
