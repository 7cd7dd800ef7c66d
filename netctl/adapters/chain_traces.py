"""What the chain keeps of hotkeys that may have lost their uid: alpha, TAO on root, and whose they are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from netctl.adapters import chain_storage
from netctl.ports import BlockRef, Trace

if TYPE_CHECKING:
    from bittensor import RpcSubstrate

NOBODY = "5C4hrfjw9DjXZTzV3MwzrrAr9P1MJhSrvWGWqi1eSuyUpnhM"
"""The account of zeros, which storage gives for the owner of a hotkey that it does not know."""

ROOT_NETUID = 0
WHOLE = 2**64 - 1
"""A TaoWeight of one."""


async def traces(
    substrate: RpcSubstrate, netuid: int, keys: Sequence[tuple[str, str]], at: BlockRef | None
) -> Mapping[str, Trace]:
    """Of each (hotkey, coldkey), by hotkey, all in one request."""
    if not keys:
        return {}
    block_hash = at.hash if at is not None else str(await substrate.raw.get_chain_head())
    asked = [
        entry
        for hotkey, coldkey in keys
        for entry in (
            ("TotalHotkeyAlpha", hotkey, netuid),
            ("TotalHotkeyAlpha", hotkey, ROOT_NETUID),
            ("Owner", hotkey),
            ("LastColdkeyHotkeyStakeBlock", coldkey, hotkey),
        )
    ]
    found = await chain_storage.entries(substrate, [("TaoWeight",), *asked], block_hash)
    weight = int(found[("TaoWeight",)])
    answer = {}
    for hotkey, coldkey in keys:
        alpha_rao = int(found["TotalHotkeyAlpha", hotkey, netuid])
        root_rao = int(found["TotalHotkeyAlpha", hotkey, ROOT_NETUID])
        owner = str(found["Owner", hotkey])
        staked_at = found["LastColdkeyHotkeyStakeBlock", coldkey, hotkey]
        answer[hotkey] = Trace(
            alpha_rao=alpha_rao,
            stake_rao=alpha_rao + root_rao * weight // WHOLE,
            owner=None if owner == NOBODY else owner,
            staked_at=None if staked_at is None else int(staked_at),
        )
    return answer
