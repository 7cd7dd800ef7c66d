"""A rehearsal of day2 on three nodes, through the program alone: what holds on tmux holds there."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.cli.program import Ended, run
from tests.swarm.cluster import Cluster, Machine, wait_until, why_not
from tests.swarm.day import write_profile

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]
ALL = ["miner_1", "miner_2", "miner_3", "miner_4", "validator_1"]


@dataclass(frozen=True)
class Day:
    """A fleet that is up on a cluster."""

    cluster: Cluster
    here: Path

    def netctl(self, *argv: str, timeout_s: float = 180) -> Ended:
        return run(*argv, cwd=self.here, timeout_s=timeout_s, HOME=str(self.here / "home"))

    def neurons(self) -> Mapping[str, Mapping[str, Any]]:
        """What status says of each."""
        return {neuron["name"]: neuron for neuron in self.netctl("status", "--json").document["neurons"]}

    def until(
        self, holds: Callable[[Mapping[str, Mapping[str, Any]]], bool], what: str, deadline_s: float = 60
    ) -> None:
        give_up = time.monotonic() + deadline_s
        while not holds(now := self.neurons()):
            told = [(name, one["state"], one["node"], one["problem"]) for name, one in now.items()]
            assert time.monotonic() < give_up, f"not within {deadline_s:g} s: {what}, but {told}"

    def on(self, node: str) -> set[str]:
        """The neurons that run on a node."""
        return {name for name, neuron in self.neurons().items() if neuron["node"] == node}

    def left(self) -> dict[str, list[str]]:
        """What the engine has of any fleet."""
        with self.cluster.manager.asked() as client:
            volumes = [each for machine in self.cluster.machines for each in _volumes_of(machine)]
            return {
                "volumes": volumes,
                "services": [each["Spec"]["Name"] for each in client.services()],
                "secrets": [each["Spec"]["Name"] for each in client.secrets()],
            }


@pytest.fixture(scope="module")
def cluster(loopback_only: None) -> Iterator[Cluster]:
    """One manager and two workers: what these tests break is a worker, as an operator's nodes are."""
    if (reason := why_not()) is not None:
        pytest.skip(reason)
    with Cluster(managers=1) as made:
        yield made


@pytest.fixture
def day(cluster: Cluster, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Day]:
    """Up, every neuron running; taken down and deleted afterwards. A parameter is `failover`, or "labels" for nodes."""
    here, how = tmp_path / "here", getattr(request, "param", None)
    (here / "home").mkdir(parents=True)
    if how == "labels":
        for machine in cluster.machines:
            cluster.label(machine, {"pool": "day", "seat": machine.name.removeprefix("nd")})
    write_profile(cluster, here / "day2.yaml", failover=None if how == "labels" else how, by_label=how == "labels")
    made = Day(cluster, here)
    up = made.netctl("fleet", "up", "day2.yaml", "--rehearse", "--yes")
    assert up.code == 0, up.err
    yield made
    down = made.netctl("fleet", "down", "day2.yaml", "--rehearse", "--purge", "--yes")
    assert down.code == 0, down.err
    assert made.left() == {"services": [], "secrets": [], "volumes": []}


