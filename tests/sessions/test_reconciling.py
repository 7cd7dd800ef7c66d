"""The phases files and sessions on a real disk and a real tmux: what they plan and do, and that they come to rest."""

from __future__ import annotations

import asyncio
import os
import socket
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from netctl.adapters.tmux import TmuxHost
from netctl.errors import SessionError
from netctl.fleet import Fleet, NeuronsCode
from netctl.phases import files, sessions
from netctl.ports import BlockRef, KeyFacts, Metagraph, MetagraphRow, World
from netctl.step import Diff
from tests.files.conftest import a_fleet, a_neuron
from tests.ports import free_ports
from tests.sessions.conftest import wait_until

PACK = """\
pack: idle
title: Programs that do nothing
roles:
  miner: &role
    program: ["{{ code.python }}", -c, "import time; time.sleep(120)"]
    options:
      --wallet.path: "{{ fleet.wallet_path }}"
      --wallet.name: "{{ neuron.wallet }}"
      --wallet.hotkey: "{{ neuron.hotkey }}"
    files: [{path: conf.txt, template: conf.txt.j2}]
    directories: [data]
    seeds: [{root: pack, path: seed.txt, source: seed.txt}]
    after_permits: true
    stop: {grace: 2}
  validator: *role
"""


class Told:
    def __init__(self) -> None:
        self.lines: list[str] = []

    def progress(self, neuron: str | None, phase: str, text: str) -> None:
        self.lines.append(f"{neuron}: {text}")

    def note(self, text: str) -> None:
        self.lines.append(text)


class Permitting:
    """A chain on which time passes when one looks: the validator has its permit from a certain block on."""

    endpoint = "ws://127.0.0.1:1"

    def __init__(self, permit_block: int | None, tempo: int = 3, stake_rao: int = 5) -> None:
        self.block, self.permit_block, self.tempo, self.stake_rao = 100, permit_block, tempo, stake_rao

    async def head(self) -> BlockRef:
        return BlockRef(self.block, "0x")

    async def block_time_s(self) -> float:
        return 0.0

    async def subnet(self, netuid: int) -> Any:
        return self

    async def metagraph(self, netuid: int) -> Metagraph:
        self.block += 1
        has = self.permit_block is not None and self.block >= self.permit_block
        row = MetagraphRow(0, "5Hot", "5Cold", 0, has, True, None, 0, 0.0, 0.0, 0, 0.0, self.stake_rao)
        return Metagraph(netuid, self.block, (row,))

    async def next_epoch(self, netuid: int) -> int:
        return self.block + self.tempo - self.block % self.tempo


class Keys:
    def __init__(self, address: str = "5Hot") -> None:
        self.address = address

    def facts(self, wallet: str, hotkey: str) -> KeyFacts:
        return KeyFacts("5Cold", self.address, True, False)


class Now:
    def __init__(self, at: float = 0.0) -> None:
        self.at = at

    def now(self) -> float:
        return self.at

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(0)


@dataclass
class Trial:
    fleet: Fleet
    world: World

    async def diff(self, phase: Any, fleet: Fleet | None = None) -> Diff:
        fleet = fleet or self.fleet
        found: Diff = phase.diff(fleet, await phase.observe(fleet, self.world))
        return found

    async def settle(self, fleet: Fleet | None = None) -> list[str]:
        """Apply both phases and return what was done."""
        done = []
        for phase in (files, sessions):
            for step in (await self.diff(phase, fleet)).steps:
                await step.apply(self.world)
                done.append(step.summary())
        return done

    @property
    def pids(self) -> Mapping[str, int | None]:
        return {name: found.pid for name, found in self.world.host.sessions().items()}


def trial_world(host: TmuxHost, chain: Any) -> World:
    anything: Any = None
    return World(chain, Keys(), host, Now(), anything, Told(), {"KEY": "k3y-s3cret"})  # type: ignore[arg-type]


@pytest.fixture
def trial(tmp_path: Path) -> Iterator[Trial]:
    pack = tmp_path / "idle"
    pack.mkdir()
    (pack / "pack.yaml").write_text(PACK)
    (pack / "conf.txt.j2").write_text("{{ neuron.name }}")
    (pack / "seed.txt").write_text("grow")
    ports = free_ports(3)
    fleet = a_fleet(
        tmp_path / "state",
        *(a_neuron(f"miner_{i}", hotkey=f"h{i}", axon_port=ports[i], env=(("KEY", "$KEY"),)) for i in (1, 2)),
        a_neuron("validator_1", hotkey="h9", axon_port=ports[0], env=()),
        code=NeuronsCode(None, Path(sys.executable), str(pack)),
    )
    host = TmuxHost(fleet.state, fleet.name)
    yield Trial(fleet, trial_world(host, Permitting(None)))
    assert host.shut_down(grace_s=3) == ()


