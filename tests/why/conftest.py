"""A fleet of small programs on a tmux of the test's own, each end of theirs witnessed as netctl does it."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from netctl.adapters.clock import SystemClock
from netctl.adapters.tmux import TmuxHost
from netctl.capsules.capsule import Capsule
from netctl.capsules.shelf import capsules_of
from netctl.capsules.witness import FleetWitness
from netctl.cli.world import world_of
from netctl.fleet import Fleet, Network, NeuronsCode, NeuronSpec
from netctl.ports import SessionFacts, SessionSpec
from netctl.why.asking import known_of
from netctl.why.explanation import Explanation, explained
from tests.files.conftest import a_fleet, a_neuron
from tests.ports import free_ports
from tests.sessions.conftest import Stage

PACK = """\
pack: trial
title: Programs of a test
roles:
  miner: {program: [sh], env: {PUBLIC_WORD: plain-to-see}}
  validator: {program: [sh]}
"""


@dataclass
class Trial:
    """The fleet `trial` with one miner; its programs are what the test says."""

    fleet: Fleet
    by: str = "netctl fleet down"

    @property
    def host(self) -> TmuxHost:
        return TmuxHost(self.fleet.state, self.fleet.name, FleetWitness(self.fleet, by=self.by, clock=SystemClock()))

    @property
    def stage(self) -> Stage:
        return Stage(self.host)

    def run(self, *argv: str, environ: Mapping[str, str] | None = None, name: str = "miner_1") -> SessionFacts:
        """Launch a program and wait for its end."""
        self.stage.launch(name, *argv, environ=environ)
        return self.stage.ended(name)

    def spec_of_ended(self, words: str) -> SessionSpec:
        """Run this in a shell to its end, which is kept."""
        spec = self.stage.launch("miner_1", "sh", "-c", words)
        self.kept(self.stage.ended("miner_1"))
        return spec

    def python(self, code: str, environ: Mapping[str, str] | None = None) -> SessionFacts:
        return self.run(sys.executable, "-c", code, environ=environ)

    def capsules(self, name: str = "miner_1") -> tuple[Capsule, ...]:
        return capsules_of(self.fleet.state, name)

    def witness(self, *, by: str | None = None) -> FleetWitness:
        return FleetWitness(self.fleet, by=by or self.by, clock=SystemClock())

    def kept(self, session: SessionFacts) -> Capsule:
        """Its capsule, kept now."""
        self.witness().ended(session, on_purpose=False)
        return self.capsules()[0]

    def write_pack(self, text: str) -> None:
        (self.fleet.profile_path.parent / "trial" / "pack.yaml").write_text(text)

    def why(self, name: str = "miner_1") -> Explanation:
        """What `netctl why` answers for it now."""
        return asyncio.run(self.explained(name))[name]

    def explained_ends(self, name: str = "miner_1") -> Sequence[Capsule]:
        """The ends that `netctl why --list` would tell, newest first."""
        return self.why(name).ends

    async def explained(self, *names: str) -> Mapping[str, Explanation]:
        async with world_of(self.fleet) as world:
            neurons = [neuron for neuron in self.fleet.neurons if neuron.name in names]
            return {neuron.name: explained(await known_of(self.fleet, world, neuron)) for neuron in neurons}

    def write_env(self, **values: str) -> None:
        """The rendered environment as it lies on disk."""
        path = self.fleet.state / "env" / "miner_1.env"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("".join(f"{name}='{value}'\n" for name, value in values.items()))


def trial_fleet(place: Path, *neurons: NeuronSpec) -> Fleet:
    """A fleet of the pack `trial`, which is written; no chain runs."""
    (place / "trial").mkdir()
    (place / "trial" / "pack.yaml").write_text(PACK)
    return replace(
        a_fleet(
            place / ".netctl" / "trial",
            *(neurons or (a_neuron("miner_1", strategy=None, env=(), axon_port=free_ports(1)[0]),)),
        ),
        name="trial",
        code=NeuronsCode(None, Path(sys.executable), "./trial"),
        profile_path=place / "profile.yaml",
        network=Network("rehearsal", ""),
    )


@pytest.fixture
def trial(tmp_path: Path) -> Iterator[Trial]:
    found = Trial(trial_fleet(tmp_path))
    yield found
    assert found.host.shut_down(grace_s=3) == ()
