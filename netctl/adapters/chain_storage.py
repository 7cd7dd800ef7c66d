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
    found = await entries(substrate, [(name, *keys) for name, keys in wanted.items()], block_hash, optional=optional)
    return {str(name): value for (name, *_), value in found.items()}


async def entries(
    substrate: RpcSubstrate, wanted: Sequence[tuple[Any, ...]], block_hash: str, *, optional: Sequence[str] = ()
) -> Mapping[tuple[Any, ...], Any]:
    """The same for any entries, each an item's name and its keys: ``("TotalHotkeyAlpha", hotkey, netuid)``."""
    from bittensor._transport.errors import StorageFunctionNotFound
    from bittensor._transport.storage import decode_storage_value

    codec = await substrate.raw._runtimes.codec_at(block_hash)  # noqa: SLF001 - the SDK batches one item only
    known = {}
    for name in {name for name, *_ in wanted}:
        try:
            known[name] = codec.storage_entry(PALLET, name)
        except StorageFunctionNotFound:
            if name not in optional:
                raise
    places = {
        (name, *keys): "0x" + codec.storage_key(known[name], keys).hex() for name, *keys in wanted if name in known
    }
    answer = await substrate.raw.rpc_request("state_queryStorageAt", [list(places.values()), block_hash])
    found: dict[str, bytes] = {}
    for group in answer or []:
        found.update({key: bytes.fromhex(value[2:]) for key, value in group["changes"] if value is not None})
    return {entry: decode_storage_value(codec, known[entry[0]], found.get(key)) for entry, key in places.items()}
