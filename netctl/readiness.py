"""Waiting until neurons that were started do what they are for, and holding others back until they do."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping, Sequence
from typing import Literal, Protocol
from urllib.parse import urlsplit

from netctl.embedded import SESSION as CHAIN
from netctl.errors import ChainUnreachable
from netctl.fleet import Fleet
from netctl.logs import last_words
from netctl.networks import is_loopback
from netctl.ports import FAULT, Metagraph, SessionFacts, World
from netctl.probes.memory import Memory
from netctl.probes.model import READY_WITHIN_S, Health, Watched
from netctl.probes.whole import ChainEye, look_now
from netctl.supervisor.restarts import SESSION as SUPERVISOR
from netctl.supervisor.restarts import verdict

PAUSE_S = 0.25
LATE_S = 10.0
"""What a neuron that is overdue already, or of unknown age, is waited for all the same."""
CHAIN_WITHIN_S = 60.0
OWN_CHAIN_WITHIN_S = 20.0
"""One on this machine either answers soon or is gone."""

CHAIN_PAUSE_S = 1.0


class Probe(Protocol):
    """Says of each neuron with a live process how it is; one left out could not be judged.

    `metagraph` is what the caller has read: None where it could not be, "unread" where the probe is to read it.
    """

    async def __call__(
        self,
        fleet: Fleet,
        sessions: Mapping[str, SessionFacts],
        *,
        metagraph: Metagraph | Literal["unread"] | None = "unread",
    ) -> Mapping[str, Health]: ...


async def wait_until_ready(
    fleet: Fleet, world: World, names: Collection[str], *, probe: Probe, within_s: Mapping[str, float]
) -> Mapping[str, str]:
    """Wait for all of them at once; returns why, for each neuron that died or was not ready in time.

    `within_s` is what each may take from its start. One that a living supervisor has ended so that it starts anew has
    not died: its time counts, once, from when it is due to start.
    """
    waiting = set(names)
    why: dict[str, str] = {}
    ends: dict[str, float] = {}
    anew: dict[str, float] = {}
    began = world.clock.now()
    while waiting:
        sessions = await asyncio.to_thread(world.host.sessions)
        found = await probe(fleet, {name: sessions[name] for name in waiting if name in sessions})
        for name in sorted(waiting):
            session, allowed_s = sessions.get(name), within_s.get(name, READY_WITHIN_S)
            due = None if session is None else _comes_again_at(fleet, session, sessions.get(SUPERVISOR))
            if due is not None and world.clock.now() < anew.setdefault(name, due + allowed_s):
                ends[name] = anew[name]
                continue
            if session is None or _has_ended(session):
                why[name] = await asyncio.to_thread(_ended, fleet, session)
            elif name in found and found[name].ready:
                world.talk.progress(name, "sessions", "ready")
            elif world.clock.now() < ends.setdefault(name, _end(session, allowed_s, began)):
                continue
            else:
                why[name] = f"not ready within {allowed_s:g} s: waits for {_cause(found, name)}"
            waiting.discard(name)
        if waiting:
            await world.clock.sleep(PAUSE_S)
    return why


async def await_readiness(
    netuid: int, watched: Sequence[Watched], world: World, *, own_chain: bool = False
) -> Mapping[str, str]:
    """Wait until the chain answers, then until each of these that runs is ready; says meanwhile what for.

    Returns what those wait for that are not ready in time, counted from their start: whoever waits goes on without
    them. One whose process has ended, or was not started, is not waited for. ChainUnreachable where the chain does
    not answer in time, or, with `own_chain`, as soon as it is seen that the fleet's own does not run any more.
    """
    await _await_chain(world, own=own_chain)
    memory, eye, began = Memory(), ChainEye(world), world.clock.now()
    late: dict[str, str] = {}
    ends: dict[str, float] = {}
    told: dict[str, str | None] = {}
    while left := [one for one in watched if one.name not in late]:
        sessions = await asyncio.to_thread(world.host.sessions)
        alive = [one for one in left if one.name in sessions and not _has_ended(sessions[one.name])]
        found = await look_now(alive, sessions, memory, netuid=netuid, eye=eye)
        waiting = [one for one in alive if not found[one.name].ready]
        for one in waiting:
            waits_for = found[one.name].waits_for
            if world.clock.now() >= ends.setdefault(one.name, _end(sessions[one.name], one.ready_within_s, began)):
                late[one.name] = str(waits_for)
                world.talk.progress(one.name, "sessions", f"not ready within {one.ready_within_s:g} s: {waits_for}")
            elif told.get(one.name) != waits_for:
                told[one.name] = waits_for
                world.talk.progress(one.name, "sessions", f"waits for {waits_for}")
        if not any(one.name not in late for one in waiting):
            break
        await world.clock.sleep(PAUSE_S)
    return late


async def _await_chain(world: World, *, own: bool) -> None:
    within_s = CHAIN_WITHIN_S if not is_loopback(urlsplit(world.chain.endpoint).hostname or "") else OWN_CHAIN_WITHIN_S
    end = world.clock.now() + within_s
    while True:
        try:
            await world.chain.head()
        except ChainUnreachable as error:
            gone = _gone(await asyncio.to_thread(world.host.sessions)) if own else None
            if gone is not None:
                what = f"the rehearsal's chain at {world.chain.endpoint} does not run any more: {gone}"
                raise ChainUnreachable(what, hint="netctl fleet up starts it again, and goes on") from error
            if world.clock.now() >= end:
                what = f"the chain at {world.chain.endpoint} does not answer within {within_s:g} s: {error.message}"
                raise ChainUnreachable(what, hint="netctl doctor looks at the chain") from error
            world.talk.progress(None, "sessions", f"waits for the chain at {world.chain.endpoint}")
            await world.clock.sleep(CHAIN_PAUSE_S)
        else:
            return


def _gone(sessions: Mapping[str, SessionFacts]) -> str | None:
    """How the fleet's own chain ended for good; None where it runs, or a supervisor starts it again."""
    if CHAIN not in sessions:
        return f"its session {CHAIN} is gone{'' if sessions else ', and so is the tmux server of the fleet'}"
    supervisor = sessions.get(SUPERVISOR)
    is_supervised = supervisor is not None and supervisor.pid is not None
    return "its process has ended" if sessions[CHAIN].is_dead and not is_supervised else None


def _end(session: SessionFacts, within_s: float, began: float) -> float:
    """Until when it is waited for: as long as it may take from its start, and a little where that is over."""
    return max((session.started_at or began) + within_s, began + min(LATE_S, within_s))


def _comes_again_at(fleet: Fleet, session: SessionFacts, supervisor: SessionFacts | None) -> float | None:
    """When the supervisor starts again a neuron that it has ended; None where it will not, or nobody would."""
    neuron = fleet.neuron(session.name)
    if neuron is None or not session.is_dead or FAULT not in session.labels:
        return None
    if supervisor is None or supervisor.is_dead:
        return None
    return verdict(neuron.restart, session).at


def _has_ended(session: SessionFacts) -> bool:
    return session.exit_code is not None or session.exit_signal is not None


def _cause(found: Mapping[str, Health], name: str) -> str:
    return (found[name].waits_for if name in found else None) or "its process"


def _ended(fleet: Fleet, session: SessionFacts | None) -> str:
    if session is None:
        return "its session is gone"
    if session.is_dead and session.waits:
        return f"its node could not start it: {session.waits}"
    words = last_words(fleet, session)
    end = f": {words}" if words else ""
    if session.exit_signal is not None:
        return f"its process was ended by signal {session.exit_signal}{end}"
    return f"its process ended with exit code {session.exit_code}{end}"
