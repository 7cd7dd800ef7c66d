"""Waiting for validator permits: a miner that starts before them refuses its validators until it looks again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from netctl import heard
from netctl.errors import SessionError
from netctl.heard import Miners
from netctl.ports import World

EPOCHS = 2
SPARE_BLOCKS = 10


@dataclass(frozen=True, slots=True)
class _Look:
    """At one block: who has no permit and what that lacks, and who will get none however long one waits, and why."""

    block: int
    without: Mapping[str, str]
    hopeless: Mapping[str, str]


async def await_permits(netuid: int, validators: Sequence[tuple[str, str, str]], world: World) -> None:
    """Wait until each validator, given as (neuron, wallet, hotkey), has its permit.

    Permits come at the end of an epoch, so the deadline is two of the subnet's. A validator that is not registered,
    or has no stake, will get none however long one waits: it is told and not waited for. SessionError when time is up.
    """
    subnet = await world.chain.subnet(netuid) if validators else None
    if subnet is None:
        return
    blocks = EPOCHS * subnet.tempo + SPARE_BLOCKS
    block_time_s = await world.chain.block_time_s()
    last_block = (await world.chain.head()).number + blocks
    epoch: int | None = None
    told: set[str] = set()
    while True:
        found = await _look(netuid, validators, world)
        for name, why in found.hopeless.items():
            if name not in told:
                told.add(name)
                world.talk.note(f"not waiting for {name}'s permit: {why}")
        if not found.without:
            return
        if found.block >= last_block:
            lacks = "; ".join(f"{name}: {lack}" for name, lack in found.without.items())
            raise SessionError(
                f"{', '.join(found.without)} got no validator permit within {blocks} blocks ({lacks})",
                hint="stake more than the subnet's other validators: netctl metagraph shows who has a permit",
            )
        if epoch is None or epoch <= found.block:
            epoch = await world.chain.next_epoch(netuid)
        when = (
            f"an epoch gives it, the next one in {epoch - found.block} blocks" if epoch is not None else "no epoch yet"
        )
        for name in found.without:
            world.talk.progress(name, "sessions", f"waits for its permit: {when}")
        await world.clock.sleep(block_time_s)


async def _look(netuid: int, validators: Sequence[tuple[str, str, str]], world: World) -> _Look:
    metagraph = await world.chain.metagraph(netuid)
    if metagraph is None:
        return _Look(0, {}, {name: "the subnet is gone" for name, _, _ in validators})
    without, hopeless = {}, {}
    for name, wallet, hotkey in validators:
        address = world.keys.facts(wallet, hotkey).hotkey_ss58
        row = metagraph.of_hotkey(address) if address is not None else None
        if row is None:
            hopeless[name] = "it is not registered"
        elif row.total_stake_rao == 0:
            hopeless[name] = "it has no stake"
        elif not row.validator_permit:
            without[name] = heard.lack_of(row, Miners(), metagraph) or ""
    return _Look(metagraph.block, without, hopeless)
