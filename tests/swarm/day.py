"""The day2 profile on a cluster's nodes."""

from __future__ import annotations

from pathlib import Path

import yaml

from tests.swarm.cluster import Cluster

SHIPPED = Path(__file__).parents[2] / "profiles" / "day2-swarm.yaml"


def write_profile(cluster: Cluster, path: Path, *, failover: str | None = None) -> None:
    """The shipped profile, with the cluster's machines in place of its examples."""
    document = yaml.safe_load(SHIPPED.read_text(encoding="utf-8"))
    document["hosts"] = {
        "manager": cluster.manager.docker,
        "here": cluster.here,
        "nodes": [
            {"name": machine.name, "address": machine.address, "docker": machine.docker} for machine in cluster.machines
        ],
    }
    # Two processors are shared by all nodes here.
    document["defaults"].pop("resources", None)
    document["defaults"]["failover"] = "off" if failover is None else failover
    if failover == "auto":
        for member in (*document["miners"], *document["validators"]):
            member.pop("node", None)
    path.write_text(yaml.safe_dump(document, sort_keys=False), encoding="utf-8")
