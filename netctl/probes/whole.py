"""A whole fleet looked at by a command: pack, keys, chain and sessions are read here, and judged by `look`."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import TYPE_CHECKING

from netctl import packs
from netctl.fleet import Fleet
from netctl.ports import SessionFacts, World
from netctl.probes.expand import watched_of
from netctl.probes.looking import look
from netctl.probes.memory import Memory
from netctl.probes.model import Health, Watched, needs_chain

if TYPE_CHECKING:
    from netctl.readiness import Probe


def watched_now(fleet: Fleet, world: World) -> tuple[Watched, ...]:
    """The fleet's neurons with their probes, by pack and keys as they are now. ProfileError, PrerequisiteError."""
    pack = packs.load(fleet.code.pack, fleet.profile_path.parent)
    keys = {n.name: world.keys.facts(n.wallet, n.hotkey).hotkey_ss58 for n in fleet.neurons}
    return watched_of(fleet, pack, {name: address for name, address in keys.items() if address is not None})


async def look_now(
    watched: tuple[Watched, ...],
    sessions: Mapping[str, SessionFacts],
    memory: Memory,
    *,
    netuid: int,
    world: World,
    at_once: bool = False,
) -> Mapping[str, Health]:
    """A look by somebody who reads the chain himself, where any of these probes wants it. ChainError."""
    live = [one for one in watched if one.name in sessions and sessions[one.name].pid is not None]
    metagraph, tempo = None, None
    if needs_chain(live):
        metagraph = await world.chain.metagraph(netuid)
        if any(probe.within_tempos is not None for one in live for probe in one.probes):
            subnet = await world.chain.subnet(netuid)
            tempo = subnet.tempo if subnet is not None else None
    return await look(watched, sessions, memory, clock=world.clock, metagraph=metagraph, tempo=tempo, at_once=at_once)


def probe_of(world: World, *, at_once: bool = False) -> Probe:
    """The probe for `wait_until_ready` and `status`; with `at_once` for whoever looks once. It keeps its own memory."""
    memory = Memory()

    async def probe(fleet: Fleet, sessions: Mapping[str, SessionFacts]) -> Mapping[str, Health]:
        watched = await asyncio.to_thread(watched_now, fleet, world)
        found = await look_now(watched, sessions, memory, netuid=fleet.netuid, world=world, at_once=at_once)
        alive = {name for name, session in sessions.items() if session.pid is not None}
        return {name: health for name, health in found.items() if name in alive}

    return probe
