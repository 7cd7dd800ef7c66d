"""Restarting what runs, a few at a time: the next one only when the last one is ready, none after one that is not."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby

from netctl.errors import NetctlError
from netctl.fleet import Rolling
from netctl.plan import served_by
from netctl.ports import World
from netctl.standing import Standing
from netctl.step import Restarts, Step

Gate = Callable[[Collection[str]], Awaitable[Mapping[str, str]]]
"""Waits until these neurons are ready; returns why, for each that is not in time."""


def in_turns(lane: Sequence[Step]) -> Iterator[tuple[bool, tuple[Step, ...]]]:
    """The steps of a lane, those in a row that roll and are of one role together; whether they roll."""
    for (rolls, _), steps in groupby(lane, key=_kind):
        if rolls:
            yield True, tuple(steps)
        else:
            yield from ((False, (step,)) for step in steps)


@dataclass(slots=True)
class Shelf:
    """Changes to the files of neurons that run: each is made when its neuron's turn comes, or not at all.

    So a neuron that the roll does not reach, and that is started again by its policy, starts as it ran before.
    """

    files: dict[str, list[Step]] = field(default_factory=dict)

    def lay(self, steps: Iterable[Step], running: Collection[str]) -> tuple[Step, ...]:
        """Lay those of running neurons by; returns the others."""
        for step in steps:
            if step.neuron in running:
                self.files.setdefault(step.neuron or "", []).append(step)
        return tuple(step for step in steps if step.neuron not in running)

    def not_rolled(self, steps: Iterable[Step]) -> tuple[Step, ...]:
        """Take what is to be done before these steps: all of the neurons that do not take a turn in them."""
        rolled = {name for step in steps if _kind(step)[0] for name in served_by(step)}
        return tuple(step for name in self.files.keys() - rolled for step in self.take(name))

    def take(self, name: str) -> Sequence[Step]:
        """Take one neuron's."""
        return self.files.pop(name, [])


def _kind(step: Step) -> tuple[bool, str]:
    return (True, step.role) if isinstance(step, Restarts) and step.rolls else (False, "")


@dataclass(slots=True)
class Roll:
    """One lane's restarts, entered in `done`. With `halted`, who was not ready, nobody else is touched."""

    rolling: Rolling
    world: World
    standing: Standing
    gate: Gate
    lane: Sequence[Step]
    done: list[Step]
    shelf: Shelf = field(default_factory=Shelf)
    halted: str | None = None
    begun: float = float("-inf")
    door: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def through(self, steps: Sequence[Step]) -> None:
        """Restart them as far as they go; whom it does not reach is blocked, and runs on as it was started."""
        await self._begin(steps)
        waiting = list(steps)

        async def take_turns() -> None:
            while waiting and self.halted is None:
                await self._restart(waiting.pop(0))

        async with asyncio.TaskGroup() as group:
            for _ in range(min(self.rolling.parallel, len(steps))):
                group.create_task(take_turns())
        for step in waiting:
            self._leave(step)

    async def _begin(self, steps: Sequence[Step]) -> None:
        """Those of the role that run as they should must be ready before the first of the others is touched."""
        if self.rolling.keep_going or self.halted is not None:
            return
        later = {name for step in self.lane if _kind(step)[0] for name in served_by(step)}
        role = _kind(steps[0])[1]
        kept = [n.name for n in self.standing.fleet.neurons if n.role == role and n.name not in later]
        await self._await([name for name in kept if name in self.standing.names])

    async def _restart(self, step: Step) -> None:
        names = [name for name in served_by(step) if name in self.standing.names]
        if not names or not isinstance(step, Restarts):
            return
        async with self.door:
            await self.world.clock.sleep(max(0.0, self.begun + step.stagger_s - self.world.clock.now()))
            self.begun = self.world.clock.now()
        for each in (*(file for name in names for file in self.shelf.take(name)), step):
            try:
                await each.apply(self.world)
            except NetctlError as error:
                self._fail(names, error.message, error.hint)
                return
            self.done.append(each)
        await self._await(names)

    async def _await(self, names: Sequence[str]) -> None:
        for name, why in (await self.gate(names)).items():
            self._fail((name,), why, f"netctl why {name}")

    def _fail(self, names: Sequence[str], why: str, hint: str) -> None:
        for name in names:
            self.standing.stop("sessions", (name,), why, hint)
            self.world.talk.progress(name, "sessions", f"failed: {why}")
        if not self.rolling.keep_going and self.halted is None:
            self.halted = names[0]

    def _leave(self, step: Step) -> None:
        why = f"not restarted, it runs on as it was: {self.halted} is not ready"
        hint = "mend it and run this again, or go on all the same: --keep-going"
        self.standing.stop(step.phase, served_by(step), why, hint, ending="blocked")
