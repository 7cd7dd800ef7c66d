"""The day2 profile on a cluster's nodes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from tests.swarm.cluster import Cluster

SHIPPED = Path(__file__).parents[2] / "profiles" / "day2-swarm.yaml"


def write_profile(cluster: Cluster, path: Path, *, failover: str | None = None, by_label: bool = False) -> None:
    """The shipped profile, with the cluster's machines in place of its examples, or as all that have `pool=day`.

    By label, the validator wants a node with `seat=1`.
    """
    document = yaml.safe_load(SHIPPED.read_text(encoding="utf-8"))
    document["hosts"] = hosts_of(cluster)
    if by_label:
        docker = cluster.manager.docker.replace(cluster.manager.name, "{name}")
        document["hosts"]["nodes"] = [{"labels": {"pool": "day"}, "first_port": 9000, "docker": docker}]
        document["validators"][0]["node"] = {"seat": 1}
    # Two processors are shared by all nodes here.
    document["defaults"].pop("resources", None)
    document["defaults"]["failover"] = "off" if failover is None else failover
    if failover == "auto":
        for member in (*document["miners"], *document["validators"]):
            member.pop("node", None)
    path.write_text(yaml.safe_dump(document, sort_keys=False), encoding="utf-8")


def hosts_of(cluster: Cluster) -> dict[str, Any]:
    """The cluster's machines as a profile names them."""
    nodes = [{"name": each.name, "address": each.address, "docker": each.docker} for each in cluster.machines]
    return {"manager": cluster.manager.docker, "here": cluster.here, "nodes": nodes}
