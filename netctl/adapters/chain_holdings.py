"""What keys hold on the chain, across every subnet: alpha of coldkeys, uids of hotkeys."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from netctl.ports import BlockRef, Staked

if TYPE_CHECKING:
    from bittensor import RpcSubstrate

PALLET = "SubtensorModule"


async def staked(
    substrate: RpcSubstrate, coldkeys: Sequence[str], at: BlockRef | None
) -> Mapping[str, tuple[Staked, ...]]:
    """Everything that each coldkey has staked, in one read; the amounts are alpha, on subnet 0 TAO."""
    found: dict[str, tuple[Staked, ...]] = dict.fromkeys(coldkeys, ())
    if not found:
        return found
    block_hash = at.hash if at is not None else None
    answer = await substrate.runtime_call(
        "StakeInfoRuntimeApi", "get_stake_info_for_coldkeys", [list(found)], block_hash
    )
    for coldkey, positions in answer:
        held = [Staked(str(each["hotkey"]), int(each["netuid"]), int(each["stake"])) for each in positions]
        found[coldkey] = tuple(sorted((each for each in held if each.alpha_rao), key=lambda each: each.netuid))
    return found


async def uids(substrate: RpcSubstrate, hotkeys: Sequence[str], at: BlockRef | None) -> Mapping[str, Mapping[int, int]]:
    """The subnets on which each hotkey is registered, with its uid: a read for each hotkey, and one for all uids."""
    wanted = list(dict.fromkeys(hotkeys))
    block_hash = at.hash if at is not None else str(await substrate.raw.get_chain_head())
    listed = await asyncio.gather(
        *(substrate.query_map(PALLET, "IsNetworkMember", [hotkey], block_hash) for hotkey in wanted)
    )
    pairs = [
        (hotkey, int(netuid))
        for hotkey, subnets in zip(wanted, listed, strict=True)
        for netuid, member in subnets
        if member
    ]
    answers = await substrate.query_batch(PALLET, "Uids", [[netuid, hotkey] for hotkey, netuid in pairs], block_hash)
    found: dict[str, dict[int, int]] = {hotkey: {} for hotkey in wanted}
    for (hotkey, netuid), uid in sorted(zip(pairs, answers, strict=True), key=lambda each: each[0][1]):
        if uid is not None:
            found[hotkey][netuid] = int(uid)
    return found
