"""A fleet of small programs on a real tmux, each with a hotkey, a port, a database and a state file of its own."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from netctl.adapters.tmux import TmuxHost
from netctl.fleet import Fleet, Network, NeuronsCode, NeuronSpec
from netctl.journal import FileJournal
from netctl.observation import Observation
from netctl.observing import observe
from netctl.phases import files, sessions
from netctl.ports import KeyFacts, World
from netctl.probes.model import Health
from netctl.status import NeuronStatus, report_of
from netctl.step import Diff
from tests.fakes import SilentTalk
from tests.files.conftest import a_fleet, a_neuron
from tests.phases.twin import TwinChain
from tests.ports import free_ports
from tests.sessions.conftest import wait_until

PROGRAM = """\
import argparse, socket, sys, time
parser = argparse.ArgumentParser()
parser.add_argument("--db", default="data.sqlite")
parser.add_argument("--state", default="state/upload.json")
parser.add_argument("--axon.port", dest="port", type=int, default=0)
given, _ = parser.parse_known_args()
database = open(given.db, "a")
axon = socket.create_server(("127.0.0.1", given.port))
print("ready", flush=True)
time.sleep(300)
"""
PACK = """\
pack: small
title: Programs that hold a file and a port
needs: {absent: [{path: .env, why: "the code lets it win"}]}
roles:
  miner: &role
    program: ["{{ code.python }}", "{{ code.path }}/mine.py"]
    options:
      --wallet.path: "{{ fleet.wallet_path }}"
      --wallet.name: "{{ neuron.wallet }}"
      --wallet.hotkey: "{{ neuron.hotkey }}"
      --axon.port: "{{ neuron.axon_port }}"
      --db: "{{ paths.work }}/data.sqlite"
      --state: "{{ paths.work }}/upload.json"
    env: {PERIOD: "60"}
    ready: {log: ready}
    stop: {grace: 2}
    owns:
      - {what: database, option: --db, default: data.sqlite}
      - {what: upload state, option: --state, default: state/upload.json, root: code, until: .json, add: _s3.json}
      - {what: axon port, kind: port, option: --axon.port}
  validator: *role
"""


class Keys:
    """Every wallet has its keys."""

    def facts(self, wallet: str, hotkey: str) -> KeyFacts:
        return KeyFacts("5Cold", f"5{hotkey}", True, False)


class Now:
    """Time as it is."""

    def now(self) -> float:
        import time

        return time.time()

    async def sleep(self, seconds: float) -> None:
        """No pause is needed."""


@dataclass
class Scene:
    """A fleet, its world, and what may be done with both."""

    fleet: Fleet
    world: World

    @property
    def code(self) -> Path:
        assert self.fleet.code.path is not None
        return self.fleet.code.path

    def changed(self, name: str = "miner_1", **changes: Any) -> Scene:
        """The same scene with another profile."""
        neurons = tuple(replace(n, **changes) if n.name == name else n for n in self.fleet.neurons)
        return Scene(replace(self.fleet, neurons=neurons), self.world)

    async def diff(self, phase: Any) -> Diff:
        found: Diff = phase.diff(self.fleet, await phase.observe(self.fleet, self.world))
        return found

    async def settle(self, *phases: Any) -> list[str]:
        """Do what the phases want done; say what that was."""
        done = []
        for phase in phases or (files, sessions):
            for step in (await self.diff(phase)).steps:
                await step.apply(self.world)
                done.append(step.summary())
        return done

    async def up(self) -> None:
        """Settle, and wait until every program has begun."""
        await self.settle()
        for name in self.names():
            log = self.fleet.state / "logs" / f"{name}.log"
            wait_until(lambda log=log: log.exists() and "ready" in log.read_text(), f"{name} begins")  # type: ignore[misc]

    def names(self) -> list[str]:
        return [neuron.name for neuron in self.fleet.neurons]

    def pid(self, name: str = "miner_1") -> int:
        pid = self.world.host.sessions()[name].pid
        assert pid is not None
        return pid

    def argv(self, name: str = "miner_1") -> list[str]:
        """The words that the neuron was started with."""
        found = self.world.host.running(self.pid(name))
        assert found is not None
        assert found.argv is not None
        return list(found.argv)

    async def seen(self) -> Observation:
        async def probe(_: object, found: Mapping[str, Any], **_options: object) -> Mapping[str, Health]:
            return {name: Health(True) for name in found}

        return await observe(self.fleet, self.world, probe=probe)

    async def status(self, name: str = "miner_1") -> NeuronStatus:
        """What `netctl status` says of one neuron."""
        report = report_of(self.fleet, await self.seen())
        return next(one for one in report.neurons if one.name == name)


def a_scene(place: Path, name: str = "state", *, environ: Mapping[str, str] | None = None) -> Scene:
    """Two miners of a fleet of that name; scenes in one place share their code and their wallets."""
    pack, code = place / "small", place / "code"
    for folder in (pack, code / "state", place / "wallets"):
        folder.mkdir(parents=True, exist_ok=True)
    (pack / "pack.yaml").write_text(PACK)
    (code / "mine.py").write_text(PROGRAM)
    ports = free_ports(2)
    neurons: list[NeuronSpec] = [
        a_neuron(f"miner_{number}", hotkey=f"{name}_{number}", axon_port=port, env=(("OWN", "1"),), strategy=None)
        for number, port in enumerate(ports, 1)
    ]
    fleet = a_fleet(
        place / name,
        *neurons,
        name=name,
        wallet_path=place / "wallets",
        network=Network("rehearsal", ""),
        code=NeuronsCode(code, Path(sys.executable), str(pack)),
    )
    journal = FileJournal(place / name / "journal.jsonl", clock=Now())
    keys: Any = Keys()
    host = TmuxHost(fleet.state, fleet.name)
    world = World(TwinChain(), keys, host, Now(), journal, SilentTalk(), environ or {})
    return Scene(fleet, world)
