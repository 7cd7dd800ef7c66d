"""Registering where the chain lets only so many in a block: those of one command queue, so that few are refused.

A refusal costs its fee. Where there is such a door the rule says how wide it is; one that it does not tell of is known
from the first refusal.
"""

from __future__ import annotations

from netctl.errors import ExtrinsicRejected
from netctl.ports import Windows, World

SHUT = "TooManyRegistrationsThisBlock"
LONGEST_BLOCKS = 20.0
LONGEST_S = 60.0


async def enter(world: World, netuid: int, windows: Windows | None = None) -> None:
    """Wait for a place in the next block; at once where no door is known. ChainUnreachable when no block comes."""
    door = world.turns.door(netuid)
    if windows is not None:
        door.per_block = max(1, windows.per_block)
    if door.per_block is None:
        return
    async with door.queue:
        head = await world.chain.head()
        if head.number <= door.block and door.entered >= door.per_block:
            patience_s = LONGEST_S + LONGEST_BLOCKS * await world.chain.block_time_s()
            head = await world.chain.wait_for_block(door.block + 1, timeout_s=patience_s)
        if head.number > door.block:
            door.block, door.entered = head.number, 0
        door.entered += 1


async def learn(world: World, netuid: int, refusal: ExtrinsicRejected) -> None:
    """Remember the door that refused somebody; nothing where it was something else."""
    door = world.turns.door(netuid)
    if refusal.code != SHUT:
        return
    async with door.queue:
        if door.per_block is None:
            found = await world.chain.subnet(netuid)
            width = found.hyperparameters.get("max_regs_per_block", 1) if found is not None else 1
            door.per_block = max(1, int(width))
