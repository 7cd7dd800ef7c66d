"""Blocks by the hash that a client names, with a node's errors for those that are not there."""

from __future__ import annotations

from bittensor_core import ss58_decode

from netctl.devchain.chain import Chain
from netctl.devchain.rpc.protocol import CLIENT_ERROR, INVALID_PARAMS, RpcError, hex_bytes, to_hex
from netctl.devchain.state import StateDiscarded


def block_number(chain: Chain, block_hash: object) -> int | None:
    """The number of a block by its hash, the head's for none; None if there is no such block."""
    if block_hash is None:
        return chain.head.number
    return chain.number_of(hex_bytes(block_hash, "block hash"))


def state_number(chain: Chain, block_hash: object) -> int:
    """The number of a block whose state can be read."""
    number = block_number(chain, block_hash)
    if number is None:
        text = f"Client error: UnknownBlock: Header was not found in the database: {block_hash}"
        raise RpcError(CLIENT_ERROR, text)
    try:
        chain.world.state.check_kept(number)
    except StateDiscarded:
        gone = to_hex(hex_bytes(block_hash))
        raise RpcError(CLIENT_ERROR, f"Client error: UnknownBlock: State already discarded for {gone}") from None
    return number


def account_of(value: object) -> str:
    """An ss58 address parameter."""
    try:
        ss58_decode(value)
    except (TypeError, ValueError):
        raise RpcError(INVALID_PARAMS, f"Invalid params: ss58 address wanted, not {value!r:.60}") from None
    return str(value)
