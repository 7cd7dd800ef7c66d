"""Rule 3: every wait has a deadline and says what for. Validators wait for chain and miners, on a real tmux."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from netctl import readiness
from netctl.adapters.clock import SystemClock
from netctl.adapters.tmux import TmuxHost
from netctl.errors import ChainUnreachable
from netctl.fleet import Fleet, NeuronsCode
from netctl.layout import files_of
from netctl.phases import files, sessions
from netctl.ports import FAULT, BlockRef, KeyFacts, Metagraph, World
from netctl.probes.model import Watched
from netctl.probes.whole import probe_of
from netctl.readiness import await_readiness, wait_until_ready
from netctl.render import session as session_file
from netctl.supervisor.restarts import SESSION as SUPERVISOR
from tests.files.conftest import a_fleet, a_neuron
from tests.ports import free_ports
from tests.probes.conftest import a_probe
from tests.sessions.conftest import Stage

PACK = """\
pack: slow
title: Miners that take their time, and a validator that looks whether they are there
roles:
  miner:
    program: ["{{ code.python }}", -c, "{{ fleet.title }}"]
    ready: {log: "at work"}
    ready_within: 20s
    stop: {grace: 1}
  validator:
    program: [/bin/sh, -c, "cat ../../logs/miner_*.log; exec sleep 60"]
    stop: {grace: 1}
