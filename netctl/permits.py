"""Waiting for validator permits: a miner that starts before them refuses its validators until it looks again."""

from __future__ import annotations

from collections.abc import Sequence

from netctl.errors import SessionError
from netctl.ports import World

EPOCHS = 2
SPARE_BLOCKS = 10


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
    told: set[str] = set()
    while True:
        without, hopeless, block = await _without_permit(netuid, validators, world)
        for name, why in hopeless:
            if name not in told:
                told.add(name)
                world.talk.note(f"not waiting for {name}'s permit: {why}")
        if not without:
            return
        if block >= last_block:
            raise SessionError(
                f"{', '.join(without)} got no validator permit within {blocks} blocks",
                hint="stake more than the subnet's other validators: netctl metagraph shows who has a permit",
            )
        for name in without:
            world.talk.progress(name, "sessions", f"waits for its permit, at most {last_block - block} blocks")
        await world.clock.sleep(block_time_s)


async def _without_permit(
    netuid: int, validators: Sequence[tuple[str, str, str]], world: World
) -> tuple[list[str], list[tuple[str, str]], int]:
    metagraph = await world.chain.metagraph(netuid)
    if metagraph is None:
        return [], [(name, "the subnet is gone") for name, _, _ in validators], 0
    without, hopeless = [], []
    for name, wallet, hotkey in validators:
        address = world.keys.facts(wallet, hotkey).hotkey_ss58
        row = metagraph.of_hotkey(address) if address is not None else None
        if row is None:
            hopeless.append((name, "it is not registered"))
        elif row.stake_rao == 0:
            hopeless.append((name, "it has no stake"))
        elif not row.validator_permit:
            without.append(name)
    return without, hopeless, metagraph.block
