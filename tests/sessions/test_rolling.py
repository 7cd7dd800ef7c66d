"""Restarting a fleet that runs: who, why, in which order, how many at once, and where it stops, on a real tmux."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from netctl import reconcile
from netctl.adapters.clock import SystemClock
from netctl.adapters.tmux import TmuxHost
from netctl.adapters.tmux_panes import PARTS, noting
from netctl.cli.reports import plan_lines
from netctl.fleet import Fleet, Network, NeuronsCode, Rolling
from netctl.layout import env_of, files_of
from netctl.phases import files, sessions
from netctl.plan import Plan
from netctl.ports import World
from netctl.probes.whole import probe_of
from netctl.standing import Outcome
from netctl.step import Phase
from tests.checkouts import git
from tests.files.conftest import a_fleet, a_neuron
from tests.phases.twin import Twin
from tests.ports import free_ports
from tests.sessions.conftest import wait_until
from tests.sessions.test_reconciling import Keys

# Tells of its life in a file that all share, each line before what it tells of can be seen otherwise.
PROGRAM = """\
trap 'echo "down $NAME" >>"$EVENTS"; exit 0' TERM
if [ "$MOOD" = bad ]; then exit 3; fi
while [ "$MOOD" = late ] && [ ! -e "$EVENTS.go" ]; do sleep 0.05; done
[ "$MOOD" = deaf ] || { echo "up $NAME" >>"$EVENTS"; echo ready; }
while :; do sleep 0.05; done
"""
PACK = f"""\
pack: told
title: Programs that tell of their life
roles:
  miner: &role
    program: ["{{{{ code.python }}}}", -c, {json.dumps(PROGRAM)}]
    options: {{--axon.port: "{{{{ neuron.axon_port }}}}"}}
    env: {{NAME: "{{{{ neuron.name }}}}"}}
    files: [{{path: conf.txt, template: conf.txt.j2}}]
    ready: {{log: ^ready}}
    stop: {{grace: 2}}
  validator: *role
