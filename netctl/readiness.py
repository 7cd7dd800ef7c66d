"""Waiting until neurons that were started do what they are for."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Mapping

from netctl.fleet import Fleet
from netctl.logs import last_words
from netctl.ports import SessionFacts, World
from netctl.probes.model import Health

Probe = Callable[[Fleet, Mapping[str, SessionFacts]], Awaitable[Mapping[str, Health]]]
"""Says of each neuron with a live process whether it is ready; one left out could not be judged."""

PAUSE_S = 0.25


async def wait_until_ready(
    fleet: Fleet, world: World, names: Collection[str], *, probe: Probe, deadline_s: float
) -> Mapping[str, str]:
    """Wait for all of them at once; returns why, for each neuron that died or was not ready in time."""
    waiting = set(names)
    why: dict[str, str] = {}
    deadline = world.clock.now() + deadline_s
    while waiting:
        sessions = await asyncio.to_thread(world.host.sessions)
        found = await probe(fleet, sessions)
        for name in sorted(waiting):
            session = sessions.get(name)
            if session is None or session.exit_code is not None or session.exit_signal is not None:
                why[name] = await asyncio.to_thread(_ended, fleet, session)
            elif name in found and found[name].ready:
                world.talk.progress(name, "sessions", "ready")
            else:
                continue
            waiting.discard(name)
        if not waiting:
            break
        if world.clock.now() >= deadline:
            why.update(
                {name: f"not ready within {deadline_s:g} s: waits for {_cause(found, name)}" for name in waiting}
            )
            break
        await world.clock.sleep(PAUSE_S)
    return why


def _cause(found: Mapping[str, Health], name: str) -> str:
    return (found[name].waits_for if name in found else None) or "its process"


def _ended(fleet: Fleet, session: SessionFacts | None) -> str:
    if session is None:
        return "its session is gone"
    words = last_words(fleet, session)
    end = f": {words}" if words else ""
    if session.exit_signal is not None:
        return f"its process was ended by signal {session.exit_signal}{end}"
    return f"its process ended with exit code {session.exit_code}{end}"
