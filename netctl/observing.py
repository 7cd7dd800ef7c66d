"""Looking at a whole fleet: keys, chain, sessions and readiness, all asked at once.

Answers also when the chain or tmux does not: what could not be asked is None, and a problem says why.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import replace

from netctl import packs
from netctl.chaos.record import disturbed
from netctl.errors import ChainError, NetctlError, SessionError
from netctl.fleet import Fleet
from netctl.footing import Footing, footing_of
from netctl.forbearing import Forbearing
from netctl.identity import nodes
from netctl.identity.clashes import Clash
from netctl.observation import Observation, words_of_the_dead
from netctl.phases.subnet import actual_netuid
from netctl.ports import Account, KeyFacts, Metagraph, SessionFacts, World
from netctl.probes.model import Health
from netctl.readiness import Probe
from netctl.truth.check import Checks
from netctl.truth.drift import Drift

CHAIN_PATIENCE_S = 12.0
"""A status is asked for now: it waits less for a chain than a payment would."""


async def observe(
    fleet: Fleet,
    world: World,
    *,
    probe: Probe,
    checks: Checks | None = None,
    patience_s: float = CHAIN_PATIENCE_S,
    asked: Observation | None = None,
) -> Observation:
    """Read keys, chain, sessions and readiness side by side; a part that does not answer becomes a problem.

    With `asked` the chain is not asked: what that observation has of it is told again. `checks`
    are kept by who observes again and again.
    """
    asked_at = world.clock.now() if asked is None else asked.asked_at
    forbearing = Forbearing(world.keys)
    keys = {n.name: forbearing.facts(n.wallet, n.hotkey) for n in fleet.neurons}
    faults = {n.name: why for n in fleet.neurons if (why := forbearing.faults.get(f"{n.wallet}/{n.hotkey}"))}
    chain, (sessions, host_problem) = await asyncio.gather(
        _observe_chain(fleet, world, keys, patience_s) if asked is None else _told_again(asked), _observe_host(world)
    )
    netuid, block, metagraph, accounts, chain_problem, more = chain
    ready: Mapping[str, Health] = {}
    if sessions is not None:
        try:
            ready = await probe(fleet, sessions, metagraph=metagraph)
        except NetctlError as error:
            host_problem = f"readiness could not be probed: {error.message}"
    across = await asyncio.to_thread(_observe_nodes, fleet, world, keys)
    clashes, drift = await asyncio.to_thread(_observe_processes, fleet, world, sessions, checks or Checks())
    return Observation(
        at=world.clock.now(),
        netuid=netuid,
        block=block,
        metagraph=metagraph,
        accounts=accounts,
        keys=keys,
        sessions=sessions,
        ready=ready,
        chain_problem=chain_problem,
        host_problem=host_problem,
        last_words=await asyncio.to_thread(words_of_the_dead, fleet, sessions or {}),
        lost=more.lost,
        unheard=more.unheard,
        clashes=clashes,
        drift=drift,
        chaos=await asyncio.to_thread(disturbed, world.journal, world.clock.now()),
        asked_at=asked_at,
        key_faults=faults,
        nodes=across,
    )


_ChainPart = tuple[int, int | None, Metagraph | None, Mapping[str, Account] | None, str | None, Footing]


async def _observe_chain(fleet: Fleet, world: World, keys: Mapping[str, KeyFacts], patience_s: float) -> _ChainPart:
    coldkeys = sorted({facts.coldkey_ss58 for facts in keys.values() if facts.coldkey_ss58 is not None})
    netuid = fleet.netuid
    if not fleet.network.endpoint:
        return netuid, None, None, None, "its chain does not run", Footing()
    try:
        async with asyncio.timeout(patience_s):
            netuid = await actual_netuid(fleet, world) or netuid
            head, metagraph, accounts = await asyncio.gather(
                world.chain.head(), world.chain.metagraph(netuid), world.chain.accounts(coldkeys)
            )
            footing = await footing_of(replace(fleet, netuid=netuid), world, keys, metagraph)
    except TimeoutError:
        return netuid, None, None, None, f"chain unreachable: no answer within {patience_s:g} s", Footing()
    except ChainError as error:
        return netuid, None, None, None, f"chain unreachable: {error.message}", Footing()
    if metagraph is None:
        gone = f"subnet {netuid} does not exist on {fleet.network.endpoint}"
        return netuid, head.number, None, accounts, gone, footing
    return netuid, head.number, metagraph, accounts, None, footing


async def _told_again(asked: Observation) -> _ChainPart:
    footing = Footing(lost=asked.lost, unheard=asked.unheard)
    return asked.netuid, asked.block, asked.metagraph, asked.accounts, asked.chain_problem, footing


async def _observe_host(world: World) -> tuple[Mapping[str, SessionFacts] | None, str | None]:
    try:
        return await asyncio.to_thread(world.host.sessions), None
    except SessionError as error:
        return None, error.message


def _observe_nodes(fleet: Fleet, world: World, keys: Mapping[str, KeyFacts]) -> Mapping[str, str]:
    """Nothing where the engine does not answer, which the sessions have said by then."""
    hotkeys = {name: facts.hotkey_ss58 for name, facts in keys.items() if facts.hotkey_ss58 is not None}
    try:
        return nodes.problems(fleet, world.host.placed(), hotkeys)
    except NetctlError:
        return {}


_ProcessPart = tuple[Mapping[str, tuple[Clash, ...]], Mapping[str, tuple[Drift, ...]]]


def _observe_processes(
    fleet: Fleet, world: World, sessions: Mapping[str, SessionFacts] | None, checks: Checks
) -> _ProcessPart:
    """Nothing where the pack cannot be read, which readiness has said by then."""
    try:
        pack = packs.load(fleet.code.pack, fleet.profile_path.parent)
    except NetctlError:
        return {}, {}
    pids = (
        None if sessions is None else {n.name: _pid(sessions.get(n.name)) for n in fleet.neurons if n.placing is None}
    )
    return checks.look(fleet, world.host, pack, pids)


def _pid(session: SessionFacts | None) -> int | None:
    return None if session is None else session.pid
