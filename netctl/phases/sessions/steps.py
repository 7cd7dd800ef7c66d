"""What changes sessions: launching some in one go, ending one."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from netctl.errors import SessionError
from netctl.fleet import Role
from netctl.money import Rao
from netctl.permits import await_permits
from netctl.ports import STOPPED, SessionSpec, World
from netctl.probes.model import Watched
from netctl.readiness import await_readiness
from netctl.runs.label import starting_now
from netctl.step import PhaseName

NAME: PhaseName = "sessions"
LANE = "sessions"
STOP_GRACE_S = 15.0


@dataclass(frozen=True, slots=True)
class LaunchSessions:
    """A wave of sessions, started in one go. With `running` they are ended first: they were started differently.

    Waits until every validator in `permits` has its permit: a miner keeps its first metagraph for long. Then for those
    that `awaits` names, the roles before it, to be ready. `why` is what differs, for a session that is started again,
    and `by` the command that does so.
    `own_chain`: the chain is a session of the fleet's own, without which there is nothing to wait for.
    """

    specs: tuple[SessionSpec, ...]
    role: Role
    netuid: int
    permits: tuple[tuple[str, str, str], ...]
    stagger_s: float
    grace_s: float
    running: bool
    why: tuple[str, ...] = ()
    awaits: tuple[Watched, ...] = ()
    own_chain: bool = False
    by: str = "netctl fleet up"

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
    def rolls(self) -> bool:
        """Whether it ends what runs, and so takes its turn."""
        return self.running

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
        """Who is started, or started again."""
        return f"{'restart' if self.running else 'launch'} {', '.join(self.serves)}"

    def spend(self) -> Rao:
        """Starting a process costs nothing; the fees of what it then signs are its own."""
        return 0

    async def apply(self, world: World) -> None:
        """Wait for the permits, end what must be replaced, and start them all; SessionError."""
        unwritten = [spec.name for spec in self.specs if world.host.facts_of(spec.launcher) is None]
        if unwritten:
            raise SessionError(f"the files of {', '.join(unwritten)} are not written", hint="netctl fleet up, whole")
        await await_permits(self.netuid, self.permits, world)
        await await_readiness(self.netuid, self.awaits, world, own_chain=self.own_chain)
        if self.running:
            mark = {STOPPED: self.by}
            survivors = await asyncio.to_thread(world.host.stop, self.serves, grace_s=self.grace_s, leave=mark)
            if survivors:
                raise SessionError(
                    f"{', '.join(survivors)} cannot be ended",
                    hint="look at the processes with ps, on a node with docker ps",
                )
        for number, wave in enumerate(_waves(self.specs, self.stagger_s)):
            if number:
                await world.clock.sleep(self.stagger_s)
            wave = await starting_now(wave, world)
            await asyncio.to_thread(world.host.launch, wave)
            for spec in wave:
                world.talk.progress(spec.name, NAME, "started again" if self.running else "started")


@dataclass(frozen=True, slots=True)
class StopSession:
    """A session that is in the way: of a neuron that the profile no longer has, or that gives up what another needs.

    One of the latter is launched again in the same run; `why` is what differs in it.
    """

    neuron: str
    cause: str = "which is not in the profile"
    why: tuple[str, ...] = ()

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
        return f"stop {self.neuron}, {self.cause}"

    def spend(self) -> Rao:
        """Nothing."""
        return 0

    async def apply(self, world: World) -> None:
        """End its processes by group and remove the session; SessionError where one survives."""
        survivors = await asyncio.to_thread(world.host.stop, (self.neuron,), grace_s=STOP_GRACE_S)
        if survivors:
            raise SessionError(
                f"{self.neuron} cannot be ended", hint="look at its processes with ps, on a node with docker ps"
            )


def _waves(specs: Sequence[SessionSpec], stagger_s: float) -> list[Sequence[SessionSpec]]:
    return [[spec] for spec in specs] if stagger_s else [specs]
