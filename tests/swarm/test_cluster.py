"""The clusters that other tests stand on: they come up, lose machines and links, and leave nothing behind."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.swarm.cluster import Cluster, why_not

pytestmark = [pytest.mark.slow, pytest.mark.whole, pytest.mark.timeout(900)]


def _traces(cluster: Cluster) -> list[str]:
    words = (str(cluster.place), cluster.bridge, f"nc{cluster.number}n", f"10.77.{cluster.number}.")
    listed = [["ip", "-o", "addr"], ["ip", "netns"], ["iptables", "-w", "-S"], ["ps", "-eo", "args"], ["ls", "/tmp"]]
    said = [line for argv in listed for line in subprocess.check_output(argv, text=True).splitlines()]
    said += Path("/proc/self/mountinfo").read_text().splitlines()
    said += [str(path) for path in Path("/sys/fs/cgroup").glob(f"*/nc{cluster.number}n*")]
    return [line for line in said if any(word in line for word in words)]


def test_a_cluster_loses_a_machine_and_a_link_and_leaves_nothing() -> None:
    if (reason := why_not()) is not None:
        pytest.skip(reason)
    with Cluster() as cluster:
        assert set(cluster.nodes()) == {"nd1", "nd2", "nd3"}
        assert len(_traces(cluster)) > 10
        other = next(machine for machine in cluster.machines if machine != cluster.leader())
        cluster.kill(other)
        assert other.pids() == set()
        cluster.wait_for(other, "down")
        cluster.start(other)
        cluster.cut(other)
        cluster.wait_for(other, "down")
        assert other.pids()
        cluster.heal(other)
    assert _traces(cluster) == []
