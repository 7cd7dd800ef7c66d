"""What the supervisor does now and then: look at everything, end what is not well, rotate logs, end late chaos."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterable
from dataclasses import dataclass, field

from netctl.chaos.acts import undo_overdue
from netctl.chaos.session import SESSION as PROXY
from netctl.embedded import SESSION as CHAIN
from netctl.fleet import Fleet
from netctl.layout import error_log_of, log_of
from netctl.logs import rotate_due
from netctl.observation import Observation
from netctl.observing import observe
from netctl.ports import FAULT, World
from netctl.probes.model import Health
from netctl.readiness import Probe
from netctl.supervisor import samples
from netctl.supervisor.restarts import SESSION
from netctl.supervisor.telling import Telling
from netctl.truth.check import Checks

GRACE_S = 15.0
PUBLIC_S = 30.0
"""How often a public chain is asked: an endpoint bears about a request a second from one address, neurons' included."""

EARLY_S = 0.5
AT_ONCE = 8
"""So many neurons that are not well are ended in one round: a fault of all of them is no reason to end all."""


@dataclass(slots=True)
class Rounds:
    """One supervisor's rounds; `seen` is what the last look has found, None before the first."""

    fleet: Fleet
    world: World
    probe: Probe
    telling: Telling
    period_s: float
    seen: Observation | None = None
    checks: Checks = field(default_factory=Checks)

    async def look(self) -> None:
        """Look at the whole fleet, leave it for `status`, and end the neurons whose probes ask for it."""
        at = self.world.clock.now()
        asked = self.seen if self.seen is not None and not self._is_due(self.seen, at) else None
        self.seen = seen = await observe(self.fleet, self.world, probe=self.probe, checks=self.checks, asked=asked)
        found = samples.Samples(os.getpid(), at, self.period_s, self.fleet.network.endpoint, seen)
        await asyncio.to_thread(samples.write, self.fleet.state, found)
        if seen.sessions is not None:
            await self._end_the_unwell(seen)

    def _is_due(self, seen: Observation, now: float) -> bool:
        """Whether the chain is to be asked again: it has had time for news, or a command has changed the fleet."""
        every_s = self.period_s if self.fleet.network.has_dev_accounts else max(self.period_s, PUBLIC_S)
        return now - seen.asked_at >= every_s - EARLY_S or samples.changed_at(self.fleet.state) >= seen.asked_at

    async def _end_the_unwell(self, seen: Observation) -> None:
        self._flag(seen)
        unwell = [
            neuron
            for neuron in self.fleet.neurons
            if neuron.restart.when != "never"
            and (health := seen.ready.get(neuron.name)) is not None
            and health.action == "restart"
        ]
        for neuron in unwell[:AT_ONCE]:
            why = _why(seen.ready[neuron.name])
            self.telling.say(f"{neuron.name} is not well, and is ended: {why}")
            stop = self.world.host.stop
            survivors = await asyncio.to_thread(stop, (neuron.name,), grace_s=GRACE_S, leave={FAULT: why})
            if survivors:
                self.telling.of(f"survivor {neuron.name}", why, f"{neuron.name} cannot be ended")

    def _flag(self, seen: Observation) -> None:
        failing = {name: _why(health) for name, health in seen.ready.items() if health.action == "flag"}
        for name, why in failing.items():
            self.telling.of(f"health of {name}", why, f"{name} is not well: {why}")
        self.telling.only("health of ", [f"health of {name}" for name in failing])

    async def rotate(self) -> None:
        """Rotate the logs that are due."""
        logs = [path for name in self._names() for path in (log_of(self.fleet, name), error_log_of(self.fleet, name))]
        for rotated in await asyncio.to_thread(rotate_due, logs, self.fleet.logs):
            if rotated.problem is not None:
                self.telling.of(f"log {rotated.path}", rotated.problem, f"{rotated.path}: {rotated.problem}")
            elif rotated.archived:
                self.telling.say(f"{rotated.path.name} rotated, {rotated.archived:,} bytes archived")

    def _names(self) -> Iterable[str]:
        return (*(neuron.name for neuron in self.fleet.neurons), CHAIN, PROXY, SESSION)

    async def calm(self) -> None:
        """End disturbances that should have ended by themselves."""
        late = await asyncio.to_thread(undo_overdue, self.fleet, self.world.journal, self.world.clock)
        for each in late:
            self.telling.say(f"{each.neuron}: the {each.what} of netctl chaos was overdue, and is over")


def _why(health: Health) -> str:
    """The failing probes in words, those that ask for a restart first."""
    failing = sorted(health.failing, key=lambda probe: probe.action != "restart")
    return "; ".join(f"{probe.why} (probe {probe.name})" for probe in failing)