"""
MINERS = ("miner_1", "miner_2", "miner_3", "miner_4")
ALL = (*MINERS, "validator_1")


def no_question(plan: Plan, cost_rao: int) -> None:
    raise AssertionError("nothing is paid here")


@dataclass
class Roll:
    """A fleet whose neurons write what happens to them into one file."""

    fleet: Fleet
    world: World
    pack: Path
    events_file: Path

    async def up(
        self,
        fleet: Fleet | None = None,
        *,
        deadline_s: float = 30.0,
        phases: Sequence[Phase] = (files, sessions),
        neurons: Sequence[str] | None = None,
    ) -> Outcome:
        return await reconcile.up(
            fleet or self.fleet,
            self.world,
            confirm=no_question,
            probe=probe_of(self.world),
            phases=phases,
            ready_within_s=dict.fromkeys(ALL, deadline_s),
            neurons=neurons,
        )

    async def plan(self, fleet: Fleet | None = None) -> Plan:
        return await reconcile.plan(fleet or self.fleet, self.world, phases=(files, sessions))

    def pids(self) -> Mapping[str, int | None]:
        return {name: found.pid for name, found in self.world.host.sessions().items()}

    def events(self) -> list[str]:
        return self.events_file.read_text().splitlines()

    def forget(self) -> Mapping[str, int | None]:
        """Begin the file anew; returns who runs."""
        self.events_file.write_text("")
        return self.pids()

    def on_disk(self, name: str) -> Mapping[Path, str]:
        """What the neuron would be started with by whoever starts it again."""
        found = [path for path in files_of(self.fleet, name).rglob("*") if path.is_file()]
        return {path: path.read_text() for path in (env_of(self.fleet, name), *found)}

    def with_env(self, *names: str, **env: str) -> Fleet:
        """The fleet with these variables of these neurons, or of all."""
        changed = [
            replace(n, env=tuple({**dict(n.env), **env}.items())) if not names or n.name in names else n
            for n in self.fleet.neurons
        ]
        return replace(self.fleet, neurons=tuple(changed))


@pytest.fixture
def roll(tmp_path: Path) -> Iterator[Roll]:
    pack, code, events = tmp_path / "told", tmp_path / "code", tmp_path / "events"
    pack.mkdir()
    (pack / "pack.yaml").write_text(PACK)
    (pack / "conf.txt.j2").write_text("one")
    code.mkdir()
    events.touch()
    ports = free_ports(len(ALL))
    env = (("EVENTS", str(events)), ("WAIT", "5"), ("SECRET", "$SECRET"))
    neurons = [a_neuron(name, hotkey=name, axon_port=port, env=env) for name, port in zip(ALL, ports, strict=True)]
    fleet = a_fleet(
        tmp_path / "state",
        *(replace(neuron, strategy=None) for neuron in neurons),
        network=Network("test", "ws://127.0.0.1:9"),
        code=NeuronsCode(code, Path("/bin/sh"), str(pack)),
    )
    host = TmuxHost(fleet.state, fleet.name)
    keys: object = Keys()
    world = replace(Twin().world(), host=host, clock=SystemClock(), keys=keys, environ={"SECRET": "s3cr3t"})  # type: ignore[arg-type]
    yield Roll(fleet, world, pack, events)
    assert host.shut_down(grace_s=3) == ()


def most_down(events: list[str]) -> int:
    """How many were down at once at the most; each that begins as one that ran."""
    down = most = 0
    for event in events:
        down += 1 if event.startswith("down ") else -1
        most = max(most, down)
    return most


async def test_the_plan_says_who_would_restart_and_why_and_up_restarts_just_those(roll: Roll) -> None:
    assert (await roll.up()).ok
    before = roll.forget()
    later = roll.with_env("miner_2", "miner_3", WAIT="10", SECRET="other", NEW="1")
    later = replace(
        later, neurons=tuple(replace(n, axon_port=24242) if n.name == "miner_3" else n for n in later.neurons)
    )
    found = await roll.plan(later)
    restarts = {step.neuron: step.why for step in found.steps if step.action == "restart_sessions"}
    changed = ("variable NEW added: 1", "variable SECRET changed", "variable WAIT 5 → 10")
    port = roll.fleet.neurons[2].axon_port
    assert restarts == {
        "miner_2": changed,
        "miner_3": (f"argument --axon.port {port} → 24242", *changed),
    }
    assert plan_lines(found)[-6:-1] == [
        "  fleet: restart miner_2, miner_3 (after files):",
        "    miner_2, miner_3: variable NEW added: 1",
        "    miner_2, miner_3: variable SECRET changed",
        "    miner_2, miner_3: variable WAIT 5 → 10",
        f"    miner_3: argument --axon.port {port} → 24242",
    ]
    assert "s3cr3t" not in str(found)
    assert (await roll.up(later)).ok
    assert {name for name, pid in roll.pids().items() if pid != before[name]} == {"miner_2", "miner_3"}
    assert (await roll.plan(later)).steps == ()


async def test_neurons_roll_one_after_the_other_miners_first(roll: Roll) -> None:
    assert (await roll.up()).ok
    roll.forget()
    assert (await roll.up(roll.with_env(WAIT="10"))).ok
    assert roll.events() == [f"{what} {name}" for name in ALL for what in ("down", "up")]


async def test_with_parallel_no_more_than_that_many_are_down(roll: Roll) -> None:
    assert (await roll.up()).ok
    roll.forget()
    fleet = replace(roll.with_env(MOOD="late"), rolling=Rolling(parallel=3))
    run = asyncio.create_task(roll.up(fleet))
    await asyncio.to_thread(wait_until, lambda: len(roll.events()) == 3, "three are down")
    roll.events_file.with_suffix(".go").touch()
    assert (await run).ok
    events = roll.events()
    assert Counter(events) == Counter(f"{what} {name}" for name in ALL for what in ("down", "up"))
    assert most_down(events) == 3
    assert events[-2:] == ["down validator_1", "up validator_1"]


@pytest.mark.parametrize("mood", ["bad", pytest.param("deaf", marks=pytest.mark.slow)])
async def test_a_bad_one_stops_the_roll_and_the_others_run_on_as_they_were(roll: Roll, mood: str) -> None:
    """Dead at once or never ready; and repeating `up` takes no second one down."""
    assert (await roll.up()).ok
    before = roll.forget()
    worse = roll.with_env(MOOD=mood)
    for _ in range(2):
        outcome = await roll.up(worse, deadline_s=1.0)
        assert [(n.name, n.ending) for n in outcome.neurons] == [
            ("miner_1", "failed"),
            *((name, "blocked") for name in ALL[1:]),
        ]
        assert outcome.neurons[1].why == "not restarted, it runs on as it was: miner_1 is not ready"
        assert {name: pid for name, pid in roll.pids().items() if name != "miner_1"} == {
            name: pid for name, pid in before.items() if name != "miner_1"
        }
    assert (await roll.up()).ok
    assert {name for name, pid in roll.pids().items() if pid == before[name]} == set(ALL[1:])


async def test_keep_going_restarts_the_next_one_all_the_same(roll: Roll) -> None:
    assert (await roll.up()).ok
    before = roll.forget()
    fleet = roll.with_env("miner_1", MOOD="bad")
    fleet = replace(fleet, rolling=Rolling(keep_going=True, anew=frozenset(("miner_1", "miner_2"))))
    outcome = await roll.up(fleet)
    assert [n.ending for n in outcome.neurons] == ["failed", "ok", "ok", "ok", "ok"]
    assert "exit code 3" in outcome.neurons[0].why
    assert {name for name, pid in roll.pids().items() if pid != before[name]} == {"miner_1", "miner_2"}


async def test_what_a_session_was_not_labelled_with_is_not_guessed(roll: Roll) -> None:
    """Such as one that an earlier netctl started."""
    assert (await roll.up()).ok
    host = roll.world.host
    assert isinstance(host, TmuxHost)
    host.server.ask("set-environment", "-u", "-t", "=miner_1:", PARTS)
    host.server.ask(*noting("miner_2", PARTS, "garbage"))
    found = await roll.plan(roll.with_env("miner_1", "miner_2", WAIT="6"))
    assert [step.why for step in found.steps if step.action == "restart_sessions"] == [
        ("what it was started with has changed; what of it is not on record",)
    ] * 2


async def test_files_interpreter_and_removed_variables_are_told(roll: Roll) -> None:
    assert (await roll.up()).ok
    (roll.pack / "conf.txt.j2").write_text("two")
    yaml = (roll.pack / "pack.yaml").read_text()
    (roll.pack / "pack.yaml").write_text(yaml.replace("grace: 2", "grace: 3, signal: INT"))
    fleet = replace(
        roll.fleet,
        code=replace(roll.fleet.code, python=Path("/usr/bin/sh")),
        neurons=tuple(replace(n, env=n.env[:1]) if n.name == "miner_4" else n for n in roll.fleet.neurons),
    )
    found = {step.neuron: step.why for step in (await roll.plan(fleet)).steps if step.action == "restart_sessions"}
    kept = ("interpreter /bin/sh → /usr/bin/sh", "stop signal TERM → INT", "grace 2 s → 3 s")
    assert found["miner_1"] == (*kept, "file conf.txt changed")
    assert found["miner_4"] == (*kept, "variable SECRET removed", "variable WAIT removed", "file conf.txt changed")


async def test_changed_code_is_told_and_restarts_only_when_asked(roll: Roll) -> None:
    code = roll.fleet.code.path
    assert code is not None
    git(code, "init", "-q")
    (code / "miner.py").write_text("1\n")
    git(code, "add", ".")
    git(code, "commit", "-qm", "one")
    first = git(code, "rev-parse", "HEAD")[:7]
    assert (await roll.up()).ok
    before = roll.forget()
    (code / "miner.py").write_text("2\n")
    found = await roll.plan()
    who = "miner_1 to miner_4, validator_1"
    assert found.steps == ()
    assert plan_lines(found)[:2] == [
        f"note: {who}: code changed: {first} → {first} with changes; restarted for it only with --code",
        f"note: the checkout {code} is dirty: {git(code, 'rev-parse', 'HEAD')[:12]}, changed: miner.py",
    ]
    git(code, "commit", "-qam", "two")
    second = git(code, "rev-parse", "HEAD")[:7]
    assert (await roll.up()).done == ()
    assert roll.pids() == before
    with_code = replace(roll.fleet, rolling=Rolling(code=True))
    found = await roll.plan(with_code)
    assert [step.why for step in found.steps] == [(f"code changed: {first} → {second}",)] * 5
    assert (await roll.up(with_code)).ok
    assert {pid for name, pid in roll.pids().items() if pid == before[name]} == set()
    assert (await roll.plan(with_code)).is_empty


async def test_a_run_that_ends_in_the_middle_is_taken_up_where_it_was(roll: Roll) -> None:
    assert (await roll.up()).ok
    before = roll.forget()
    later = roll.with_env(WAIT="10")
    run = asyncio.create_task(roll.up(later))
    await asyncio.to_thread(wait_until, lambda: "down miner_2" in roll.events(), "miner_2 is ended")
    run.cancel()
    with pytest.raises(asyncio.CancelledError):
        await run
    wait_until(lambda: roll.pids().get("miner_2") != before["miner_2"], "miner_2 is down or started again")
    again = roll.pids()["miner_1"]
    assert (await roll.up(later)).ok
    assert roll.pids()["miner_1"] == again
    assert (await roll.plan(later)).steps == ()
    assert Counter(roll.events()) == Counter(f"{what} {name}" for name in ALL for what in ("down", "up"))