def test_a_day_on_three_nodes(day: Day) -> None:
    """Registered, served at its nodes' addresses, evaluated over the network, weights set; read as on tmux."""
    neurons = day.neurons()
    assert sorted(neurons) == ALL
    assert {neuron["state"] for neuron in neurons.values()} == {"running"}
    assert {neuron["node"] for neuron in neurons.values()} == {machine.name for machine in day.cluster.machines}
    addresses = {machine.name: machine.address for machine in day.cluster.machines}
    for name in ALL:
        assert neurons[name]["axon"].rpartition(":")[0] == addresses[neurons[name]["node"]], neurons[name]
    assert day.netctl("fleet", "plan", "--json").document["steps"] == []

    def weights_are_set() -> bool:
        rows = day.netctl("metagraph", "--json").document["neurons"]
        return len([row for row in rows if row["incentive"] > 0]) == 4

    wait_until(weights_are_set, "the validator has evaluated all four miners", 120)
    assert "Scraping" in day.netctl("logs", "miner_2", "-n", "200").out

    def used() -> set[str]:
        with closing(sqlite3.connect(day.here / ".netctl" / "day2-swarm-rehearsal" / "metrics.db")) as store:
            return {name for (name,) in store.execute("SELECT DISTINCT name FROM processes WHERE memory_bytes > 0")}

    wait_until(lambda: used() == set(ALL), "what they use of their nodes is in the store", 90)

    def minimum() -> dict[str, bool | None]:
        document = day.netctl("check", "--group", "minimum", "--json").document
        return {each["name"]: each["ok"] for each in document["checks"]}

    wait_until(lambda: minimum() == {"miners_responding": True, "crashes": True}, "the minimum is met", 120)


def test_logs_follow_a_neuron_of_another_machine(day: Day) -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "netctl", "logs", "miner_1", "-f", "-n", "1"],
        cwd=day.here,
        env={**os.environ, "HOME": str(day.here / "home")},
        stdout=subprocess.PIPE,
        text=True,
    ) as following:
        assert following.stdout is not None
        try:
            lines = [following.stdout.readline() for _ in range(5)]
        finally:
            following.terminate()
    assert all("bittensor" in line for line in lines), lines


def test_one_that_is_killed_is_started_again_by_its_engine_and_why_tells_of_it(day: Day) -> None:
    before = day.neurons()["miner_2"]
    os.kill(_program(before["pid"]), 9)
    day.until(
        lambda now: now["miner_2"]["state"] == "running" and now["miner_2"]["restarts"] == before["restarts"] + 1,
        "miner_2 runs again",
    )
    day.until(lambda now: bool(now["miner_2"]["ready"]), "miner_2 is ready again")
    wait_until(lambda: "SIGKILL" in day.netctl("why", "miner_2").out, "its end was kept")
    assert day.neurons()["miner_2"]["uid"] == before["uid"]


def test_a_node_that_is_gone_takes_its_neurons_out_of_sight_and_a_move_brings_them_back(day: Day) -> None:
    before = day.neurons()
    gone = day.cluster["nd3"]
    lost, others = day.on("nd3"), set(ALL) - day.on("nd3")
    assert lost
    day.cluster.kill(gone)
    try:
        day.until(lambda now: {n for n in ALL if now[n]["state"] == "unknown"} == lost, "they are unknown")
        neurons = day.neurons()
        assert {neurons[name]["state"] for name in others} == {"running"}
        assert all("it may still run there" in neurons[name]["problem"] for name in lost)
        # Nobody starts a second one by himself.
        assert day.netctl("fleet", "up", "--yes").code == 1
        assert {n for n in ALL if day.neurons()[n]["state"] == "unknown"} == lost
        for name in sorted(lost):
            refused = day.netctl("fleet", "move", name, "--node", "nd2")
            assert refused.code == 7, refused.err
            moved = day.netctl("fleet", "move", name, "--node", "nd2", "--yes")
            assert moved.code in (0, 1), moved.err
        day.until(lambda now: all(now[n]["state"] == "running" and now[n]["ready"] for n in ALL), "all run again")
        now = day.neurons()
        assert {name: now[name]["uid"] for name in ALL} == {name: before[name]["uid"] for name in ALL}
        assert {now[name]["node"] for name in lost} == {"nd2"}
        assert day.netctl("fleet", "plan", "--json").document["steps"] == []
    finally:
        day.cluster.start(gone)
        day.cluster.wait_for(gone, "ready")
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline and _running_on(gone):
        time.sleep(0.2)
    assert not _running_on(gone)


