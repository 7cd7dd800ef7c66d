"""Who has died, and who of them is started again now."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from netctl.chaos.session import SESSION as PROXY
from netctl.durations import short
from netctl.embedded import SESSION as CHAIN
from netctl.errors import NetctlError
from netctl.fleet import Fleet, RestartPolicy
from netctl.layout import files_of
from netctl.ports import FAULT, SessionFacts, SessionSpec, World
from netctl.provenance import code_now, label_of
from netctl.render import session as session_file
from netctl.runs.label import passed_on
from netctl.supervisor import restarts
from netctl.supervisor.fates import ending_text
from netctl.supervisor.restarts import Verdict
from netctl.supervisor.telling import Telling
from netctl.truth.check import Checks

OF_OURS = {
    CHAIN: RestartPolicy(when="on-failure", backoff_s=1.0, most_s=30.0),
    PROXY: RestartPolicy(when="always", backoff_s=0.5, most_s=30.0),
}
"""How a rehearsal's own chain is started again, and the proxy, without which its neurons neither hear nor are heard."""

REFUSED_S = 10.0
"""How long a neuron whose identity another process has is left alone before it is looked at again."""

Keep = Callable[[SessionFacts], None]
"""Keeps the capsule of an end; nothing where it has one."""


@dataclass(slots=True)
class Deaths:
    """What the supervisor does every second or two. Deaths and starts that count are labels of the sessions."""

    fleet: Fleet
    world: World
    telling: Telling
    keep: Keep
    starts: list[float] = field(default_factory=list)
    kept: set[tuple[str, int, float | None]] = field(default_factory=set)
    checks: Checks = field(default_factory=Checks)
    refused: dict[str, float] = field(default_factory=dict)

    async def adopt(self) -> None:
        """Take over what runs, and the starts that an earlier supervisor made; SessionError."""
        sessions = await asyncio.to_thread(self.world.host.sessions)
        self.starts = [when for found in sessions.values() for when in restarts.times(found, restarts.STARTED)]
        alive = sum(1 for name, found in sessions.items() if found.pid is not None and self._policy(name) is not None)
        self.telling.say(f"supervises {len(self.fleet.neurons)} neurons of {self.fleet.name}; {alive} sessions run")

    def _policy(self, name: str) -> RestartPolicy | None:
        """The policy of a session that is supervised, else None."""
        neuron = self.fleet.neuron(name)
        return OF_OURS.get(name) if neuron is None else neuron.restart

    async def look(self) -> None:
        """Look for dead sessions, keep their capsules, and start those whose turn it is; SessionError."""
        now = self.world.clock.now()
        ended = await asyncio.to_thread(self.world.host.ended)
        verdicts = {
            name: restarts.verdict(policy, found)
            for name, found in ended.items()
            if (policy := self._policy(name)) is not None
        }
        for name, verdict in verdicts.items():
            self._tell(ended[name], verdict, now)
        past = await asyncio.to_thread(self.world.host.past)
        await asyncio.to_thread(
            self._keep_all, [*past, *(ended[name] for name in verdicts if self.fleet.neuron(name) is not None)]
        )
        for run in past:
            self.telling.of(f"run {run.task}", "", f"{run.name} {ending_text(run)} on {run.node}; started again there")
        self.telling.only("run ", [f"run {run.task}" for run in past])
        self.telling.only("death of ", [f"death of {name}" for name in ended])
        self.refused = {name: until for name, until in self.refused.items() if name in ended and until > now}
        # An engine of many machines starts its own again: `past` tells of it.
        due = [
            (v.at, name)
            for name, v in verdicts.items()
            if v.at is not None and name not in self.refused and not ended[name].node
        ]
        names = restarts.within_budget(self.fleet.supervision, due, self.starts, now)
        if names:
            await self._start({name: ended[name] for name in names}, now)

    def _keep_all(self, ended: list[SessionFacts]) -> None:
        ends = {(session.name, session.restarts, session.ended_at): session for session in ended}
        for end in ends.keys() - self.kept:
            self.keep(ends[end])
        self.kept = set(ends)

    def _tell(self, session: SessionFacts, verdict: Verdict, now: float) -> None:
        how = ending_text(session)
        if fault := session.labels.get(FAULT):
            how = f"{how}, ended for it was not well: {fault}"
        follows = verdict.why_not if verdict.at is None else f"starts again in {short(max(0.0, verdict.at - now))}"
        stays = "it stays down: " if verdict.at is None else ""
        what = (session.ended_at, session.restarts, verdict.why_not)
        self.telling.of(f"death of {session.name}", what, f"{session.name} {how}; {stays}{follows}")

    async def _start(self, dead: Mapping[str, SessionFacts], now: float) -> None:
        refused = await asyncio.to_thread(self._refused, dead, now)
        dead = {name: found for name, found in dead.items() if name not in refused}
        code = label_of(await asyncio.to_thread(code_now, self.fleet))
        specs = [spec for found in dead.values() if (spec := self._spec(found, code, now)) is not None]
        started = await asyncio.to_thread(self.world.host.revive, specs)
        for name in started:
            self.telling.say(f"{name} started again")
        self.starts = [when for when in self.starts if when > now - self.fleet.supervision.per_s] + [now] * len(started)

    def _refused(self, dead: Mapping[str, SessionFacts], now: float) -> Mapping[str, str]:
        """Who is not started: another process has its hotkey, its port or a file of its own. Asked again later."""
        neurons = [name for name in dead if self.fleet.neuron(name) is not None]
        try:
            refused = self.checks.refused(self.fleet, self.world.host, neurons) if neurons else {}
        except NetctlError as error:  # a pack that is being edited keeps nobody down
            self.telling.of("rivals", error.message, f"whether another process is a neuron's is not known: {error}")
            return {}
        self.telling.over("rivals")
        for name, why in refused.items():
            self.refused[name] = now + REFUSED_S
            self.telling.of(f"rival of {name}", why, f"{name} is not started again: {why}")
        for name in dead.keys() - refused.keys():
            self.telling.over(f"rival of {name}")
        return refused

    def _spec(self, session: SessionFacts, code: Mapping[str, str], now: float) -> SessionSpec | None:
        """How it is started, as it is rendered now; with the labels that outlive a start."""
        subject = f"specification of {session.name}"
        try:
            spec = session_file.read(files_of(self.fleet, session.name) / session_file.FILE)
        except session_file.Unreadable as error:
            self.telling.of(subject, str(error), f"{session.name} cannot be started again: {error}")
            return None
        self.telling.over(subject)
        loaded = {} if self.fleet.neuron(session.name) is None else {**code, **self._hotkey(session.name)}
        labels = {**dict(spec.labels), **loaded, **passed_on(session), **restarts.history(session, now)}
        return replace(spec, labels=tuple(labels.items()))

    def _hotkey(self, name: str) -> Mapping[str, str]:
        """The address of the key that the neuron will read now."""
        neuron = self.fleet.neuron(name)
        address = None if neuron is None else self.world.keys.facts(neuron.wallet, neuron.hotkey).hotkey_ss58
        return {} if address is None else {"hotkey": address}
