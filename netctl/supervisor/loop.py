"""The supervisor's loop: deaths every second or two, everything else now and then, until it is told to end."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from netctl.collecting.collector import Collector
from netctl.errors import NetctlError
from netctl.fleet import Fleet
from netctl.ports import World
from netctl.readiness import Probe
from netctl.sampling.sampler import Sampler
from netctl.supervisor.deaths import Deaths, Keep
from netctl.supervisor.rounds import Rounds
from netctl.supervisor.telling import Say, Telling

TICK_S = 1.0
TICK_OF_MANY_S = 2.0
MANY = 64
PERIOD_S = 5.0
PERIOD_OF_MANY_S = 15.0
ROTATION_S = 30.0
CALM_S = 5.0
LOGS_S = 5.0
USAGE_S = 30.0
USAGE_OF_MANY_S = 60.0
AFTER_TROUBLE_S = 10.0

Duty = tuple[str, Callable[[], Awaitable[None]], float]
"""What it is called, what is done, and how many seconds lie between two times."""


def _not_kept(_session: object) -> None:
    """Nobody keeps capsules."""


@dataclass(slots=True)
class Supervisor:
    """One fleet's supervisor. It remembers nothing that it could not find again: see `netctl.supervisor.restarts`."""

    fleet: Fleet
    world: World
    probe: Probe
    say: Say
    keep: Keep = _not_kept
    sampler: Sampler | None = None
    collector: Collector | None = None
    telling: Telling = field(init=False)
    deaths: Deaths = field(init=False)
    rounds: Rounds = field(init=False)

    def __post_init__(self) -> None:
        self.telling = Telling(self.say)
        self.deaths = Deaths(self.fleet, self.world, self.telling, self.keep)
        self.rounds = Rounds(self.fleet, self.world, self.probe, self.telling, self.period_s)

    @property
    def tick_s(self) -> float:
        """How often dead sessions are looked for."""
        return TICK_S if len(self.fleet.neurons) <= MANY else TICK_OF_MANY_S

    @property
    def period_s(self) -> float:
        """How often everything is looked at."""
        return PERIOD_S if len(self.fleet.neurons) <= MANY else PERIOD_OF_MANY_S

    @property
    def usage_s(self) -> float:
        """How often it is noted what neurons use."""
        return USAGE_S if len(self.fleet.neurons) <= MANY else USAGE_OF_MANY_S

    async def run(self, stopping: asyncio.Event) -> None:
        """Supervise until told to stop; what runs is left as it is."""
        await self._tried("adoption", self.deaths.adopt)
        duties: tuple[Duty, ...] = (
            ("deaths", self.deaths.look, self.tick_s),
            ("look", self.rounds.look, self.period_s),
            ("rotation", self.rounds.rotate, ROTATION_S),
            ("chaos", self.rounds.calm, CALM_S),
            *self._collecting(),
            *self._sampling(),
        )
        async with asyncio.TaskGroup() as group:
            for name, act, pause_s in duties:
                group.create_task(self._every(name, act, pause_s, stopping))
        await self.rounds.close()

    def _collecting(self) -> tuple[Duty, ...]:
        """The logs of neurons on other machines; each that cannot be read is told once."""
        collector = self.collector
        if collector is None:
            return ()
        return (("logs of other machines", lambda: asyncio.to_thread(collector.tend), self.tick_s),)

    def _sampling(self) -> tuple[Duty, ...]:
        """What is written into metrics.db: all of it apart from what keeps neurons up, which must not wait for it."""
        sampler = self.sampler
        if sampler is None:
            return ()
        return (
            ("samples", lambda: sampler.look(self.rounds.seen), self.period_s),
            ("usage", lambda: sampler.usage(self.rounds.seen), self.usage_s),
            ("events", sampler.logs, LOGS_S),
        )

    async def _every(
        self, name: str, act: Callable[[], Awaitable[None]], pause_s: float, stopping: asyncio.Event
    ) -> None:
        while not stopping.is_set():
            fine = await self._tried(name, act)
            try:
                async with asyncio.timeout(pause_s if fine else max(pause_s, AFTER_TROUBLE_S)):
                    await stopping.wait()
            except TimeoutError:
                continue

    async def _tried(self, name: str, act: Callable[[], Awaitable[None]]) -> bool:
        """Do it; what keeps it from being done is said once, and tried again later."""
        try:
            await act()
        except (NetctlError, OSError) as error:
            what = error.message if isinstance(error, NetctlError) else str(error)
            self.telling.of(f"duty {name}", what, f"{name}: {what}")
            return False
        self.telling.over(f"duty {name}")
        return True
