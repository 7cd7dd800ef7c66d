"""The doctor's one look: everything that its rows judge by, each part for itself, so that none hides the others."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

from netctl import packs
from netctl.doctor.files import unknown_to_sdk
from netctl.doctor.seen import Absent, Code, Keys, Link, Neighbours, OnChain, OnSwarm, Pulse, Seen, Strayed
from netctl.errors import (
    ChainError,
    NetctlError,
    PolicyError,
    PrerequisiteError,
    ProfileError,
    SessionError,
    WalletError,
)
from netctl.fleet import Fleet
from netctl.glance import at_a_glance
from netctl.identity.claims import of_profile
from netctl.packs import Pack
from netctl.phases import funding
from netctl.phases.subnet import actual_netuid
from netctl.placement import Swarm
from netctl.ports import World
from netctl.ports.machine import Interpreter, Machine
from netctl.render.fleet import RenderedFleet, render_fleet
from netctl.render.sources import places
from netctl.truth.check import drift_from_profile
from netctl.truth.drift import Drift

T = TypeVar("T")

NO_PROFILE = Absent("no profile was named", "netctl doctor -p PROFILE")
PATIENCE_S = 25.0
"""How long the chain has for one question; a doctor is waited for."""

PATIENCE_WITH_BLOCKS_S = 60.0
"""The same where a block is waited for."""

BLOCKS_WAITED = 1.5
LEAST_WAIT_S = 3.0
POLLS_A_BLOCK = 6
"""Two requests each: as much as a public endpoint bears."""

DOTENV = ".env"
SDK = "bittensor"


async def without_fleet(machine: Machine, place: Path) -> Seen:
    """What can be seen of the machine alone; `place` is where state would lie."""
    return await _on(machine, place)


async def observe(
    fleet: Fleet, world: World, machine: Machine, look_at_swarm: Callable[[Swarm], OnSwarm] | None = None
) -> Seen:
    """Look at everything that the fleet stands on. Changes nothing, and raises nothing that is one row's affair.

    `look_at_swarm` asks the machines of a fleet that has some.
    """
    pack = _pack(fleet)
    rendered = await asyncio.to_thread(_rendered, fleet, world, pack)
    seen = replace(
        await _on(machine, fleet.state),
        fleet=fleet,
        rendered=rendered,
        keys=await asyncio.to_thread(_keys, fleet, world, machine),
        neighbours=await asyncio.to_thread(_neighbours, fleet, world, rendered),
        swarm=await asyncio.to_thread(_swarm, fleet, look_at_swarm),
    )
    link, pulse, on_chain = await _chain(fleet, world)
    netuid = on_chain.netuid if not isinstance(on_chain, Absent) and on_chain.subnet is not None else None
    there = fleet if netuid is None else replace(fleet, netuid=netuid)
    drift = await asyncio.to_thread(lambda: _drift(there, world, _rendered(there, world, pack)))
    answers = not isinstance(link, Absent) and link.trouble is None and link.foreign is None
    endpoint = fleet.network.endpoint if answers else None
    world.talk.progress(None, "doctor", "asks the neurons' interpreter")
    interpreter = await machine.interpreter(fleet.code.python, endpoint=endpoint, netuid=netuid)
    code = await asyncio.to_thread(_code, fleet, machine, pack, interpreter)
    return replace(seen, link=link, pulse=pulse, on_chain=on_chain, code=code, drift=drift)


def _swarm(fleet: Fleet, look: Callable[[Swarm], OnSwarm] | None) -> OnSwarm | Absent | None:
    if fleet.swarm is None:
        return None
    if look is None:
        return Absent("it was not asked")
    try:
        return look(fleet.swarm)
    except NetctlError as error:
        return Absent(error.message, error.hint)


async def _on(machine: Machine, place: Path) -> Seen:
    tmux, logout, disk = await asyncio.gather(
        asyncio.to_thread(machine.tmux), asyncio.to_thread(machine.logout), asyncio.to_thread(machine.disk, place)
    )
    nothing = NO_PROFILE
    return Seen(
        tmux=tmux,
        logout=logout,
        disk=disk if disk is not None else Absent(f"{place} cannot be looked at"),
        fleet=nothing,
        rendered=nothing,
        code=nothing,
        neighbours=nothing,
        drift=nothing,
        keys=nothing,
        link=nothing,
        pulse=nothing,
        on_chain=nothing,
    )


def _pack(fleet: Fleet) -> Pack | Absent:
    try:
        return packs.load(fleet.code.pack, fleet.profile_path.parent)
    except ProfileError as error:
        return Absent("; ".join(map(str, error.faults)), error.hint)
    except PrerequisiteError as error:
        return Absent(error.message, error.hint)


def _rendered(fleet: Fleet, world: World, pack: Pack | Absent) -> RenderedFleet | Absent:
    if isinstance(pack, Absent):
        return pack
    try:
        return render_fleet(fleet, pack, world.environ)
    except NetctlError as error:
        return Absent(error.message, error.hint)


def _keys(fleet: Fleet, world: World, machine: Machine) -> Keys | Absent:
    try:
        facts = {n.name: world.keys.facts(n.wallet, n.hotkey) for n in fleet.neurons}
    except WalletError as error:
        return Absent(error.message, error.hint)
    hotkeys = {n.name: fleet.wallet_path / n.wallet / "hotkeys" / n.hotkey for n in fleet.neurons}
    coldkeys = {n.wallet: fleet.wallet_path / n.wallet / "coldkey" for n in fleet.neurons}
    return Keys(
        facts=facts,
        hotkeys={name: found for name, path in hotkeys.items() if (found := machine.access(path)) is not None},
        coldkeys={name: found for name, path in coldkeys.items() if (found := machine.access(path)) is not None},
    )


def _neighbours(fleet: Fleet, world: World, rendered: RenderedFleet | Absent) -> Neighbours:
    known = () if isinstance(rendered, Absent) else rendered.whole
    claims = {n.name: of_profile(fleet, n) for n in fleet.neurons} | {one.neuron: one.claims for one in known}
    paths = {path for one in claims.values() for path in one.paths()}
    exclusives = () if isinstance(rendered, Absent) else rendered.exclusives
    holders = world.host.holders(exclusives, paths=paths)
    listeners = world.host.listeners([port for one in claims.values() for port in one.ports()])
    try:
        pids = {name: found.pid for name, found in world.host.sessions().items() if not found.node}
    except (SessionError, PrerequisiteError) as error:
        return Neighbours(listeners, holders, claims, None, error.message)
    return Neighbours(listeners, holders, claims, pids)


def _drift(fleet: Fleet, world: World, rendered: RenderedFleet | Absent) -> Mapping[str, tuple[Drift, ...]] | Absent:
    if isinstance(rendered, Absent):
        return rendered
    try:
        return drift_from_profile(fleet, world.host, rendered, world.host.sessions())
    except (SessionError, PrerequisiteError) as error:
        return Absent(error.message, error.hint)


def _code(fleet: Fleet, machine: Machine, pack: Pack | Absent, interpreter: Interpreter) -> Code:
    checkout = fleet.code.path
    install = None if isinstance(pack, Absent) else pack.spec.install
    return Code(
        interpreter=interpreter,
        pinned=None if checkout is None else machine.pinned(checkout, SDK),
        wanted_python=None if install is None else install.python,
        strayed=_strayed(fleet, machine, pack),
        unmentioned=frozenset() if checkout is None else machine.unmentioned(checkout, unknown_to_sdk(fleet)),
    )


def _strayed(fleet: Fleet, machine: Machine, pack: Pack | Absent) -> tuple[Strayed, ...]:
    """Those that the pack says its code finds, and one in the checkout itself whatever the pack says."""
    if fleet.code.path is None:
        return ()
    found = {fleet.code.path / DOTENV: ""}
    if not isinstance(pack, Absent):
        for needs in (pack.spec.needs, *(role.needs for role in pack.spec.roles.values())):
            for file in needs.absent:
                if Path(file.path).name == DOTENV:
                    found |= dict.fromkeys(places(file, fleet, pack), file.why or "the pack says so")
    return tuple(
        Strayed(path, machine.variables_in(path), why)
        for path, why in found.items()
        if machine.access(path) is not None
    )


@dataclass(slots=True)
class _Asking:
    """Questions to the chain, each with a deadline; what became of the first that failed."""

    fleet: Fleet
    link: Link

    async def __call__(self, question: Callable[[], Awaitable[T]], patience_s: float | None = None) -> T | Absent:
        patience_s = patience_s or PATIENCE_S
        if self.link.foreign is not None:
            return Absent("it is another chain than the profile names")
        if self.link.trouble is not None:
            return Absent("the chain does not answer")
        try:
            async with asyncio.timeout(patience_s):
                return await question()
        except TimeoutError:
            self.link = replace(self.link, trouble=f"{self.link.endpoint}: no answer within {patience_s:g} s")
        except PolicyError as error:
            self.link = replace(self.link, foreign=error.message)
            return Absent("it is another chain than the profile names")
        except ChainError as error:
            self.link = replace(self.link, trouble=error.message)
        return Absent("the chain does not answer")


async def _chain(fleet: Fleet, world: World) -> tuple[Link | Absent, Pulse | Absent, OnChain | Absent]:
    if not fleet.network.endpoint:
        idle = Absent("the rehearsal's chain does not run", "netctl fleet up --rehearse starts it")
        return idle, idle, idle
    ask = _Asking(fleet, Link(fleet.network.endpoint))
    genesis = await ask(world.chain.genesis_hash)
    if not isinstance(genesis, Absent):
        ask.link = replace(ask.link, genesis=genesis)
    world.talk.progress(None, "doctor", "waits for the next block")
    pulse = await ask(lambda: _pulse(world), PATIENCE_WITH_BLOCKS_S)
    world.talk.progress(None, "doctor", "reads the subnet")
    on_chain = await ask(lambda: _on_chain(fleet, world))
    return ask.link, pulse, on_chain


async def _pulse(world: World) -> Pulse:
    """See a new block come, so that its age tells the clock's error; give up after one and a half block times."""
    chain, clock = world.chain, world.clock
    block_time_s = await chain.block_time_s()
    syncing, spec_version = await chain.is_syncing(), await chain.spec_version()
    head = first = await chain.head()
    began = seen_at = clock.now()
    pause_s = block_time_s / POLLS_A_BLOCK
    give_up = began + max(BLOCKS_WAITED * block_time_s, LEAST_WAIT_S)
    while head.number <= first.number and clock.now() < give_up:
        await clock.sleep(pause_s)
        head, seen_at = await chain.head(), clock.now()
    fresh = head.number > first.number
    return Pulse(
        head=head,
        finalized=(await chain.finalized()).number,
        age_s=seen_at - await chain.made_at(head),
        fresh=fresh,
        late_s=pause_s,
        waited_s=seen_at - began,
        block_time_s=block_time_s,
        spec_version=spec_version,
        syncing=syncing,
    )


async def _on_chain(fleet: Fleet, world: World) -> OnChain:
    """One metagraph and one read of each other thing, however many rows ask."""
    world = at_a_glance(world)
    netuid = await actual_netuid(fleet, world) or fleet.netuid
    fleet = replace(fleet, netuid=netuid)
    money = await funding.observe(fleet, world)
    head = money.dues.head
    metagraph = await world.chain.metagraph(netuid, at=head) if money.dues.subnet is not None else None
    return OnChain(netuid=netuid, subnet=money.dues.subnet, metagraph=metagraph, money=money)
