"""A whole fleet looked at by a command: pack, keys and, where nobody else has, the chain are read; `look` judges."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from netctl import packs
from netctl.errors import ChainError
from netctl.fleet import Fleet
from netctl.forbearing import Forbearing
from netctl.ports import Metagraph, SessionFacts, World
from netctl.probes.expand import watched_of
from netctl.probes.looking import look
from netctl.probes.memory import Memory
from netctl.probes.model import Health, Watched, needs_chain

Unread = Literal["unread"]


LONGEST_PAUSE_S = 3.0


@dataclass(slots=True)
class ChainEye:
    """Reads the chain for probes that are asked again and again, not oftener than it makes blocks."""

    world: World
    pause_s: float | None = None
    read_at: float = float("-inf")
    metagraph: Metagraph | None = None
    tempos: dict[int, int | None] = field(default_factory=dict)

    async def look(self, netuid: int) -> Metagraph | None:
        """The metagraph, at most a block old; None where the subnet is not there, or the chain does not answer."""
        now = self.world.clock.now()
        if not 0 <= now - self.read_at < (self.pause_s or 0.0):
            try:
                if self.pause_s is None:
                    self.pause_s = min(await self.world.chain.block_time_s(), LONGEST_PAUSE_S)
                self.metagraph = await self.world.chain.metagraph(netuid)
            except ChainError:
                self.metagraph = None
            self.read_at = now
        return self.metagraph

    async def tempo(self, netuid: int) -> int | None:
        """The subnet's tempo, asked for once; None where it cannot be told."""
        if self.tempos.get(netuid) is None:
            try:
                subnet = await self.world.chain.subnet(netuid)
            except ChainError:
                return None
            self.tempos[netuid] = subnet.tempo if subnet is not None else None
        return self.tempos[netuid]


async def look_now(
    watched: Sequence[Watched],
    sessions: Mapping[str, SessionFacts],
    memory: Memory,
    *,
    netuid: int,
    eye: ChainEye,
    metagraph: Metagraph | Unread | None = "unread",
    at_once: bool = False,
) -> Mapping[str, Health]:
    """A look by somebody who may have to read the chain for it; what the chain has is unknown where it cannot be."""
    live = [one for one in watched if one.name in sessions and sessions[one.name].pid is not None]
    if metagraph == "unread":
        metagraph = await eye.look(netuid) if needs_chain(live) else None
    counts = metagraph is not None and any(p.within_tempos is not None for one in live for p in one.probes)
    return await look(
        watched,
        sessions,
        memory,
        clock=eye.world.clock,
        metagraph=metagraph,
        tempo=await eye.tempo(netuid) if counts else None,
        at_once=at_once,
    )


@dataclass(slots=True)
class FleetProbe:
    """The probe for `wait_until_ready` and `status`. It keeps a memory; with `at_once` it is for one look."""

    eye: ChainEye
    at_once: bool = False
    memory: Memory = field(default_factory=Memory)
    known: tuple[Fleet, Mapping[str, str], tuple[Watched, ...]] | None = None

    async def __call__(
        self,
        fleet: Fleet,
        sessions: Mapping[str, SessionFacts],
        *,
        metagraph: Metagraph | Unread | None = "unread",
    ) -> Mapping[str, Health]:
        """The health of every neuron with a live process. ProfileError, PrerequisiteError: see `watched_of`."""
        watched = await asyncio.to_thread(self._watched, fleet)
        found = await look_now(
            watched,
            sessions,
            self.memory,
            netuid=fleet.netuid,
            eye=self.eye,
            metagraph=metagraph,
            at_once=self.at_once,
        )
        alive = {name for name, session in sessions.items() if session.pid is not None}
        return {name: health for name, health in found.items() if name in alive}

    def _watched(self, fleet: Fleet) -> tuple[Watched, ...]:
        """The neurons with their probes; the pack is read again only for another fleet, or other keys."""
        readable = Forbearing(self.eye.world.keys)
        keys = {n.name: readable.facts(n.wallet, n.hotkey).hotkey_ss58 for n in fleet.neurons}
        hotkeys = {name: address for name, address in keys.items() if address is not None}
        if self.known is None or self.known[0] != fleet or self.known[1] != hotkeys:
            pack = packs.load(fleet.code.pack, fleet.profile_path.parent)
            self.known = (fleet, hotkeys, watched_of(fleet, pack, hotkeys))
        return self.known[2]


def allowances(fleet: Fleet) -> Mapping[str, float]:
    """How many seconds each neuron may take to be ready, once all their probes are seen to be good.

    ProfileError and PrerequisiteError where the pack, or a probe of it or of the profile, cannot be used.
    """
    pack = packs.load(fleet.code.pack, fleet.profile_path.parent)
    return {one.name: one.ready_within_s for one in watched_of(fleet, pack, {})}


def probe_of(world: World, *, at_once: bool = False) -> FleetProbe:
    """The probe of a command."""
    return FleetProbe(ChainEye(world), at_once)
