"""A fleet of small programs on a tmux of the test's own, each end of theirs witnessed as netctl does it."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from netctl.adapters.clock import SystemClock
from netctl.adapters.tmux import TmuxHost
from netctl.capsules.capsule import Capsule
from netctl.capsules.shelf import capsules_of
from netctl.capsules.witness import FleetWitness
from netctl.fleet import Fleet, NeuronsCode
from netctl.ports import SessionFacts
from tests.files.conftest import a_fleet, a_neuron
from tests.sessions.conftest import Stage, wait_until

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

    def write_env(self, **values: str) -> None:
        """The rendered environment as it lies on disk."""
        path = self.fleet.state / "env" / "miner_1.env"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("".join(f"{name}='{value}'\n" for name, value in values.items()))


@pytest.fixture
def trial(tmp_path: Path) -> Iterator[Trial]:
    (tmp_path / "trial").mkdir()
    (tmp_path / "trial" / "pack.yaml").write_text(PACK)
    fleet = a_fleet(tmp_path, a_neuron())
    code = NeuronsCode(None, Path(sys.executable), "./trial")
    found = Trial(replace(fleet, name="trial", code=code, profile_path=tmp_path / "profile.yaml"))
    yield found
    assert found.host.shut_down(grace_s=3) == ()


__all__ = ["Trial", "trial", "wait_until"]
