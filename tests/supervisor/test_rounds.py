"""The supervisor's rounds: how often the chain is asked, who is ended for not being well, and what is said of it."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from dataclasses import replace
from threading import Event
from typing import Any, cast

import pytest

from netctl.errors import SessionError
from netctl.fleet import Network, RestartPolicy
from netctl.lock import fleet_lock
from netctl.ports import FAULT, STOPPED, Journal, Keystore, SessionFacts, World
from netctl.probes.model import Failing, Health
from netctl.supervisor import samples
from netctl.supervisor.enders import Enders, Survivors
from netctl.supervisor.loop import Supervisor
from netctl.supervisor.rounds import Rounds
from netctl.supervisor.telling import Telling
from tests.fakes import SilentTalk
from tests.phases.twin import TwinChain
from tests.sessions.conftest import DEADLINE_S, wait_until
from tests.supervisor.conftest import NamedKeys, Ward


class CountedChain(TwinChain):
    """Counts how often its head is asked for."""

    asked = 0

    async def head(self) -> Any:
        self.asked += 1
        return await super().head()


class NoJournal:
    def entries(self) -> tuple[Mapping[str, Any], ...]:
        return ()


SICK = Failing("silent", "no line in its log for 5m", 1.0, "restart")
ODD = Failing("thread", "a traceback in its log", 1.0, "flag")


class Watch:
    """Rounds over a ward, with a probe that says what the test says."""

    def __init__(self, ward: Ward) -> None:
        self.ward = ward
        self.chain = CountedChain()
        self.health: dict[str, Health] = {}
        self.meanwhile: Callable[[], None] = lambda: None
        world = World(
            chain=self.chain,
            keys=cast("Keystore", NamedKeys()),
            host=ward.stage.host,
            clock=ward.clock,
            journal=cast("Journal", NoJournal()),
            talk=SilentTalk(),
            environ={},
        )

        async def probe(_: object, sessions: Mapping[str, SessionFacts], **_more: object) -> Mapping[str, Health]:
            self.meanwhile()
            return {name: self.health.get(name, Health(True)) for name in sessions}

        self.rounds = Rounds(ward.fleet, world, cast("Any", probe), Telling(ward.said.append), 5.0)

    def look(self) -> None:
        asyncio.run(self.rounds.look())


@pytest.fixture
def watch(ward: Ward) -> Watch:
    ward.fleet = replace(ward.fleet, network=Network("test", "wss://somewhere"))
    ward.stage.host.state.mkdir(parents=True, exist_ok=True)
    return Watch(ward)


def test_a_public_chain_is_asked_every_half_minute_however_often_one_looks(watch: Watch) -> None:
    began = watch.ward.clock.now()
    for _ in range(12):
        watch.look()
        watch.ward.clock.ahead += 5
    assert watch.chain.asked <= 1 + (watch.ward.clock.now() - began) // 29.5
    assert watch.chain.asked < 6
    found = samples.last(watch.ward.fleet.state)
    assert found is not None
    assert found.at > found.seen.asked_at


def test_a_local_chain_is_asked_at_every_look(ward: Ward) -> None:
    ward.stage.host.state.mkdir(parents=True, exist_ok=True)
    watch = Watch(ward)
    for _ in range(3):
        watch.look()
        ward.clock.ahead += 5
    assert watch.chain.asked == 3


def test_a_command_that_changes_the_fleet_makes_its_sample_old_and_the_next_look_ask(watch: Watch) -> None:
    fleet, clock = watch.ward.fleet, watch.ward.clock
    watch.look()
    assert samples.fresh(fleet, clock.now()) is not None
    with fleet_lock(fleet.state, command="netctl stake", clock=clock):
        pass
    assert samples.fresh(fleet, clock.now()) is None
    watch.look()
    assert watch.chain.asked == 2
    assert samples.fresh(fleet, clock.now()) is not None


def test_a_sample_that_is_not_renewed_grows_old(watch: Watch) -> None:
    watch.look()
    found = samples.last(watch.ward.fleet.state)
    assert found is not None
    assert samples.fresh(watch.ward.fleet, found.at + 14) == found
    assert samples.fresh(watch.ward.fleet, found.at + 16) is None


def test_a_sample_of_other_neurons_is_none_of_this_fleet(watch: Watch) -> None:
    watch.look()
    fewer = replace(watch.ward.fleet, neurons=watch.ward.fleet.neurons[:2])
    assert samples.fresh(fewer, watch.ward.clock.now()) is None


def test_a_neuron_that_is_not_well_is_ended_and_starts_again_with_the_reason_on_it(watch: Watch) -> None:
    watch.ward.launch("miner_1", "/bin/sleep", "600")
    watch.ward.stage.pid("miner_1")
    watch.health["miner_1"] = Health(True, failing=(ODD, SICK))
    watch.look()
    found = watch.ward.stage.ended("miner_1")
    why = "no line in its log for 5m (probe silent); a traceback in its log (probe thread)"
    assert found.labels[FAULT] == why
    assert f"miner_1 is not well, and is ended: {why}" in watch.ward.said
    watch.ward.clock.ahead += 60
    watch.ward.tick()
    wait_until(lambda: watch.ward.stage.host.sessions()["miner_1"].pid is not None, "miner_1 runs again")
    assert FAULT not in watch.ward.stage.host.sessions()["miner_1"].labels


def test_a_neuron_that_was_restarted_since_is_not_ended_for_the_fault_of_the_run_before(watch: Watch) -> None:
    host = watch.ward.stage.host
    spec = watch.ward.launch("miner_1", "/bin/sleep", "600")
    watch.ward.stage.pid("miner_1")
    watch.health["miner_1"] = Health(True, failing=(SICK,))

    def restarted() -> None:
        host.stop(["miner_1"], grace_s=3, leave={STOPPED: "netctl fleet restart"})
        host.launch([spec])
        watch.ward.stage.begins("miner_1")

    watch.meanwhile = restarted
    watch.look()
    watch.meanwhile = lambda: None
    (ending,) = watch.rounds.enders.ongoing.values()
    assert ending.result(DEADLINE_S) is None
    found = host.sessions()["miner_1"]
    assert (found.is_dead, found.labels.get(FAULT), found.restarts) == (False, None, 1)
    watch.health.clear()
    watch.look()
    assert watch.ward.said[-1] == "miner_1 was no longer the run that was not well, and was left alone"
    assert watch.rounds.enders.ongoing == {}


STUBBORN = "trap 'echo told to end' TERM; echo stubborn; while :; do sleep 0.1; done"


@pytest.mark.slow
def test_a_neuron_that_does_not_end_holds_up_neither_the_ends_of_others_nor_the_next_look(
    watch: Watch, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("netctl.supervisor.rounds.GRACE_S", 600.0)
    stage, ongoing = watch.ward.stage, watch.rounds.enders.ongoing
    watch.ward.launch("miner_1", "/bin/sh", "-c", STUBBORN, grace_s=600)
    stage.says("miner_1", "stubborn")
    watch.ward.launch("miner_2", "/bin/sleep", "600")
    stage.pid("miner_2")
    watch.health |= {name: Health(True, failing=(SICK,)) for name in ("miner_1", "miner_2")}
    watch.look()
    assert ongoing["miner_2"].result(DEADLINE_S) == ()
    watch.look()
    stubborn = stage.pid("miner_1")
    assert list(ongoing) == ["miner_1"]
    assert [line.split()[0] for line in watch.ward.said] == ["miner_1", "miner_2"], "each is ended once"
    os.killpg(stubborn, signal.SIGKILL)
    assert ongoing["miner_1"].result(DEADLINE_S) == ()
    assert FAULT in stage.host.sessions()["miner_1"].labels


def test_who_ended_while_the_fleet_was_looked_at_is_not_ended_by_what_that_look_saw(watch: Watch) -> None:
    watch.ward.launch("miner_1", "/bin/sleep", "600")
    watch.ward.stage.pid("miner_1")
    over: Future[Survivors] = Future()
    over.set_result(())
    watch.rounds.enders.ongoing["miner_1"] = over
    watch.health["miner_1"] = Health(True, failing=(SICK,))
    watch.look()
    assert (watch.rounds.enders.ongoing, watch.ward.said) == ({}, [])


def test_no_more_than_eight_are_ended_at_a_time() -> None:
    enders, door = Enders(8), Event()
    for number in range(8):
        assert enders.has_room()
        enders.begin(f"miner_{number}", lambda: () if door.wait(DEADLINE_S) else None)
    assert not enders.has_room()
    assert len(asyncio.run(enders.settle(0.01))) == 8
    door.set()
    assert asyncio.run(enders.settle(DEADLINE_S)) == []
    assert [(name, over.result()) for name, over in enders.take_done()] == [(f"miner_{n}", ()) for n in range(8)]
    assert enders.has_room()


def test_who_cannot_be_ended_is_told_once_and_why(watch: Watch) -> None:
    def told(answer: Survivors | Exception) -> list[str]:
        over: Future[Survivors] = Future()
        over.set_exception(answer) if isinstance(answer, Exception) else over.set_result(answer)
        watch.rounds.enders.ongoing["miner_1"] = over
        watch.ward.said.clear()
        watch.look()
        return list(watch.ward.said)

    assert told(("miner_1",)) == ["miner_1 cannot be ended"]
    assert told(("miner_1",)) == []
    assert told(SessionError("tmux does not answer")) == ["miner_1 cannot be ended: tmux does not answer"]
    for _ in range(2):
        assert told(()) == []
        assert told(("miner_1",)) == ["miner_1 cannot be ended"]


def test_a_process_that_is_told_to_end_does_not_wait_for_ends_that_go_on() -> None:
    words = """
