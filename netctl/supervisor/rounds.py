"""What the supervisor does now and then: look at everything, end what is not well, rotate logs, end late chaos."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import partial

from netctl.chaos.acts import undo_overdue
from netctl.chaos.session import SESSION as PROXY
from netctl.embedded import SESSION as CHAIN
from netctl.errors import NetctlError
from netctl.fleet import Fleet
from netctl.layout import error_log_of, log_of
from netctl.logs import rotate_due
from netctl.observation import Observation
from netctl.observing import observe
from netctl.ports import FAULT, SessionFacts, World
from netctl.probes.model import Health
from netctl.readiness import Probe
from netctl.supervisor import samples
from netctl.supervisor.enders import Enders
from netctl.supervisor.restarts import SESSION
from netctl.supervisor.telling import Telling
from netctl.truth.check import Checks

GRACE_S = 15.0
CLOSING_S = 3.0
"""Below the grace of the supervisor's own session, whose guardian would kill it."""

PUBLIC_S = 30.0
"""How often a public chain is asked: an endpoint bears about a request a second from one address, neurons' included."""

EARLY_S = 0.5
AT_ONCE = 8
"""So many neurons that are not well are ended at a time: a fault of all of them is no reason to end all."""


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
    enders: Enders = field(default_factory=lambda: Enders(AT_ONCE))

    async def look(self) -> None:
        """Look at the whole fleet, leave it for `status`, and end the neurons whose probes ask for it."""
        at = self.world.clock.now()
        asked = self.seen if self.seen is not None and not self._is_due(self.seen, at) else None
        self.seen = seen = await observe(self.fleet, self.world, probe=self.probe, checks=self.checks, asked=asked)
        found = samples.Samples(os.getpid(), at, self.period_s, self.fleet.network.endpoint, seen)
        await asyncio.to_thread(samples.write, self.fleet.state, found)
        if seen.sessions is not None:
            self._end_the_unwell(seen, seen.sessions)

    def _is_due(self, seen: Observation, now: float) -> bool:
        """Whether the chain is to be asked again: it has had time for news, or a command has changed the fleet."""
        every_s = self.period_s if self.fleet.network.has_dev_accounts else max(self.period_s, PUBLIC_S)
        return now - seen.asked_at >= every_s - EARLY_S or samples.changed_at(self.fleet.state) >= seen.asked_at

    async def close(self) -> None:
        """Wait a moment for the ends that go on; who is told to end and has not yet is left to its guardian."""
        left = await self.enders.settle(CLOSING_S)
        self._tell_ended()
        for name in left:
            self.telling.say(f"{name} has not ended yet; it is not waited for")

    def _end_the_unwell(self, seen: Observation, sessions: Mapping[str, SessionFacts]) -> None:
        """Begin to end them, each as long as it takes: no stubborn one holds up the looks at others."""
        self._flag(seen)
        # Who ended while this look was made is not as it has found them.
        ending = set(self.enders.ongoing)
        self._tell_ended()
        for neuron in self.fleet.neurons:
            health, session = seen.ready.get(neuron.name), sessions.get(neuron.name)
            if health is None or health.action != "restart" or session is None or session.pid is None:
                continue
            if neuron.restart.when == "never" or neuron.name in ending or not self.enders.has_room():
                continue
            why = _why(health)
            self.telling.say(f"{neuron.name} is not well, and is ended: {why}")
            stop = partial(self.world.host.stop_run, session, grace_s=GRACE_S, leave={FAULT: why})
            self.enders.begin(neuron.name, stop)

    def _tell_ended(self) -> None:
        """Say what came of those that have been ended since the last look."""
        for name, ending in self.enders.take_done():
            subject = f"survivor {name}"
            try:
                survivors = ending.result()
            except (NetctlError, OSError) as error:
                self.telling.of(subject, str(error), f"{name} cannot be ended: {error}")
                continue
            if survivors:
                self.telling.of(subject, "", f"{name} cannot be ended")
                continue
            self.telling.over(subject)
            if survivors is None:
                self.telling.say(f"{name} was no longer the run that was not well, and was left alone")

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
