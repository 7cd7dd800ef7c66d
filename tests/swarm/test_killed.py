"""A netctl that is killed in the middle of a change: the next one converges, nothing is there twice or left over."""

from __future__ import annotations

import pickle
import random
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from netctl.ports import SessionSpec
from tests.hosts.stage import PYTHON, Stage, swarm_of
from tests.swarm.cluster import Cluster, wait_until

pytestmark = [pytest.mark.slow, pytest.mark.whole, pytest.mark.timeout(900)]

NEURONS = 3
# Dies at the nth question to the engine that changes something, before or after the engine has it.
PROGRAM = """
import os, pickle, signal, sys
from netctl.adapters.swarm.engine import Engine
from netctl.adapters.swarm.host import SwarmHost
from netctl.adapters.tmux import TmuxHost

with open(sys.argv[1], "rb") as file:
    state, swarm, specs, act = pickle.load(file)
left, when = int(sys.argv[2]), sys.argv[3]
change = Engine.change

def counted(self, ask):
    global left
    left -= 1
    if left == 0 and when == "before":
        os.kill(os.getpid(), signal.SIGKILL)
    if left == 0 and when == "midway":
        import threading
        threading.Timer(0.002, lambda: os.kill(os.getpid(), signal.SIGKILL)).start()
    answer = change(self, ask)
    if left == 0 and when == "after":
        os.kill(os.getpid(), signal.SIGKILL)
    return answer

Engine.change = counted
host = SwarmHost("trial", state, swarm, TmuxHost(state, "trial"))
if act == "launch":
    host.launch(specs)
elif act == "stop":
    host.stop([spec.name for spec in specs], grace_s=1, leave={"stopped": "killed"})
else:
    host.shut_down(grace_s=1)
"""


def _killed_at(stage: Stage, cluster: Cluster, specs: Sequence[SessionSpec], act: str, step: int, when: str) -> bool:
    """Whether it died of it, and had not ended before."""
    given = Path(stage.host.state).parent / "given"
    given.write_bytes(pickle.dumps((stage.host.state, swarm_of(cluster), specs, act)))
    words = [sys.executable, "-W", "ignore", "-c", PROGRAM, str(given), str(step), when]
    ended = subprocess.run(words, cwd=Path(__file__).parents[2], capture_output=True, text=True, check=False)
    assert ended.returncode in (0, -9), ended.stderr
    return ended.returncode == -9


def _names(cluster: Cluster) -> tuple[list[str], list[str]]:
    """Of all services and all secrets."""
    with cluster.manager.asked() as client:
        services, secrets = client.services(), client.secrets()
    return sorted(one["Spec"]["Name"] for one in services), sorted(one["Spec"]["Name"] for one in secrets)


@pytest.mark.parametrize("seed", range(3))
def test_killed_at_any_step_the_next_one_converges(stage: Stage, cluster: Cluster, seed: int) -> None:
    chance = random.Random(seed)
    deaths = 0
    for turn in range(4):
        specs = [
            stage.spec(
                f"miner_{number}", PYTHON, "-c", "import time;time.sleep(600)", environ={"KEY": f"{seed} {turn}"}
            )
            for number in range(NEURONS)
        ]
        if turn:
            assert stage.host.stop([spec.name for spec in specs], grace_s=1, leave={"stopped": "to change it"}) == ()
        act = chance.choice(["launch", "launch", "launch", "stop", "down"])
        if act != "launch":
            stage.host.launch(specs)
        step = chance.randint(1, 4 * NEURONS if act == "launch" else 2 * NEURONS)
        deaths += _killed_at(stage, cluster, specs, act, step, chance.choice(["before", "midway", "after"]))

        if chance.random() < 0.3:
            assert stage.host.shut_down(grace_s=1) == ()
            assert _names(cluster) == ([], [])
        stage.host.launch(specs)
        wait_until(lambda: all(facts.pid for facts in stage.host.sessions().values()), "all run")
        assert {name: facts.spec_hash for name, facts in stage.host.sessions().items()} == {
            spec.name: spec.spec_hash for spec in specs
        }
        services, secrets = _names(cluster)
        assert len(services) == NEURONS
        assert len(secrets) == 3 * NEURONS
    assert deaths >= 2
    assert stage.host.shut_down(grace_s=1) == ()
    assert _names(cluster) == ([], [])