async def test_a_plan_before_anything_exists_changes_nothing(trial: Trial) -> None:
    planned = [step.summary() for phase in (files, sessions) for step in (await trial.diff(phase)).steps]
    assert "write env/miner_1.env" in planned
    assert planned[-2:] == ["launch miner_1, miner_2", "launch validator_1"]
    assert not trial.fleet.state.exists()


async def test_the_second_time_there_is_nothing_to_do(trial: Trial) -> None:
    await trial.settle()
    assert await trial.settle() == []
    wait_until(lambda: None not in trial.pids.values(), "all run")
    assert set(trial.pids) == {"miner_1", "miner_2", "validator_1"}
    modes = {path: path.stat().st_mode & 0o777 for path in trial.fleet.state.rglob("*") if "work" not in path.parts}
    assert {mode for path, mode in modes.items() if path.is_file() and path.suffix != ".log"} == {0o600}
    assert {mode for path, mode in modes.items() if path.is_dir()} == {0o700}


async def test_a_changed_neuron_is_restarted_and_no_other(trial: Trial) -> None:
    await trial.settle()
    wait_until(lambda: None not in trial.pids.values(), "all run")
    before = dict(trial.pids)
    changed = replace(trial.fleet.neurons[1], env=(("KEY", "$KEY"), ("NEW", "1")))
    fleet = replace(trial.fleet, neurons=(trial.fleet.neurons[0], changed, trial.fleet.neurons[2]))
    done = await trial.settle(fleet)
    assert done == [
        "rewrite env/miner_2.env",
        "rewrite files/miner_2/launch.sh",
        "rewrite files/miner_2/session.json",
        "restart miner_2",
    ]
    wait_until(lambda: None not in trial.pids.values(), "all run")
    assert {name for name, pid in trial.pids.items() if before[name] != pid} == {"miner_2"}


async def test_a_neuron_that_left_the_profile_leaves_tmux_and_its_secrets_leave_the_disk(trial: Trial) -> None:
    await trial.settle()
    kept = replace(trial.fleet, neurons=trial.fleet.neurons[1:])
    done = await trial.settle(kept)
    assert "stop miner_1, which is not in the profile" in done
    assert not (trial.fleet.state / "files" / "miner_1").exists()
    assert (trial.fleet.state / "work" / "miner_1" / "seed.txt").read_text() == "grow"
    assert set(trial.pids) == {"miner_2", "validator_1"}


async def test_a_seed_is_the_neurons_own_once_it_is_there(trial: Trial) -> None:
    await trial.settle()
    seed = trial.fleet.state / "work" / "miner_1" / "seed.txt"
    seed.write_text("grown")
    assert await trial.settle() == []
    assert seed.read_text() == "grown"


async def test_a_dead_neuron_is_launched_again(trial: Trial) -> None:
    await trial.settle()
    wait_until(lambda: None not in trial.pids.values(), "all run")
    os.kill(trial.pids["miner_1"] or 0, 9)
    wait_until(lambda: trial.world.host.sessions()["miner_1"].exit_signal == 9, "it is dead")
    assert await trial.settle() == ["launch miner_1"]


async def test_a_port_in_other_hands_blocks_its_neuron_and_names_the_pid(trial: Trial) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        neurons = (replace(trial.fleet.neurons[0], axon_port=port), *trial.fleet.neurons[1:])
        found = await trial.diff(sessions, replace(trial.fleet, neurons=neurons))
    assert [why.neuron for why in found.blocked] == ["miner_1"]
    assert f"port {port} is taken by pid {os.getpid()}" in found.blocked[0].why
    assert found.steps[0].summary() == "launch miner_2"


async def test_a_hotkey_in_other_hands_blocks_its_neuron_and_names_the_pid(trial: Trial) -> None:
    words = ["--wallet.name", "testnet_miner_2", "--wallet.hotkey=h1", "--wallet.path", str(trial.fleet.wallet_path)]
    other = await asyncio.create_subprocess_exec(sys.executable, "-c", "import time; time.sleep(60)", *words)
    try:
        found = await trial.diff(sessions)
    finally:
        other.kill()
        await other.wait()
    assert [why.neuron for why in found.blocked] == ["miner_1"]
    assert f"in use by pid {other.pid}" in found.blocked[0].why


