"""Storage of the pallet SubtensorModule, several items in one request: public endpoints count requests."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from bittensor import RpcSubstrate

PALLET = "SubtensorModule"


async def items(
    substrate: RpcSubstrate, wanted: Mapping[str, Sequence[Any]], block_hash: str, *, optional: Sequence[str] = ()
) -> Mapping[str, Any]:
    """Each item's value at that block, by its name; `wanted` maps names to their keys.

    One of `optional` that this runtime does not have is left out.
    """
    from bittensor._transport.errors import StorageFunctionNotFound
    from bittensor._transport.storage import decode_storage_value

    codec = await substrate.raw._runtimes.codec_at(block_hash)  # noqa: SLF001 - the SDK batches one item only
    entries = {}
    for name in wanted:
        try:
            entries[name] = codec.storage_entry(PALLET, name)
        except StorageFunctionNotFound:
            if name not in optional:
                raise
    keys = {name: "0x" + codec.storage_key(entry, list(wanted[name])).hex() for name, entry in entries.items()}
    answer = await substrate.raw.rpc_request("state_queryStorageAt", [list(keys.values()), block_hash])
    found: dict[str, bytes] = {}
    for group in answer or []:
        found.update({key: bytes.fromhex(value[2:]) for key, value in group["changes"] if value is not None})
    return {name: decode_storage_value(codec, entry, found.get(keys[name])) for name, entry in entries.items()}
