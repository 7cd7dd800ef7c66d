"""Every neuron runs, once, as it was rendered: one tmux session each, miners before validators."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from netctl import packs
from netctl.chaos.session import SESSION as PROXY
from netctl.chaos.session import StartProxy, step_for
from netctl.errors import SessionError
from netctl.fleet import RESERVED_SESSIONS, Fleet, NeuronSpec, Role
from netctl.logs import has_log
from netctl.money import Rao
from netctl.permits import await_permits
from netctl.ports import ProcessFacts, SessionFacts, SessionSpec, World
from netctl.render.fleet import RenderedFleet, render_fleet
from netctl.rivals import rivals
from netctl.step import Blocked, Diff, PhaseName, Step

NAME: PhaseName = "sessions"
LANE = "sessions"
STOP_GRACE_S = 15.0
LOG_GRACE_S = 5.0
GIVES_UP = "which holds a port or hotkey that another one gets"


@dataclass(frozen=True, slots=True)
class SessionsFacts:
    """What was rendered, which sessions there are, who listens on the ports, and who uses which hotkey.

    `hotkeys` are the addresses of the neurons' keys as they are now; a key that is not made yet is left out.
    `unlogged` names those that run and whose log was deleted under them: nobody can read what they write. `proxy` is
    what is to be done before about the fleet's proxy.
    """

    wanted: RenderedFleet
    sessions: Mapping[str, SessionFacts]
    listeners: Mapping[int, ProcessFacts]
    processes: Sequence[ProcessFacts]
    hotkeys: Mapping[str, str]
    unlogged: Collection[str] = ()
    proxy: StartProxy | None = None


@dataclass(frozen=True, slots=True)
class LaunchSessions:
    """A wave of sessions, started in one go. Those in `running` are ended first: they were started differently.

    Waits until every validator in `permits` has its permit: a miner keeps its first metagraph for long.
    """

    specs: tuple[SessionSpec, ...]
    role: Role
    netuid: int
    permits: tuple[tuple[str, str, str], ...]
    stagger_s: float
    grace_s: float
    running: bool

    @property
    def phase(self) -> PhaseName:
        return NAME

    @property
    def neuron(self) -> str | None:
        """The one neuron of a wave of one."""
        return self.specs[0].name if len(self.specs) == 1 else None

    @property
    def serves(self) -> tuple[str, ...]:
        """Every neuron of the wave."""
        return tuple(spec.name for spec in self.specs)

    @property
    def action(self) -> str:
        return "restart_sessions" if self.running else "launch_sessions"

    @property
    def lane(self) -> str:
        return LANE

    def only(self, names: Collection[str]) -> LaunchSessions:
        """The same wave without the neurons that do not go on."""
        return replace(self, specs=tuple(spec for spec in self.specs if spec.name in names))

    def summary(self) -> str:
        """Who is started, and why again."""
        they = "it is" if len(self.specs) == 1 else "they are"
        why = f": what {they} started with has changed" if self.running else ""
        return f"{'restart' if self.running else 'launch'} {', '.join(self.serves)}{why}"

    def spend(self) -> Rao:
        """Starting a process costs nothing; the fees of what it then signs are its own."""
        return 0

    async def apply(self, world: World) -> None:
        """Wait for the permits, end what must be replaced, and start them all; SessionError."""
        unwritten = [spec.name for spec in self.specs if world.host.facts_of(spec.launcher) is None]
        if unwritten:
            raise SessionError(f"the files of {', '.join(unwritten)} are not written", hint="netctl fleet up, whole")
        await await_permits(self.netuid, self.permits, world)
        if self.running:
            survivors = await asyncio.to_thread(world.host.stop, self.serves, grace_s=self.grace_s)
            if survivors:
                raise SessionError(f"{', '.join(survivors)} cannot be ended", hint="look at the processes with ps")
        for number, wave in enumerate(_waves(self.specs, self.stagger_s)):
            if number:
                await world.clock.sleep(self.stagger_s)
            await asyncio.to_thread(world.host.launch, wave)
            for spec in wave:
                world.talk.progress(spec.name, NAME, "started")


@dataclass(frozen=True, slots=True)
class StopSession:
    """A session that is in the way: of a neuron that the profile no longer has, or that gives up what another needs."""

    neuron: str
    why: str = "which is not in the profile"

    @property
    def phase(self) -> PhaseName:
        return NAME

    @property
    def action(self) -> str:
        return "stop_session"

    @property
    def lane(self) -> str:
        return LANE

    def summary(self) -> str:
        """Whose session."""
        return f"stop {self.neuron}, {self.why}"

    def spend(self) -> Rao:
        """Nothing."""
        return 0

    async def apply(self, world: World) -> None:
        """End its processes by group and remove the session; SessionError where one survives."""
        survivors = await asyncio.to_thread(world.host.stop, (self.neuron,), grace_s=STOP_GRACE_S)
        if survivors:
            raise SessionError(f"{self.neuron} cannot be ended", hint="look at its processes with ps")


async def observe(fleet: Fleet, world: World) -> SessionsFacts:
    """Render in memory, list the sessions, and see who holds the ports and hotkeys."""
    wanted = render_fleet(fleet, packs.load(fleet.code.pack, fleet.profile_path.parent), world.environ)
    sessions = await asyncio.to_thread(world.host.sessions)
    keys = {n.name: world.keys.facts(n.wallet, n.hotkey).hotkey_ss58 for n in fleet.neurons}
    hotkeys = {name: address for name, address in keys.items() if address is not None}
    began = world.clock.now() - LOG_GRACE_S
    old = [name for name, found in sessions.items() if found.started_at is not None and found.started_at < began]
    unlogged = [name for name in old if not has_log(fleet, name)]
    facts = SessionsFacts(wanted, sessions, {}, (), hotkeys, unlogged, step_for(fleet, wanted, sessions))
    due = {neuron.name for neuron in fleet.neurons if _is_due(neuron.name, facts)}
    if not due:
        return facts
    ports = [port for neuron in fleet.neurons if neuron.name in due for port in neuron.ports]
    listeners = await asyncio.to_thread(world.host.listeners, ports)
    return replace(facts, listeners=listeners, processes=await asyncio.to_thread(world.host.neuron_processes))


def diff(fleet: Fleet, facts: SessionsFacts) -> Diff:
    """Stop strangers, then per role: restart what has changed, launch what is not there. Rivals block a neuron."""
    strangers = sorted(set(facts.sessions) - {neuron.name for neuron in fleet.neurons} - set(RESERVED_SESSIONS))
    due = [neuron for neuron in fleet.neurons if _is_due(neuron.name, facts)]
    alive = [n.name for n in due if n.name in facts.sessions and not _is_dead(facts.sessions[n.name])]
    refused = {n.name: tuple(_rivals(fleet, n, facts, (*strangers, *alive))) for n in due}
    free = {name for name, whys in refused.items() if not whys}
    steps: list[Step] = [StopSession(name) for name in strangers]
    if PROXY in facts.sessions and not fleet.has_proxy:
        steps.append(StopSession(PROXY, "which no neuron is behind any more"))
    steps += [] if facts.proxy is None else [facts.proxy]
    steps += [StopSession(name, GIVES_UP) for name in _in_the_way(fleet, due, alive, facts, strangers)]
    steps += _launches(fleet, facts, free)
    return Diff(tuple(steps), (*facts.wanted.blocked, *(why for whys in refused.values() for why in whys)))


def _rivals(fleet: Fleet, neuron: NeuronSpec, facts: SessionsFacts, leaving: Collection[str]) -> Iterator[Blocked]:
    return rivals(fleet, neuron, facts.listeners, facts.processes, leaving)


def _in_the_way(
    fleet: Fleet, due: Sequence[NeuronSpec], alive: Sequence[str], facts: SessionsFacts, strangers: Sequence[str]
) -> list[str]:
    """Sessions that will be started again, and hold what another neuron needs for its start."""
    short = [neuron for neuron in due if any(_rivals(fleet, neuron, facts, strangers))]

    def is_what_blocks(name: str, neuron: NeuronSpec) -> bool:
        others = (*(other for other in alive if other != name), *strangers)
        return neuron.name != name and any(_rivals(fleet, neuron, facts, others))

    blocked = {n.name for n in short if any(_rivals(fleet, n, facts, (*strangers, *alive)))}
    return [name for name in alive if any(is_what_blocks(name, n) for n in short if n.name not in blocked)]


def _is_due(name: str, facts: SessionsFacts) -> bool:
    rendered, session = facts.wanted.of(name), facts.sessions.get(name)
    if rendered is None:
        return False
    if session is None or _is_dead(session) or session.spec_hash != rendered.session.spec_hash:
        return True
    if name in facts.unlogged:
        return True
    # A process keeps the key that it read at its start, also when another one lies there under its name.
    loaded = session.labels.get("hotkey")
    return loaded is not None and loaded != facts.hotkeys.get(name, loaded)


def _restarted_before(neuron: NeuronSpec, due: Sequence[NeuronSpec], facts: SessionsFacts) -> list[str]:
    """Whose running sessions are ended by the time that this neuron is started: of its wave, and of roles before."""
    order = facts.wanted.pack.spec.launch.order
    return [n.name for n in due if n.name in facts.sessions and order.index(n.role) <= order.index(neuron.role)]


def _is_dead(session: SessionFacts) -> bool:
    return session.exit_code is not None or session.exit_signal is not None


def _launches(fleet: Fleet, facts: SessionsFacts, names: Collection[str]) -> Iterator[Step]:
    pack = facts.wanted.pack
    permits = tuple((v.name, v.wallet, v.hotkey) for v in fleet.validators if v.stake_rao > 0)
    for role in pack.spec.launch.order:
        due = [n.name for n in fleet.neurons if n.role == role and n.name in names]
        alive = {name for name in due if name in facts.sessions and not _is_dead(facts.sessions[name])}
        for running in (True, False):
            specs = tuple(
                _with_hotkey(one.session, facts)
                for name in due
                if (name in alive) is running and (one := facts.wanted.of(name)) is not None
            )
            if specs:
                yield LaunchSessions(
                    specs=specs,
                    role=role,
                    netuid=fleet.netuid,
                    permits=permits if pack.role(role).after_permits else (),
                    stagger_s=pack.spec.launch.stagger,
                    grace_s=pack.role(role).stop.grace + 2.0,
                    running=running,
                )


def _with_hotkey(spec: SessionSpec, facts: SessionsFacts) -> SessionSpec:
    address = facts.hotkeys.get(spec.name)
    return spec if address is None else replace(spec, labels=(*spec.labels, ("hotkey", address)))


def _waves(specs: Sequence[SessionSpec], stagger_s: float) -> list[Sequence[SessionSpec]]:
    return [[spec] for spec in specs] if stagger_s else [specs]