import asyncio, threading
from netctl.supervisor.enders import Enders
enders = Enders(8)
enders.begin("miner_1", threading.Event().wait)
print(asyncio.run(enders.settle(0.01)))
"""
    done = subprocess.run([sys.executable, "-c", words], capture_output=True, text=True, timeout=DEADLINE_S, check=True)
    assert done.stdout == "['miner_1']\n"


@pytest.mark.slow
def test_a_supervisor_that_ends_leaves_who_it_was_ending_to_the_guardian(
    watch: Watch, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("netctl.supervisor.rounds.CLOSING_S", 0.1)
    stage = watch.ward.stage
    watch.ward.launch("miner_1", "/bin/sh", "-c", STUBBORN, grace_s=8)
    stage.says("miner_1", "stubborn")
    pid = stage.pid("miner_1")
    watch.health["miner_1"] = Health(True, failing=(SICK,))
    supervisor = Supervisor(watch.ward.fleet, watch.rounds.world, watch.rounds.probe, watch.ward.said.append)

    async def until_told() -> None:
        stopping = asyncio.Event()
        running = asyncio.create_task(supervisor.run(stopping))
        await asyncio.to_thread(stage.says, "miner_1", "told to end")
        stopping.set()
        async with asyncio.timeout(DEADLINE_S):
            await running

    asyncio.run(until_told())
    assert watch.ward.said[-1] == "miner_1 has not ended yet; it is not waited for"
    os.kill(pid, 0)
    found = stage.ended("miner_1")
    assert (found.exit_signal, FAULT in found.labels) == (signal.SIGKILL, True)


def test_what_only_flags_is_said_once_and_touches_nothing(watch: Watch) -> None:
    watch.ward.launch("miner_1", "/bin/sleep", "600")
    pid = watch.ward.stage.pid("miner_1")
    watch.health["miner_1"] = Health(True, failing=(ODD,))
    for _ in range(3):
        watch.look()
    assert watch.ward.stage.pid("miner_1") == pid
    assert watch.ward.said == ["miner_1 is not well: a traceback in its log (probe thread)"]


def test_a_neuron_that_is_never_restarted_is_never_ended_either(ward: Ward) -> None:
    ward.fleet = replace(ward.fleet, neurons=(replace(ward.fleet.neurons[0], restart=RestartPolicy("never")),))
    watch = Watch(ward)
    ward.launch("miner_1", "/bin/sleep", "600")
    watch.health["miner_1"] = Health(True, failing=(SICK,))
    watch.look()
    os.kill(ward.stage.pid("miner_1"), 0)
