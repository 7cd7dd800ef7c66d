"""What the supervisor does with real sessions: who is started again, how often, and who is left alone."""

from __future__ import annotations

import asyncio
import os
import signal
from dataclasses import replace

from netctl.fleet import RestartPolicy, Supervision
from netctl.ports import STOPPED
from netctl.supervisor import restarts
from tests.sessions.conftest import wait_until
from tests.supervisor.conftest import Ward


def test_what_died_runs_again_and_keeps_its_history_and_its_key(ward: Ward) -> None:
    ward.launch("miner_1", "/bin/sleep", "600")
    os.kill(ward.stage.pid("miner_1"), signal.SIGKILL)
    died = ward.stage.ended("miner_1").ended_at
    ward.clock.ahead = 5
    ward.tick()
    wait_until(lambda: ward.stage.host.sessions()["miner_1"].pid is not None, "miner_1 runs again")
    found = ward.stage.host.sessions()["miner_1"]
    assert found.restarts == 1
    assert restarts.times(found, restarts.DEATHS) == [died]
    assert found.labels["hotkey"] == "5hot_1"
    assert ward.said[-1] == "miner_1 started again"


def test_nothing_is_started_before_its_pause_is_over(ward: Ward) -> None:
    slow = replace(ward.fleet.neurons[0], restart=RestartPolicy(backoff_s=100))
    ward.fleet = replace(ward.fleet, neurons=(slow,))
    ward.launch("miner_1", "/bin/false")
    ward.stage.ended("miner_1")
    ward.clock.ahead = 70
    ward.tick()
    assert ward.stage.host.sessions()["miner_1"].exit_code == 1
    assert ward.said[0].startswith("miner_1 exited with 1; starts again in ")
    ward.clock.ahead = 130
    ward.tick()
    assert ward.stage.ended("miner_1").restarts == 1


def test_what_was_stopped_on_purpose_stays_down_for_every_supervisor(ward: Ward) -> None:
    ward.launch("miner_1", "/bin/sleep", "600")
    ward.stage.host.stop(["miner_1"], grace_s=3, leave={STOPPED: "netctl fleet down"})
    ward.clock.ahead = 3600
    ward.tick()
    found = ward.stage.host.sessions()["miner_1"]
    assert (found.pid, found.restarts) == (None, 0)
    assert "stopped by netctl fleet down" in ward.said[0]


def test_stopped_between_the_look_and_the_start_is_stopped(ward: Ward) -> None:
    spec = ward.launch("miner_1", "/bin/false")
    ward.stage.ended("miner_1")
    ward.stage.host.stop(["miner_1"], grace_s=3, leave={STOPPED: "netctl fleet down"})
    assert ward.stage.host.revive([spec]) == []
    assert ward.stage.host.sessions()["miner_1"].exit_code == 1


def test_a_missing_session_is_not_the_supervisors_to_start(ward: Ward) -> None:
    ward.launch("miner_1", "/bin/sleep", "600")
    ward.stage.host.stop(["miner_1"], grace_s=3)
    ward.clock.ahead = 3600
    ward.tick()
    assert ward.stage.host.sessions() == {}


def test_a_session_that_is_not_the_fleets_is_left_alone(ward: Ward) -> None:
    ward.launch("stranger", "/bin/false")
    ward.stage.ended("stranger")
    ward.clock.ahead = 3600
    ward.tick()
    assert ward.stage.host.sessions()["stranger"].restarts == 0
    assert ward.said == []


def test_it_is_started_as_it_is_rendered_now(ward: Ward) -> None:
    ward.launch("miner_1", "/bin/false")
    ward.stage.ended("miner_1")
    new = ward.stage.spec("miner_1", "/bin/sleep", "600")
    ward.render(new)
    ward.clock.ahead = 5
    ward.tick()
    found = ward.stage.host.sessions()["miner_1"]
    assert found.spec_hash == new.spec_hash
    assert not found.is_dead


def test_without_a_specification_on_disk_it_says_so_and_starts_the_others(ward: Ward) -> None:
    spec = ward.launch("miner_1", "/bin/false")
    ward.launch("miner_2", "/bin/false")
    ward.stage.ended("miner_1")
    ward.stage.ended("miner_2")
    (spec.launcher.parent / "session.json").unlink()
    ward.clock.ahead = 5
    ward.tick()
    assert ward.stage.ended("miner_2").restarts == 1
    assert ward.stage.host.sessions()["miner_1"].restarts == 0
    assert any("miner_1 cannot be started again" in line for line in ward.said)


def test_a_death_is_told_once_by_each_supervisor(ward: Ward) -> None:
    ward.fleet = replace(ward.fleet, neurons=(replace(ward.fleet.neurons[0], restart=RestartPolicy("never")),))
    ward.launch("miner_1", "/bin/false")
    ward.stage.ended("miner_1")
    supervisor = ward.supervisor()
    for _ in range(3):
        ward.tick(supervisor)
    assert ward.said == ["miner_1 exited with 1; it stays down: its restart policy is never"]


def test_the_budget_holds_over_a_change_of_supervisors(ward: Ward) -> None:
    ward.fleet = replace(ward.fleet, supervision=Supervision(starts=2, per_s=60))
    for name in ("miner_1", "miner_2", "miner_3"):
        ward.launch(name, "/bin/false")
        ward.stage.ended(name)
    ward.clock.ahead = 5
    ward.tick()
    successor = ward.supervisor()
    asyncio.run(successor.deaths.adopt())
    ward.tick(successor)
    assert sum(found.restarts for found in ward.stage.host.sessions().values()) == 2
    ward.clock.ahead = 70
    ward.tick(successor)
    assert sum(found.restarts for found in ward.stage.host.sessions().values()) == 4


def test_a_tmux_that_does_not_answer_starts_nothing(ward: Ward) -> None:
    ward.launch("miner_1", "/bin/sleep", "600")
    server = ward.stage.host.server.pid()
    assert server is not None
    os.kill(server, signal.SIGKILL)
    ward.clock.ahead = 3600
    ward.tick()
    assert ward.stage.host.sessions() == {}


def test_an_end_that_was_interrupted_is_finished_by_up_and_not_taken_for_a_death(ward: Ward) -> None:
    ward.launch("miner_1", "/bin/sleep", "600")
    ward.stage.host._marked(["miner_1"], {STOPPED: "netctl fleet down"})
    os.kill(ward.stage.pid("miner_1"), signal.SIGKILL)
    ward.stage.ended("miner_1")
    ward.clock.ahead = 3600
    ward.tick()
    assert ward.stage.host.sessions()["miner_1"].restarts == 0
