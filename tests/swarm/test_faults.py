"""What becomes of neurons when machines die, are cut off, and come back: a real swarm, really broken."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path

import pytest

from netctl import spread
from netctl.adapters.swarm import names
from netctl.errors import SessionError
from netctl.placement import Resources
from netctl.ports import STOPPED
from tests.hosts.stage import PYTHON, Stage, host_on
from tests.swarm.cluster import Cluster, Machine, wait_until

pytestmark = [pytest.mark.slow, pytest.mark.whole, pytest.mark.timeout(900)]

SLEEP = ("-c", "import time;time.sleep(600)")


def _led(cluster: Cluster) -> Machine:
    """A machine that does not lead: only its own neurons feel its end."""
    leader = cluster.leader()
    return next(machine for machine in reversed(cluster.machines) if machine is not leader)


def _doubles(stage: Stage) -> dict[str, tuple[str, ...]]:
    """What runs, or may run, on several nodes at once, with these nodes."""
    return {one.name: one.nodes for one in stage.host.placed() if len(one.nodes) > 1}


def _launch_everywhere(stage: Stage, victim: Machine, other: Machine) -> list[str]:
    """A pinned neuron on each of the two, and free ones, of which those on the victim are returned."""
    stage.launch("pinned", PYTHON, *SLEEP, node=victim.name, restart="on-failure")
    stage.launch("other", PYTHON, *SLEEP, node=other.name)
    free = [f"free_{number}" for number in range(5)]
    stage.host.launch([stage.spec(name, PYTHON, *SLEEP, failover="auto", restart="on-failure") for name in free])
    for name in free:
        stage.begins(name)
    there = [name for name in free if stage.facts(name).node == victim.name]
    assert there, "the engine spreads them"
    return there


def test_a_machine_dies_what_is_pinned_is_unknown_what_is_free_goes_elsewhere(stage: Stage, cluster: Cluster) -> None:
    victim = _led(cluster)
    other = next(machine for machine in cluster.machines if machine is not victim)
    free = _launch_everywhere(stage, victim, other)
    before = stage.facts("other")
    cluster.kill(victim)
    try:
        wait_until(lambda: bool(stage.facts("pinned").unknown), "the pinned one is unknown")
        facts = stage.facts("pinned")
        assert facts.unknown == f"node {victim.name} is down; it may still run there"
        assert (facts.pid, facts.is_dead, facts.node) == (None, False, victim.name)
        assert stage.facts("other") == before
        for name in free:
            wait_until(lambda name=name: stage.facts(name).node != victim.name, f"{name} runs elsewhere")  # type: ignore[misc]
            stage.begins(name)
        with pytest.raises(SessionError, match="may still run there"):
            stage.host.launch([stage.spec("pinned", PYTHON, *SLEEP, "changed", node=victim.name)])
    finally:
        cluster.start(victim)
    wait_until(lambda: stage.facts("pinned").pid is not None, "the engine starts the pinned one again")
    assert stage.facts("pinned").unknown == ""
    wait_until(lambda: _doubles(stage) == {}, "each runs once")


def test_what_was_pinned_to_a_dead_machine_is_moved_when_the_operator_says_so(stage: Stage, cluster: Cluster) -> None:
    """As `netctl fleet move` does it: stopped, forgotten since its node does not answer, and launched on another."""
    victim = _led(cluster)
    other = next(machine for machine in cluster.machines if machine is not victim)
    stage.launch("pinned", PYTHON, *SLEEP, node=victim.name)
    with pytest.raises(SessionError, match="not in the swarm"):
        stage.host.launch([stage.spec("astray", PYTHON, *SLEEP, node="nd9")])
    assert set(stage.host.sessions()) == {"pinned"}
    cluster.kill(victim)
    try:
        wait_until(lambda: bool(stage.facts("pinned").unknown), "the pinned one is unknown")
        assert stage.host.stop(["pinned"], grace_s=2) == ("pinned",)
        stage.host.abandon("pinned")
        stage.launch("pinned", PYTHON, *SLEEP, node=other.name)
        assert stage.facts("pinned").node == other.name
        assert stage.facts("pinned").unknown == ""
    finally:
        cluster.start(victim)
    cluster.wait_for(victim, "ready")
    with victim.asked() as client:
        assert client.containers() == [], "the old one does not come back"
    assert stage.facts("pinned").node == other.name


def test_a_machine_is_cut_off_and_what_runs_twice_is_named_until_it_is_healed(stage: Stage, cluster: Cluster) -> None:
    victim = _led(cluster)
    other = next(machine for machine in cluster.machines if machine is not victim)
    free = _launch_everywhere(stage, victim, other)
    assert _doubles(stage) == {}
    cluster.cut(victim)
    try:
        for name in free:
            wait_until(
                lambda name=name: stage.facts(name).node != victim.name and stage.facts(name).pid is not None,  # type: ignore[misc]
                f"{name} runs elsewhere too",
            )
        doubles = _doubles(stage)
        assert set(doubles) == set(free)
        assert all(victim.name in nodes and len(nodes) == 2 for nodes in doubles.values())
        assert stage.facts("pinned").unknown
        assert len(victim.pids()) > 3, "what was cut off runs on"
    finally:
        cluster.heal(victim)
    wait_until(lambda: _doubles(stage) == {}, "each runs once again")
    wait_until(lambda: stage.facts("pinned").pid is not None, "the pinned one is known again")


def test_what_may_run_on_a_machine_that_is_cut_off_is_not_forgotten_by_down(stage: Stage, cluster: Cluster) -> None:
    victim = _led(cluster)
    other = next(machine for machine in cluster.machines if machine is not victim)
    stage.launch("pinned", PYTHON, *SLEEP, node=victim.name)
    stage.launch("other", PYTHON, *SLEEP, node=other.name)
    cluster.cut(victim)
    try:
        wait_until(lambda: bool(stage.facts("pinned").unknown), "the pinned one is unknown")
        for _ in range(2):
            assert stage.host.shut_down(grace_s=2) == ("pinned",)
            assert set(stage.host.sessions()) == {"pinned"}
        with pytest.raises(SessionError, match="may still run there"):
            stage.host.launch([stage.spec("pinned", PYTHON, *SLEEP, "changed", node=other.name)])
        stage.host.abandon("pinned")
        stage.launch("pinned", PYTHON, *SLEEP, node=other.name)
    finally:
        cluster.heal(victim)
    wait_until(lambda: stage.host.shut_down(grace_s=2) == (), "nothing is left")


def test_the_leader_dies_and_thirty_seconds_later_a_launch_works(stage: Stage, cluster: Cluster) -> None:
    leader = cluster.leader()
    other = next(machine for machine in cluster.machines if machine is not leader)
    stage.launch("before", PYTHON, *SLEEP, node=other.name)
    spec = stage.spec("after", PYTHON, *SLEEP, node=other.name)
    cluster.kill(leader)
    killed = time.monotonic()
    try:
        stage.host.launch([spec])
        assert time.monotonic() - killed < 30
        stage.begins("after")
        assert stage.facts("before").pid is not None
    finally:
        cluster.start(leader)


def test_the_engine_restarts_what_dies_and_says_how_it_ended(stage: Stage) -> None:
    once = "import pathlib,os,time;p=pathlib.Path('n');p.write_text(p.read_text()+'x' if p.exists() else 'x')\n"
    once += "if len(p.read_text()) < 3: os._exit(7)\ntime.sleep(600)"
    stage.launch("miner_1", PYTHON, "-c", once, restart="on-failure")
    wait_until(lambda: stage.facts("miner_1").restarts == 2 and stage.facts("miner_1").pid is not None, "two restarts")
    past = stage.host.past()
    assert [(run.name, run.exit_code, run.node, run.restarts) for run in past] == [
        ("miner_1", 7, "nd2", 0),
        ("miner_1", 7, "nd2", 1),
    ]


def test_a_run_that_is_ended_for_a_fault_is_started_anew_by_the_engine(stage: Stage) -> None:
    stage.launch("miner_1", PYTHON, *SLEEP, restart="on-failure")
    run = stage.facts("miner_1")
    assert stage.host.stop_run(run, grace_s=2, leave={"fault": "a probe"}) == ()
    wait_until(lambda: stage.facts("miner_1").pid not in (None, run.pid), "it runs again")
    assert stage.facts("miner_1").restarts == 1
    assert stage.facts("miner_1").labels["fault"] == "a probe"


def test_what_the_engine_cannot_place_or_start_waits_with_its_words(stage: Stage, cluster: Cluster) -> None:
    spec = stage.spec("large", PYTHON, *SLEEP)
    assert spec.placement is not None
    large = replace(spec, placement=replace(spec.placement, resources=Resources(cpus=500)))
    spec = stage.spec("unprovisioned", PYTHON, *SLEEP, restart="on-failure")
    assert spec.placement is not None
    mounts = (*spec.placement.mounts, "/opt/is/not/there")
    stage.host.launch([large, replace(spec, placement=replace(spec.placement, mounts=mounts))])
    wait_until(lambda: "insufficient resources" in stage.facts("large").waits, "it waits for cpus")
    wait_until(lambda: "does not exist" in stage.facts("unprovisioned").waits, "it waits for a directory")
    assert not stage.facts("large").is_dead


def test_a_fleet_of_another_operator_is_seen_and_not_touched(stage: Stage, cluster: Cluster, tmp_path: Path) -> None:
    stage.launch("miner_1", PYTHON, *SLEEP, ports=(8091, 9091))
    other = Stage(host_on(cluster, tmp_path / "other"), cluster)
    try:
        assert other.host.sessions() == {}
        (seen,) = other.host.placed()
        assert (seen.fleet, seen.name, seen.is_ours, seen.nodes) == ("trial", "miner_1", False, ("nd2",))
        assert seen.ports == (8091, 9091)
        assert seen.hotkey.startswith("5H")
        other.launch("miner_1", PYTHON, *SLEEP)
        assert other.host.shut_down(grace_s=2) == ()
        assert stage.facts("miner_1").pid is not None
        assert stage.host.stop(["miner_1"], grace_s=2, leave={STOPPED: "x"}) == ()
    finally:
        other.host.close()


def test_a_fleet_is_started_on_one_swarm_at_a_time(stage: Stage) -> None:
    elsewhere = spread.Note("another swarm's id", "ssh://ops@far")
    spec = stage.spec("miner_1", PYTHON, *SLEEP)
    spec = replace(spec, labels=(*spec.labels, ("hotkey", "5Hot")))
    spread.write(stage.host.state, elsewhere)
    with pytest.raises(SessionError, match="were started on the swarm of ssh://ops@far"):
        stage.host.launch([spec])
    with pytest.raises(SessionError, match="were started on the swarm of ssh://ops@far"):
        stage.host.shut_down(grace_s=2)
    assert stage.host.sessions() == {}
    spread.remove(stage.host.state)
    stage.host.launch([spec])
    note = spread.read(stage.host.state)
    assert note is not None
    assert note.manager == stage.host.swarm.manager
    assert note.hotkeys == {"miner_1": "5Hot"}
    assert [(one.fleet, one.name, one.hotkey) for one in spread.of_others(stage.host.state.with_name("other"))] == [
        (stage.host.state.name, "miner_1", "5Hot")
    ]
    assert stage.host.stop(["miner_1"], grace_s=2, leave={STOPPED: "x"}) == ()
    assert spread.of_others(stage.host.state.with_name("other")) == ()
    assert stage.host.shut_down(grace_s=2) == ()
    assert spread.read(stage.host.state) is None


def test_a_machine_that_the_profile_does_not_list_gets_no_neuron(stage: Stage, cluster: Cluster) -> None:
    """The engine chooses among the nodes of the placement alone, however idle others are."""
    spec = stage.spec("miner_1", PYTHON, *SLEEP, failover="auto")
    placement = spec.placement
    assert placement is not None
    listed = replace(placement, addresses=tuple(pair for pair in placement.addresses if pair[0] == "nd2"))
    stage.host.launch([replace(spec, placement=listed)])
    wait_until(lambda: stage.facts("miner_1").node == "nd2", "it runs on the only node that is listed")
    with cluster.manager.asked() as client:
        labels = {node["Description"]["Hostname"]: node["Spec"].get("Labels") or {} for node in client.nodes()}
    assert [name for name, own in labels.items() if names.may_run(["nd2"]) in own] == ["nd2"]
