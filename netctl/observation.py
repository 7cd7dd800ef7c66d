"""What is seen of a fleet at one moment: keys, chain, sessions and readiness, all asked at once.

Answers also when the chain or tmux does not: what could not be asked is None, and a problem says why.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from netctl.chaos.acts import holding
from netctl.chaos.disturbance import Disturbance
from netctl.errors import ChainError, NetctlError, SessionError
from netctl.fleet import Fleet
from netctl.footing import Footing, footing_of
from netctl.logs import last_words
from netctl.phases.subnet import actual_netuid
from netctl.ports import Account, KeyFacts, Metagraph, SessionFacts, World
from netctl.readiness import Probe, Readiness

CHAIN_PATIENCE_S = 12.0
"""A status is asked for now: it waits less for a chain than a payment would."""


@dataclass(frozen=True, slots=True)
class Observation:
    """What was found, at `at` (epoch seconds). None stands for: could not be asked, and a problem says why.

    `lost` says of neurons without a uid how it is known that they had one, `unheard` of validators what they lack to
    be answered by the miners. `chaos` is what disturbs a neuron on purpose.
    """

    at: float
    netuid: int
    block: int | None
    metagraph: Metagraph | None
    accounts: Mapping[str, Account] | None
    keys: Mapping[str, KeyFacts]
    sessions: Mapping[str, SessionFacts] | None
    ready: Mapping[str, Readiness]
    chain_problem: str | None = None
    host_problem: str | None = None
    last_words: Mapping[str, str] = field(default_factory=dict)
    lost: Mapping[str, str] = field(default_factory=dict)
    unheard: Mapping[str, str] = field(default_factory=dict)
    chaos: Mapping[str, tuple[Disturbance, ...]] = field(default_factory=dict)


async def observe(fleet: Fleet, world: World, *, probe: Probe, patience_s: float = CHAIN_PATIENCE_S) -> Observation:
    """Read keys, chain, sessions and readiness side by side; a part that does not answer becomes a problem."""
    keys = {n.name: world.keys.facts(n.wallet, n.hotkey) for n in fleet.neurons}
    chain, host = await asyncio.gather(
        _observe_chain(fleet, world, keys, patience_s), _observe_host(fleet, world, probe)
    )
    netuid, block, metagraph, accounts, chain_problem, more = chain
    sessions, ready, host_problem = host
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
        last_words=await asyncio.to_thread(_last_words, fleet, sessions or {}),
        lost=more.lost,
        unheard=more.unheard,
        chaos=await asyncio.to_thread(_disturbed, world),
    )


def _disturbed(world: World) -> Mapping[str, tuple[Disturbance, ...]]:
    found: dict[str, tuple[Disturbance, ...]] = {}
    for each in holding(world.journal, world.clock.now()):
        found[each.neuron] = (*found.get(each.neuron, ()), each)
    return found


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


def _last_words(fleet: Fleet, sessions: Mapping[str, SessionFacts]) -> Mapping[str, str]:
    """What each neuron that is no more said last; "" where it said nothing."""
    return {
        name: last_words(fleet, session)
        for name, session in sessions.items()
        if session.exit_code is not None or session.exit_signal is not None
    }


_HostPart = tuple[Mapping[str, SessionFacts] | None, Mapping[str, Readiness], str | None]


async def _observe_host(fleet: Fleet, world: World, probe: Probe) -> _HostPart:
    try:
        sessions = await asyncio.to_thread(world.host.sessions)
    except SessionError as error:
        return None, {}, error.message
    try:
        return sessions, await probe(fleet, sessions), None
    except NetctlError as error:
        return sessions, {}, f"readiness could not be probed: {error.message}"
