"""Keeping the run that a command brings a fleet into: chosen before it starts anything, written once it has.

Nothing here holds up what it is kept of: what cannot be told is left out, what cannot be written is said.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from netctl.errors import ChainError, NetctlError, StoreError
from netctl.fleet import Fleet
from netctl.phases.subnet import actual_netuid
from netctl.ports import Host, Metagraph, SessionFacts, World
from netctl.runs import facts, label, shelf
from netctl.runs.record import Chain, Change, End, Run, compact
from netctl.runs.surroundings import Surroundings
from netctl.store.database import FILE, opened
from netctl.store.runs import last_look, write_run

CHAIN_PATIENCE_S = 12.0


@dataclass(frozen=True, slots=True)
class Entered:
    """The fleet in its run, and the sessions that there were."""

    fleet: Fleet
    before: Mapping[str, SessionFacts]


@dataclass(frozen=True, slots=True)
class _Seen:
    """What the chain says at the end of the command; nothing where it does not answer."""

    chain: Chain
    metagraph: Metagraph | None = None
    runtime: int | None = None


async def entered(fleet: Fleet, world: World) -> Entered:
    """Which run sessions started now are in: the one that the fleet's sessions are in, else a new one; SessionError."""
    before = await asyncio.to_thread(world.host.sessions)
    return Entered(replace(fleet, run=label.run_for(before, fleet.state, world.clock.now())), before)


async def keep(came: Entered, world: World, surroundings: Surroundings) -> None:
    """Write down what the command has begun or changed; nothing where it has started nobody.

    A run whose record was lost, or never written, gets one.
    """
    fleet = came.fleet
    try:
        after = await asyncio.to_thread(world.host.sessions)
        run = label.open_run(after)
        if run is None:
            return
        started = label.started_between(came.before, after)
        known = shelf.kept(fleet.state, run)
        if known is None:
            await asyncio.to_thread(
                write, world.host, fleet.state, await _begun(run, fleet, world, after, surroundings)
            )
        elif started:
            await asyncio.to_thread(write, world.host, fleet.state, await _changed(known, fleet, world, started))
    except (NetctlError, OSError) as error:
        world.talk.note(f"the run could not be written down: {error}")


def write(host: Host, state: Path, run: Run) -> None:
    """Write run.json, and the same into metrics.db for who reads that alone; StoreError, OSError."""
    shelf.keep(host, state, run)
    with opened(state / FILE) as store:
        write_run(store, run.id, run.began, compact(run))


def ended(host: Host, state: Path, run: str, *, at: float, by: str) -> None:
    """Write down that the run was ended then, and the last block that was seen of it; nothing for one without record.

    StoreError, OSError.
    """
    known = shelf.kept(state, run)
    if known is None:
        return
    try:
        with opened(state / FILE) as store:
            look = last_look(store, known.began, at)
    except StoreError:
        look = None
    write(host, state, replace(known, end=End(at, None if look is None else look.block, by)))


async def _begun(
    run: str, fleet: Fleet, world: World, sessions: Mapping[str, SessionFacts], surroundings: Surroundings
) -> Run:
    start = label.start_of(run, sessions) or label.Start(world.clock.now(), None)
    seen = await _ask(fleet, world)
    profile, code, pack, versions, host, seeds = await asyncio.gather(
        asyncio.to_thread(facts.profile_of, fleet),
        asyncio.to_thread(facts.code_of, fleet),
        asyncio.to_thread(facts.pack_of, fleet),
        asyncio.to_thread(surroundings.versions),
        asyncio.to_thread(surroundings.host),
        asyncio.to_thread(facts.seeds_of, fleet, world.environ),
    )
    return Run(
        id=run,
        fleet=fleet.name,
        rehearsal=fleet.rehearsal,
        chain=seen.chain,
        began=start.at,
        block=start.block,
        profile=profile,
        code=code,
        pack=pack,
        versions=replace(versions, runtime=seen.runtime),
        host=host,
        neurons=facts.members_of(fleet, world, seen.metagraph),
        seeds=seeds,
        time_scale=fleet.time_scale,
    )


async def _changed(run: Run, fleet: Fleet, world: World, started: tuple[str, ...]) -> Run:
    """The run with who was started now, and what of profile, code and neurons is another than it was."""
    now = world.clock.now()
    seen = await _ask(fleet, world)
    profile, code = await asyncio.gather(
        asyncio.to_thread(facts.profile_of, fleet), asyncio.to_thread(facts.code_of, fleet)
    )
    change = Change(
        now,
        None if seen.metagraph is None else seen.metagraph.block,
        started,
        profile if profile.sha256 != run.profiles[-1].sha256 else None,
        code if code != run.codes[-1] else None,
    )
    members = facts.members_of(fleet, world, seen.metagraph)
    gone = [each for each in run.neurons if all(each.name != one.name for one in members)]
    return replace(run, neurons=(*members, *gone), changes=(*run.changes, change), end=None)


async def _ask(fleet: Fleet, world: World) -> _Seen:
    silent = Chain(fleet.network.kind, facts.endpoint_of(fleet.network.endpoint), fleet.netuid)
    try:
        async with asyncio.timeout(CHAIN_PATIENCE_S):
            fleet = replace(fleet, netuid=await actual_netuid(fleet, world) or fleet.netuid)
            chain, metagraph, runtime = await asyncio.gather(
                facts.chain_of(fleet, world), world.chain.metagraph(fleet.netuid), world.chain.spec_version()
            )
            return _Seen(chain, metagraph, runtime)
    except (ChainError, TimeoutError):
        return _Seen(silent)