def test_in_a_partition_nothing_runs_twice_where_failover_is_off(day: Day) -> None:
    before, cut = day.neurons(), day.cluster["nd3"]
    lost = day.on("nd3")
    day.cluster.cut(cut)
    try:
        day.until(lambda now: {n for n in ALL if now[n]["state"] == "unknown"} == lost, "they are unknown")
        still = _running_on(cut)
        assert len(still) == len(lost)
        assert sum(len(_running_on(machine)) for machine in day.cluster.machines) == len(ALL)
    finally:
        day.cluster.heal(cut)
    day.until(lambda now: all(now[n]["state"] == "running" and now[n]["ready"] for n in ALL), "all are seen again")
    assert {name: each["uid"] for name, each in day.neurons().items()} == {n: e["uid"] for n, e in before.items()}


@pytest.mark.parametrize("day", ["auto"], indirect=True)
def test_in_a_partition_what_runs_twice_is_found_and_named_where_failover_is_auto(day: Day) -> None:
    cut = day.cluster["nd3"]
    lost = day.on("nd3")
    assert lost
    day.cluster.cut(cut)
    try:
        day.until(lambda now: all("runs twice, on nd3 and " in (now[n]["problem"] or "") for n in lost), "it is named")
        assert len(_running_on(cut)) == len(lost)
        elsewhere = [each for machine in day.cluster.machines if machine is not cut for each in _running_on(machine)]
        assert len(elsewhere) == len(ALL)
    finally:
        day.cluster.heal(cut)
    day.until(lambda now: all(now[n]["problem"] is None for n in ALL), "once the link heals the old ones are ended", 90)
    assert sum(len(_running_on(machine)) for machine in day.cluster.machines) == len(ALL)


@pytest.mark.parametrize("day", ["labels"], indirect=True)
def test_nodes_are_told_by_their_labels_and_a_label_that_goes_moves_nobody(day: Day) -> None:
    before = day.neurons()
    assert {name: one["node"] for name, one in before.items() if name == "validator_1"} == {"validator_1": "nd1"}
    assert {one["node"] for one in before.values()} == {"nd1", "nd2", "nd3"}
    addresses = {machine.name: machine.address for machine in day.cluster.machines}
    assert {one["axon"].rpartition(":")[0] for one in before.values()} == set(addresses.values())
    assert {int(one["axon"].rpartition(":")[2]) for one in before.values()} <= {9000, 9001, 9002}
    day.cluster.label(day.cluster["nd2"], {})
    kept = day.on("nd2")
    assert kept
    actions = [step["action"] for step in day.netctl("fleet", "plan", "--json").document["steps"]]
    assert actions == ["restart_supervisor"]
    again = day.netctl("fleet", "up", "--yes")
    assert again.code == 0, again.err
    assert {name: one["pid"] for name, one in day.neurons().items()} == {n: one["pid"] for n, one in before.items()}
    (other, *_) = set(ALL) - kept - {"validator_1"}
    refused = day.netctl("fleet", "move", other, "--node", "nd2", "--yes")
    assert refused.code == 2
    assert "nd2 is not for a miner" in refused.err
    moved = day.netctl("fleet", "move", min(kept), "--node", "nd3", "--yes")
    assert moved.code == 0, moved.err
    now = day.neurons()
    assert now[min(kept)]["node"] == "nd3"
    assert {n: now[n]["pid"] for n in set(ALL) - {min(kept)}} == {n: before[n]["pid"] for n in set(ALL) - {min(kept)}}
    assert day.netctl("fleet", "plan", "--json").document["steps"] == []
    listed = day.netctl("host", "list", "day2.yaml", "--json").document
    assert {row["name"] for row in listed["nodes"]} >= {"nd1", "nd3"}


def _program(pid: int) -> int:
    """The neuron's own process below its container's first one."""
    import psutil

    return max(psutil.Process(pid).children(recursive=True), key=lambda each: each.memory_info().rss).pid


def _volumes_of(machine: Machine) -> list[str]:
    with machine.asked() as client:
        return [each["Name"] for each in client.volumes()["Volumes"] or ()]


def _running_on(machine: Machine) -> list[str]:
    with machine.asked() as client:
        return [each["Names"][0] for each in client.containers()]
