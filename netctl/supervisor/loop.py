"""The supervisor's loop: see what died, start it again with restraint; look at everything now and then, and tell."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from netctl.durations import short
from netctl.embedded import SESSION as CHAIN
from netctl.errors import NetctlError, SessionError
from netctl.fleet import Fleet, RestartPolicy
from netctl.layout import files_of
from netctl.observing import observe
from netctl.ports import SessionFacts, SessionSpec, World
from netctl.provenance import code_now, label_of
from netctl.readiness import Probe
from netctl.render import session as session_file
from netctl.supervisor import restarts, samples
from netctl.supervisor.fates import ending_text
from netctl.supervisor.restarts import Verdict
from netctl.truth.check import Checks

TICK_S = 1.0
TICK_OF_MANY_S = 2.0
MANY = 64
PERIOD_S = 5.0
PERIOD_OF_MANY_S = 15.0
AFTER_TROUBLE_S = 10.0
OF_THE_CHAIN = RestartPolicy(when="on-failure", backoff_s=1.0, most_s=30.0)
"""How a rehearsal's own chain is started again."""

Say = Callable[[str], None]


@dataclass(slots=True)
class Supervisor:
    """One fleet's supervisor. It remembers nothing that it could not find again: see `netctl.supervisor.restarts`."""

    fleet: Fleet
    world: World
    probe: Probe
    say: Say
    told: dict[str, tuple[float | None, str]] = field(default_factory=dict)
    starts: list[float] = field(default_factory=list)
    trouble: str | None = None
    checks: Checks = field(default_factory=Checks)

    @property
    def tick_s(self) -> float:
        """How often dead sessions are looked for."""
        return TICK_S if len(self.fleet.neurons) <= MANY else TICK_OF_MANY_S

    @property
    def period_s(self) -> float:
        """How often everything is looked at."""
        return PERIOD_S if len(self.fleet.neurons) <= MANY else PERIOD_OF_MANY_S

    async def run(self, stopping: asyncio.Event) -> None:
        """Supervise until told to stop; what runs is left as it is."""
        await self.adopt()
        async with asyncio.TaskGroup() as group:
            group.create_task(self._every(self.tick, lambda: self.tick_s, stopping))
            group.create_task(self._every(self.sample, lambda: self.period_s, stopping))

    async def _every(self, act: Callable[[], object], pause_s: Callable[[], float], stopping: asyncio.Event) -> None:
        while not stopping.is_set():
            pause = pause_s()
            try:
                result = act()
                if asyncio.iscoroutine(result):
                    await result
            except NetctlError as error:
                self._complain(error.message)
                pause = max(pause, AFTER_TROUBLE_S)
            else:
                self.trouble = None
            try:
                async with asyncio.timeout(pause):
                    await stopping.wait()
            except TimeoutError:
                continue

    def _complain(self, what: str) -> None:
        if what != self.trouble:
            self.say(what)
        self.trouble = what

    async def adopt(self) -> None:
        """Take over what runs, and the starts that an earlier supervisor made."""
        try:
            sessions = await asyncio.to_thread(self.world.host.sessions)
        except SessionError as error:
            self._complain(error.message)
            return
        self.starts = [when for found in sessions.values() for when in restarts.times(found, restarts.STARTED)]
        alive = sum(1 for name, found in sessions.items() if found.pid is not None and self._policy(name) is not None)
        self.say(f"supervises {len(self.fleet.neurons)} neurons of {self.fleet.name}; {alive} sessions run")

    def _policy(self, name: str) -> RestartPolicy | None:
        """The policy of a session that is supervised, else None."""
        if name == CHAIN:
            return OF_THE_CHAIN
        neuron = self.fleet.neuron(name)
        return None if neuron is None else neuron.restart

    async def tick(self) -> None:
        """Look for dead sessions, and start those whose turn it is."""
        now = self.world.clock.now()
        ended = await asyncio.to_thread(self.world.host.ended)
        verdicts = {
            name: restarts.verdict(policy, found)
            for name, found in ended.items()
            if (policy := self._policy(name)) is not None
        }
        for name, verdict in verdicts.items():
            self._tell(ended[name], verdict, now)
        self.told = {name: told for name, told in self.told.items() if name in ended}
        due = [(verdict.at, name) for name, verdict in verdicts.items() if verdict.at is not None]
        names = restarts.within_budget(self.fleet.supervision, due, self.starts, now)
        if names:
            await self._start({name: ended[name] for name in names}, now)

    def _tell(self, session: SessionFacts, verdict: Verdict, now: float) -> None:
        """Say once of each death what it was and what follows."""
        if self.told.get(session.name) == (session.ended_at, verdict.why_not):
            return
        self.told[session.name] = (session.ended_at, verdict.why_not)
        how = ending_text(session)
        if verdict.at is None:
            self.say(f"{session.name} {how}; it stays down: {verdict.why_not}")
        else:
            self.say(f"{session.name} {how}; starts again in {short(max(0.0, verdict.at - now))}")

    async def _start(self, dead: Mapping[str, SessionFacts], now: float) -> None:
        code = label_of(await asyncio.to_thread(code_now, self.fleet))
        specs = [spec for found in dead.values() if (spec := self._spec(found, code, now)) is not None]
        started = await asyncio.to_thread(self.world.host.revive, specs)
        for name in started:
            self.told.pop(name, None)
            self.say(f"{name} started again")
        self.starts = [when for when in self.starts if when > now - self.fleet.supervision.per_s] + [now] * len(started)

    def _spec(self, session: SessionFacts, code: Mapping[str, str], now: float) -> SessionSpec | None:
        """How it is started, as it is rendered now; with the labels that outlive a start."""
        try:
            spec = session_file.read(files_of(self.fleet, session.name) / session_file.FILE)
        except session_file.Unreadable as error:
            self._complain(f"{session.name} cannot be started again: {error}")
            return None
        loaded = {} if self.fleet.neuron(session.name) is None else {**code, **self._hotkey(session.name)}
        labels = {**dict(spec.labels), **loaded, **restarts.history(session, now)}
        return replace(spec, labels=tuple(labels.items()))

    def _hotkey(self, name: str) -> Mapping[str, str]:
        """The address of the key that the neuron will read now."""
        neuron = self.fleet.neuron(name)
        address = None if neuron is None else self.world.keys.facts(neuron.wallet, neuron.hotkey).hotkey_ss58
        return {} if address is None else {"hotkey": address}

    async def sample(self) -> None:
        """Look at the whole fleet, and leave it for `status`."""
        at = self.world.clock.now()
        seen = await observe(self.fleet, self.world, probe=self.probe, checks=self.checks)
        found = samples.Samples(os.getpid(), at, self.period_s, self.fleet.network.endpoint, seen)
        await asyncio.to_thread(samples.write, self.fleet.state, found)
