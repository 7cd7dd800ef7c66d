"""What a roll that halted leaves: files and orders say of each neuron what it runs with."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any, cast

import pytest

from netctl.fleet import Fleet, LogPolicy, Network, RestartPolicy, Supervision
from netctl.layout import files_of
from netctl.phases import files, sessions, supervision
from netctl.ports import Host, SessionFacts, SessionSpec
from netctl.supervisor import orders
from netctl.supervisor.restarts import SESSION
from tests.sessions import test_rolling
from tests.sessions.conftest import wait_until
from tests.sessions.test_rolling import ALL, PACK, Roll

roll = test_rolling.roll


def with_patience(fleet: Fleet, tries: int) -> Fleet:
    """The fleet with another policy of restarts."""
    return replace(fleet, neurons=tuple(replace(n, restart=RestartPolicy(tries=tries)) for n in fleet.neurons))


@dataclass
class Unstarted:
    """The sessions of this name are taken to run as they were last launched, and are not: a supervisor loads an SDK."""

    name: str
    wanted: Counter[str] = field(default_factory=Counter)
    runs: dict[str, SessionFacts] = field(default_factory=dict)

    def over(self, host: Host) -> object:
        outer = self

        class Between:
            def __getattr__(self, name: str) -> Any:
                return getattr(host, name)

            def sessions(self) -> Mapping[str, SessionFacts]:
                return {**host.sessions(), **outer.runs}

            def stop(self, names: Sequence[str], **how: Any) -> Sequence[str]:
                return () if outer.name in names else host.stop(names, **how)

            def launch(self, specs: Sequence[SessionSpec]) -> None:
                for spec in specs:
                    if spec.name == outer.name:
                        outer.wanted[spec.name] += 1
                        outer.runs[spec.name] = SessionFacts(spec.name, spec.spec_hash, 1, 0.0, None, None, 0, {})
                host.launch([spec for spec in specs if spec.name != outer.name])

        return Between()


async def test_after_a_roll_that_halts_files_and_orders_say_of_each_neuron_what_it_runs_with(roll: Roll) -> None:
    """Also when the halted roll is repeated; and a good one makes them new for all."""
    phases = (files, sessions, supervision)
    unstarted = Unstarted(SESSION)
    roll.world = replace(roll.world, host=cast("Host", unstarted.over(roll.world.host)))
    assert (await roll.up(phases=phases)).ok
    before = {name: roll.on_disk(name) for name in ALL}
    worse = with_patience(roll.with_env(MOOD="bad"), tries=7)
    (roll.pack / "pack.yaml").write_text(PACK.replace("conf.txt,", "other.txt,"))
    for _ in range(2):
        await roll.up(worse, deadline_s=1.0, phases=phases)
        told = orders.read(orders.path_in(roll.fleet.state))
        assert [n.restart.tries for n in told.neurons] == [7, 10, 10, 10, 10]
        assert [dict(n.env).get("MOOD") for n in told.neurons] == ["bad", None, None, None, None]
        assert {name for name in ALL if roll.on_disk(name) != before[name]} == {"miner_1"}
        assert unstarted.wanted == {SESSION: 2}
    better = with_patience(roll.with_env(MOOD="good"), tries=8)
    assert (await roll.up(better, phases=phases)).ok
    assert [n.restart.tries for n in orders.read(orders.path_in(roll.fleet.state)).neurons] == [8] * 5
    assert not any((files_of(roll.fleet, name) / "conf.txt").exists() for name in ALL)


async def test_what_neurons_share_is_as_they_run_with_it_until_none_is_left_behind(roll: Roll) -> None:
    """Chain, subnet, pack and interpreter, by which the supervisor judges all; its own settings are new at once."""
    phases = (files, sessions, supervision)
    roll.world = replace(roll.world, host=cast("Host", Unstarted(SESSION).over(roll.world.host)))
    told = partial(orders.read, orders.path_in(roll.fleet.state))
    assert (await roll.up(phases=phases)).ok
    other = Path(shutil.copytree(roll.pack, roll.pack.parent / "other" / roll.pack.name))
    later = replace(
        roll.fleet,
        network=Network("test", "ws://127.0.0.1:10"),
        netuid=roll.fleet.netuid + 1,
        code=replace(roll.fleet.code, pack=str(other), python=Path("/usr/bin/sh")),
        title="later",
        time_scale=2.0,
        logs=LogPolicy(keep=1),
        supervision=Supervision(starts=1),
    )
    worse = replace(later, neurons=roll.with_env(MOOD="bad").neurons)
    for _ in range(2):
        await roll.up(worse, deadline_s=1.0, phases=phases)
        halted = told()
        assert [dict(n.env).get("MOOD") for n in halted.neurons] == ["bad", None, None, None, None]
        for name in supervision.SHARED:
            assert getattr(halted, name) == getattr(roll.fleet, name), name
        assert (halted.logs, halted.supervision) == (later.logs, later.supervision)
    await roll.up(replace(later, neurons=roll.with_env("validator_1", MOOD="bad").neurons), phases=phases)
    assert replace(told(), neurons=()) == replace(later, neurons=()), "the last one fails, and none is behind"
    shutil.rmtree(other)
    await roll.up(roll.with_env(MOOD="bad"), deadline_s=1.0, phases=phases)
    assert told().code == roll.fleet.code, "a pack that is gone judges nobody"


async def test_what_is_picked_alone_leaves_the_orders_of_the_others(roll: Roll) -> None:
    phases = (files, sessions, supervision)
    roll.world = replace(roll.world, host=cast("Host", Unstarted(SESSION).over(roll.world.host)))
    assert (await roll.up(phases=phases)).ok
    later = with_patience(roll.with_env(WAIT="6"), tries=7)
    await roll.up(later, phases=phases, neurons=("miner_2",))
    assert [n.restart.tries for n in orders.read(orders.path_in(roll.fleet.state)).neurons] == [10, 7, 10, 10, 10]


@pytest.mark.slow
async def test_what_dies_after_a_halted_roll_comes_back_as_it_ran(roll: Roll) -> None:
    """Started again by a real supervisor, by the policy that the operator last got running."""
    assert (await roll.up(phases=(files, sessions, supervision))).ok
    await roll.up(roll.with_env(MOOD="bad"), deadline_s=1.0, phases=(files, sessions, supervision))
    before = roll.forget()
    pid = before["miner_2"]
    assert pid is not None
    os.killpg(pid, signal.SIGKILL)
    await asyncio.to_thread(wait_until, lambda: "up miner_2" in roll.events(), "miner_2 runs again", 30)
    assert roll.pids()["miner_2"] not in (None, pid)
    assert roll.world.host.sessions()[SESSION].pid is not None
