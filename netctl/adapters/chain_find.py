"""Finding an extrinsic by its signer's nonce: it is in the one block in which the nonce goes past its own.

That block is found by bisecting on the account's state, in a handful of requests however long the range is. Where the
node no longer keeps that state, or the account was reaped meanwhile and its nonce began anew, the blocks are read one
by one. Every request has a deadline of its own, so that a slow endpoint is not taken for a dead one.
"""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import blake2b
from typing import TYPE_CHECKING

from netctl.adapters import chain_reads
from netctl.adapters.chain_errors import is_state_discarded
from netctl.adapters.chain_link import Link
from netctl.errors import ChainError
from netctl.ports import Account, BlockRef

if TYPE_CHECKING:
    from bittensor import RpcSubstrate

DOING = "looking for an extrinsic"


@dataclass(frozen=True, slots=True)
class Wanted:
    """An extrinsic by its hash, whose it is, and the blocks that may hold it."""

    hash: str
    signer_ss58: str
    nonce: int
    first_block: int
    last_block: int


async def block_of(link: Link, wanted: Wanted) -> BlockRef | None:
    """The finalized block that holds it, or None."""
    final = await link.ask(DOING, chain_reads.finalized)
    first, last = max(wanted.first_block, 1), min(wanted.last_block, final.number)
    if first > last:
        return None
    try:
        end = await _account(link, wanted, last)
        if end.nonce == wanted.nonce and end.free_rao > 0:
            return None
        if end.nonce > wanted.nonce:
            return await _bisected(link, wanted, first, last)
    except ChainError as error:
        if not is_state_discarded(error):
            raise
    return await _read_through(link, wanted, first, last)


async def _bisected(link: Link, wanted: Wanted, first: int, last: int) -> BlockRef | None:
    """The nonce is past the extrinsic's at `last`: the first block at which it is holds the extrinsic, or none does."""
    while first < last:
        middle = (first + last) // 2
        if (await _account(link, wanted, middle)).nonce > wanted.nonce:
            last = middle
        else:
            first = middle + 1
    return await _holder(link, wanted.hash, first)


async def _read_through(link: Link, wanted: Wanted, first: int, last: int) -> BlockRef | None:
    for number in range(first, last + 1):
        block = await _holder(link, wanted.hash, number)
        if block is not None:
            return block
    return None


async def _account(link: Link, wanted: Wanted, number: int) -> Account:
    async def read(substrate: RpcSubstrate) -> Account:
        block = BlockRef(number, str(await substrate.raw.get_block_hash(number)))
        return (await chain_reads.accounts(substrate, [wanted.signer_ss58], block))[wanted.signer_ss58]

    return await link.ask(DOING, read)


async def _holder(link: Link, extrinsic_hash: str, number: int) -> BlockRef | None:
    async def read(substrate: RpcSubstrate) -> BlockRef | None:
        block_hash = str(await substrate.raw.get_block_hash(number))
        answer = await substrate.raw.rpc_request("chain_getBlock", [block_hash])
        bodies = (bytes.fromhex(extrinsic.removeprefix("0x")) for extrinsic in answer["block"]["extrinsics"])
        hashes = {"0x" + blake2b(body, digest_size=32).hexdigest() for body in bodies}
        return BlockRef(number, block_hash) if extrinsic_hash in hashes else None

    return await link.ask(DOING, read)