"""
SLOW = "import time; time.sleep(1); print('at work', flush=True); time.sleep(60)"


@dataclass
class Told:
    lines: list[str] = field(default_factory=list)

    def progress(self, neuron: str | None, phase: str, text: str) -> None:
        self.lines.append(f"{neuron}: {text}")

    def note(self, text: str) -> None:
        self.lines.append(text)


@dataclass
class Chain:
    """Answers from the n-th question on."""

    deaf: int = 0
    endpoint: str = "ws://chain"
    asked: int = 0

    async def head(self) -> BlockRef:
        self.asked += 1
        if self.asked <= self.deaf:
            raise ChainUnreachable("connection refused")
        return BlockRef(100, "0x")

    async def block_time_s(self) -> float:
        return 0.1

    async def metagraph(self, netuid: int) -> Metagraph:
        return Metagraph(netuid, 100, ())

    async def subnet(self, netuid: int) -> None:
        return None


def a_world(host: TmuxHost, chain: Chain | None = None) -> World:
    keys: Any = SimpleNamespace(facts=lambda *_: KeyFacts("5Cold", "5Hot", True, False))
    parts: dict[str, Any] = {"chain": chain or Chain(), "keys": keys, "host": host, "journal": None, "talk": Told()}
    return World(clock=SystemClock(), environ={}, **parts)


def said(world: World) -> list[str]:
    talk: Any = world.talk
    return list(talk.lines)


def awaited(stage: Stage, name: str, within_s: float, **changes: Any) -> Watched:
    """A neuron of the stage that is ready once its log says so."""
    state = stage.host.state
    watched = Watched(
        name=name,
        role="miner",
        stdout=str(state / "logs" / f"{name}.log"),
        stderr=str(state / "logs" / f"{name}.err.log"),
        cwd=str(state / "work" / name),
        environ=(),
        hotkey=None,
        axon_ip="127.0.0.1",
        axon_port=8091,
        any_ip=False,
        ready_within_s=within_s,
        probes=(a_probe("line", match="at work", use="readiness"),),
    )
    return replace(watched, **changes)


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    host = TmuxHost(tmp_path / "state", "trial")
    yield Stage(host)
    assert host.shut_down(grace_s=3) == ()


async def test_rule_3_the_gate_opens_when_the_last_one_is_ready_and_says_what_it_waits_for(stage: Stage) -> None:
    stage.launch("miner_1", sys.executable, "-c", SLOW)
    world = a_world(stage.host)
    assert await await_readiness(428, [awaited(stage, "miner_1", 30.0)], world) == {}
    assert "at work" in stage.log("miner_1")
    assert said(world) == ["miner_1: waits for the line 'at work' in its log"]


async def test_rule_3_one_that_is_late_is_named_and_holds_nobody_up(stage: Stage) -> None:
    stage.launch("miner_1", "/bin/sleep", "60")
    stage.launch("miner_2", "/bin/sh", "-c", "echo at work; sleep 60")
    world = a_world(stage.host)
    watched = [awaited(stage, "miner_1", 1.0), awaited(stage, "miner_2", 600.0)]
    late = await asyncio.wait_for(await_readiness(428, watched, world), 60)
    assert late == {"miner_1": "the line 'at work' in its log"}
    assert said(world)[-1] == "miner_1: not ready within 1 s: the line 'at work' in its log"


async def test_one_without_a_process_is_not_waited_for(stage: Stage) -> None:
    stage.launch("miner_1", "/bin/sh", "-c", "exit 3")
    stage.ended("miner_1")
    watched = [awaited(stage, "miner_1", 600.0), awaited(stage, "miner_2", 600.0)]
    assert await asyncio.wait_for(await_readiness(428, watched, a_world(stage.host)), 20) == {}


async def test_one_that_has_hardly_begun_is_waited_for(stage: Stage) -> None:
    """tmux shows a session before the program in it is there."""
    world = a_world(stage.host)
    stage.launch("miner_1", "/bin/sleep", "60")
    real = stage.host.sessions()["miner_1"]
    looks = iter([replace(real, pid=None, started_at=None)] * 3)
    host: Any = SimpleNamespace(sessions=lambda: {"miner_1": next(looks, replace(real, pid=None, exit_code=1))})
    assert await await_readiness(428, [awaited(stage, "miner_1", 60.0)], replace(world, host=host)) == {}
    assert next(looks, None) is None
    assert said(world) == ["miner_1: waits for its process"]


async def test_one_that_ends_while_it_is_waited_for_is_let_go(stage: Stage) -> None:
    stage.launch("miner_1", "/bin/sh", "-c", "sleep 1; exit 3")
    assert (
        await asyncio.wait_for(await_readiness(428, [awaited(stage, "miner_1", 600.0)], a_world(stage.host)), 20) == {}
    )


async def test_rule_3_a_chain_that_does_not_answer_is_waited_for_until_a_deadline(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(readiness, "CHAIN_PAUSE_S", 0.01)
    world = a_world(stage.host, Chain(deaf=3))
    assert await await_readiness(428, [], world) == {}
    assert set(said(world)) == {"None: waits for the chain at ws://chain"}
    monkeypatch.setattr(readiness, "CHAIN_WITHIN_S", 0.1)
    with pytest.raises(
        ChainUnreachable, match=r"ws://chain does not answer within 0\.1 s: connection refused"
    ) as caught:
        await await_readiness(428, [], a_world(stage.host, Chain(deaf=1_000_000)))
    assert caught.value.hint == "netctl doctor looks at the chain"


def a_slow_fleet(tmp_path: Path, program: str, **changes: Any) -> Fleet:
    pack = tmp_path / "slow"
    pack.mkdir()
    (pack / "pack.yaml").write_text(PACK)
    (tmp_path / "p.yaml").write_text("miners: [{name: miner_1}, {name: miner_2}]\n")
    ports = free_ports(3)
    neurons = [
        replace(a_neuron(name), strategy=None, env=(), hotkey=name, axon_port=port, **changes)
        for name, port in zip(("miner_1", "miner_2", "validator_1"), ports, strict=True)
    ]
    code = NeuronsCode(None, Path(sys.executable), "./slow")
    return a_fleet(tmp_path / "state", *neurons, title=program, code=code, profile_path=tmp_path / "p.yaml")


async def brought_up(fleet: Fleet, world: World) -> None:
    for phase in (files, sessions):
        found: Any = phase
        for step in found.diff(fleet, await found.observe(fleet, world)).steps:
            await step.apply(world)


async def test_validators_start_when_the_miners_are_ready(tmp_path: Path, stage: Stage) -> None:
    fleet = a_slow_fleet(tmp_path, SLOW)
    world = a_world(stage.host)
    await brought_up(fleet, world)
    stage.says("validator_1", "at work\nat work\n")
    starts = [line for line in said(world) if line.endswith("started")]
    assert starts == ["miner_1: started", "miner_2: started", "validator_1: started"]
    assert "miner_2: waits for the line 'at work' in its log" in said(world)


async def test_rule_3_who_is_late_fails_with_what_it_waits_for(tmp_path: Path, stage: Stage) -> None:
    fleet = a_slow_fleet(tmp_path, "import time; time.sleep(60)", ready_within_s=1.0)
    world = a_world(stage.host)
    await brought_up(fleet, world)
    names = [neuron.name for neuron in fleet.neurons]
    within_s = dict.fromkeys(names, 1.0)
    late = await wait_until_ready(fleet, world, names, probe=probe_of(world), within_s=within_s)
    why = "not ready within 1 s: waits for the line 'at work' in its log"
    assert late == {"miner_1": why, "miner_2": why}
    assert "validator_1: ready" in said(world)


SOON = "import time; print('at work', flush=True); time.sleep(60)"


async def test_one_that_the_supervisor_ends_so_that_it_starts_anew_is_waited_for(tmp_path: Path, stage: Stage) -> None:
    fleet, world = await a_fleet_whose_first_miner_was_unwell(tmp_path, stage)
    stage.launch(SUPERVISOR, "/bin/sleep", "60")
    looked = asyncio.Event()
    clock = SystemClock()

    async def sleep(seconds: float) -> None:
        looked.set()
        await clock.sleep(seconds)

    pausing: Any = SimpleNamespace(now=clock.now, sleep=sleep)
    waiting = asyncio.create_task(ready(fleet, replace(world, clock=pausing)))
    await asyncio.wait_for(looked.wait(), 30)
    assert stage.host.revive([session_file.read(files_of(fleet, "miner_1") / session_file.FILE)]) == ["miner_1"]
    assert await asyncio.wait_for(waiting, 60) == {}
    assert "miner_1: ready" in said(world)


@pytest.mark.parametrize("lives", ["no supervisor", "a dead supervisor", "one that gave it up", "one that is late"])
async def test_who_will_not_come_again_has_died(lives: str, tmp_path: Path, stage: Stage) -> None:
    fleet, world = await a_fleet_whose_first_miner_was_unwell(tmp_path, stage)
    if lives != "no supervisor":
        stage.launch(SUPERVISOR, "/bin/sh", "-c", "exit 1" if lives == "a dead supervisor" else "exec sleep 60")
    if lives == "a dead supervisor":
        stage.ended(SUPERVISOR)
    elif lives == "one that gave it up":
        policy = replace(fleet.neurons[0].restart, tries=0)
        fleet = replace(fleet, neurons=tuple(replace(each, restart=policy) for each in fleet.neurons))
    late_s = 3600 if lives == "one that is late" else 0
    clock: Any = SimpleNamespace(now=lambda: time.time() + late_s, sleep=lambda _: pytest.fail("waits"))
    late = await asyncio.wait_for(ready(fleet, replace(world, clock=clock)), 60)
    assert late == {"miner_1": "its process was ended by signal 15: at work"}


async def a_fleet_whose_first_miner_was_unwell(tmp_path: Path, stage: Stage) -> tuple[Fleet, World]:
    """It runs no more, for the supervisor has ended it."""
    fleet = a_slow_fleet(tmp_path, SOON)
    world = a_world(stage.host)
    await brought_up(fleet, world)
    run = stage.host.sessions()["miner_1"]
    assert await asyncio.to_thread(stage.host.stop_run, run, grace_s=5, leave={FAULT: "it hangs"}) == ()
    stage.ended("miner_1")
    return fleet, world


async def ready(fleet: Fleet, world: World) -> Any:
    return await wait_until_ready(fleet, world, ["miner_1"], probe=probe_of(world), within_s={"miner_1": 20.0})


@pytest.mark.parametrize(
    ("loses", "said"),
    [
        ("server", "its session chain is gone, and so is the tmux server of the fleet"),
        ("session", "its session chain is gone"),
        ("process", "its process has ended"),
    ],
)
async def test_rule_3_a_rehearsal_s_own_chain_that_is_gone_is_not_waited_for(
    loses: str, said: str, stage: Stage
) -> None:
    sleep = ("/bin/sleep", "60")
    stage.host.launch([stage.spec("chain", *sleep), stage.spec("miner_1", *sleep)])
    world = a_world(stage.host, Chain(deaf=3))
    assert await await_readiness(428, [], world, own_chain=True) == {}
    if loses == "server":
        stage.host.server.ask("kill-server")
    elif loses == "session":
        stage.host.server.ask("kill-session", "-t", "=chain")
    else:
        os.kill(stage.pid("chain"), signal.SIGKILL)
        stage.ended("chain")
    asked = Chain(deaf=1_000_000)
    with pytest.raises(ChainUnreachable, match=f"does not run any more: {said}$") as caught:
        await await_readiness(428, [], a_world(stage.host, asked), own_chain=True)
    assert asked.asked == 1
    assert caught.value.hint == "netctl fleet up starts it again, and goes on"
