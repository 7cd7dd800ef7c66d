"""A supervisor over real sessions on a tmux server of the test's own; its clock is the machine's, or held."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import pytest

from netctl.adapters.tmux import TmuxHost
from netctl.fleet import Fleet, RestartPolicy
from netctl.ports import Chain, Journal, KeyFacts, Keystore, SessionSpec, World
from netctl.render import session as session_file
from netctl.supervisor.loop import Supervisor
from tests.fakes import SilentTalk
from tests.phases.fleets import fleet, neuron
from tests.ports import free_ports
from tests.sessions.conftest import Stage

QUICK = RestartPolicy(backoff_s=0.2, most_s=0.2, tries=50)


class HeldClock:
    """Time that moves when the test says so."""

    def __init__(self) -> None:
        import time

        self.ahead = 0.0
        self._time = time.time

    def now(self) -> float:
        return self._time() + self.ahead

    async def sleep(self, seconds: float) -> None:
        self.ahead += seconds


@dataclass(frozen=True)
class Named:
    """An account that signs nothing."""

    ss58: str


class NamedKeys:
    """A wallet directory whose every hotkey has an address made of its name."""

    def facts(self, wallet: str, hotkey: str) -> KeyFacts:
        return KeyFacts(f"5{wallet}", f"5{hotkey}", has_coldkey_secret=True, coldkey_encrypted=False)

    def dev_signer(self, uri: str) -> Named:
        return Named(f"5{uri}")


@dataclass
class Ward:
    """A fleet on a stage, and the supervisors that come and go over it."""

    stage: Stage
    fleet: Fleet
    clock: HeldClock = field(default_factory=HeldClock)
    said: list[str] = field(default_factory=list)

    def launch(self, name: str, *argv: str, grace_s: float = 2.0) -> SessionSpec:
        """Launch a neuron as `up` does, its specification beside its launcher."""
        spec = self.stage.spec(name, *argv, grace_s=grace_s)
        self.render(spec)
        self.stage.host.launch([spec])
        return spec

    def render(self, spec: SessionSpec) -> None:
        self.stage.host.replace(spec.launcher.parent / session_file.FILE, session_file.encoded(spec), 0o600)

    def supervisor(self) -> Supervisor:
        world = World(
            chain=cast("Chain", None),
            keys=cast("Keystore", NamedKeys()),
            host=self.stage.host,
            clock=self.clock,
            journal=cast("Journal", None),
            talk=SilentTalk(),
            environ={},
        )
        return Supervisor(self.fleet, world, cast("Any", None), self.said.append)

    def tick(self, supervisor: Supervisor | None = None) -> None:
        """One look of a supervisor, of a new one where none is given."""
        asyncio.run((supervisor or self.supervisor()).deaths.look())


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    host = TmuxHost(tmp_path / "state", "ward")
    yield Stage(host)
    assert host.shut_down(grace_s=3) == ()


@pytest.fixture
def ward(stage: Stage) -> Ward:
    neurons = [
        neuron(f"miner_{number}", hotkey=f"hot_{number}", axon_port=port, restart=QUICK)
        for number, port in enumerate(free_ports(3), 1)
    ]
    return Ward(stage, fleet(*neurons, state=stage.host.state))