async def test_a_neuron_whose_log_was_deleted_is_restarted_and_writes_one(trial: Trial) -> None:
    await trial.settle()
    wait_until(lambda: None not in trial.pids.values(), "all run")
    log = trial.fleet.state / "logs" / "miner_2.log"
    wait_until(log.exists, "the log is there")
    log.unlink()
    assert await trial.settle() == []
    later = Trial(trial.fleet, replace(trial.world, clock=Now(time.time() + 60)))
    assert [step.split(":")[0] for step in await later.settle()] == ["restart miner_2"]
    wait_until(log.exists, "the log is there again")
    assert await later.settle() == []


async def test_another_key_of_the_same_name_restarts_its_neuron(trial: Trial) -> None:
    """A rehearsal's keys are made anew when its state was deleted under it; what runs still has the old ones."""
    await trial.settle()
    wait_until(lambda: None not in trial.pids.values(), "all run")
    other = Trial(trial.fleet, replace(trial.world, keys=Keys("5Other")))  # type: ignore[arg-type]
    assert await other.settle() == ["restart miner_1", "restart miner_2", "restart validator_1"]
    assert await other.settle() == []


def with_hotkeys(fleet: Fleet, *hotkeys: str) -> Fleet:
    return replace(fleet, neurons=tuple(replace(n, hotkey=h) for n, h in zip(fleet.neurons, hotkeys, strict=True)))


@pytest.mark.parametrize("hotkeys", [("h2", "h1", "h9"), ("h9", "h2", "h1"), ("h2", "h9", "h1")])
async def test_neurons_that_change_places_are_ended_before_either_is_started(
    trial: Trial, hotkeys: tuple[str, str, str]
) -> None:
    """A miner more in a profile moves the ports of all that follow: no second `up` is needed for it."""
    await trial.settle()
    wait_until(lambda: None not in trial.pids.values(), "all run")
    before, later = trial.pids, with_hotkeys(trial.fleet, *hotkeys)
    done = await trial.settle(later)
    moved = [n.name for n, old in zip(later.neurons, trial.fleet.neurons, strict=True) if n != old]
    assert [f"stop {name}, {sessions.GIVES_UP}" in done for name in moved] == [True] * len(moved)
    assert await trial.settle(later) == []
    assert {name for name, pid in trial.pids.items() if pid != before[name]} == set(moved)


def staked(trial: Trial, chain: Permitting) -> Trial:
    validator = replace(trial.fleet.neurons[2], stake_rao=5)
    fleet = replace(trial.fleet, neurons=(*trial.fleet.neurons[:2], validator))
    return Trial(fleet, replace(trial.world, chain=chain))  # type: ignore[arg-type]


async def test_miners_wait_for_the_validators_permit(trial: Trial) -> None:
    later = staked(trial, chain := Permitting(permit_block=105))
    await later.settle()
    assert chain.block >= 105
    told = later.world.talk.lines  # type: ignore[attr-defined]
    assert any(
        line.startswith("validator_1: waits for its permit: an epoch gives it, the next one in ") for line in told
    )
    assert set(later.pids) == {"miner_1", "miner_2", "validator_1"}


async def test_a_permit_that_never_comes_is_told_by_name(trial: Trial) -> None:
    with pytest.raises(SessionError, match="validator_1 got no validator permit within 16 blocks"):
        await staked(trial, Permitting(permit_block=None)).settle()


async def test_a_validator_without_stake_is_not_waited_for(trial: Trial) -> None:
    later = staked(trial, Permitting(permit_block=None, stake_rao=0))
    await later.settle()
    assert "not waiting for validator_1's permit: it has no stake" in later.world.talk.lines  # type: ignore[attr-defined]


async def test_a_wave_leaves_out_who_does_not_go_on(trial: Trial) -> None:
    wave = (await trial.diff(sessions)).steps[0]
    assert isinstance(wave, sessions.LaunchSessions)
    assert wave.only({"miner_2"}).summary() == "launch miner_2"
    with pytest.raises(SessionError, match="the files of miner_1, miner_2 are not written"):
        await wave.apply(trial.world)
