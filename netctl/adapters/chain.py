"""The Chain port on the bittensor SDK: one websocket, a deadline on every call, nonces that are ours."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import TYPE_CHECKING, TypeVar

from netctl.adapters import chain_find, chain_holdings, chain_reads, chain_submit, chain_traces
from netctl.adapters.chain_link import Link
from netctl.adapters.chain_wall import Wall
from netctl.errors import ChainError, ChainUnreachable
from netctl.money import Rao
from netctl.ports import (
    Account,
    BlockRef,
    Bounds,
    BurnRule,
    Call,
    Metagraph,
    Receipt,
    Signed,
    Signer,
    Staked,
    Subnet,
    Trace,
    Weights,
)

if TYPE_CHECKING:
    from bittensor import RpcSubstrate

T = TypeVar("T")
DEADLINE_S = 30.0
FINALITY_BLOCKS = 10
"""How many blocks after an extrinsic's last one its finality is waited for."""


class SdkChain:
    """A chain behind one endpoint; connects at the first question.

    `genesis` is the hash that the named network must have: another one is a PolicyError before anything is signed.
    So is one of `not_these`: public networks, by genesis, behind an address that promises a chain of one's own.
    `wall` is what the SDK's own policy lets this connection sign.
    Belongs to one event loop; `close` returns within seconds.
    """

    def __init__(
        self,
        endpoint: str,
        *,
        genesis: str | None = None,
        deadline_s: float = DEADLINE_S,
        not_these: Mapping[str, str] | None = None,
        wall: Wall | None = None,
    ) -> None:
        self._endpoint = endpoint
        self._link = Link(endpoint, genesis=genesis, deadline_s=deadline_s, not_these=not_these)
        self._wall = wall or Wall()
        self._calls: dict[int, frozenset[tuple[str, str]]] = {}

    @property
    def endpoint(self) -> str:
        return self._endpoint

    async def _read(self, doing: str, op: Callable[[RpcSubstrate], Awaitable[T]]) -> T:
        """Ask, and take an answer of an unexpected shape for the node's fault: ChainError."""
        try:
            return await self._link.ask(doing, op)
        except (LookupError, TypeError, ValueError, AttributeError) as error:
            what = f"{type(error).__name__}: {error}"
            message = f"{doing}: {self._endpoint} gave an answer that cannot be read ({what})"
            raise ChainError(message, hint="is it a Subtensor node of this runtime? --debug shows where") from error

    async def head(self) -> BlockRef:
        """The best block; it may still be undone."""
        return await self._read("reading the head", chain_reads.head)

    async def finalized(self) -> BlockRef:
        """The last block that cannot be undone."""
        return await self._read("reading the finalized head", chain_reads.finalized)

    async def genesis_hash(self) -> str:
        """The hash of block 0, which names the chain."""
        return await self._read("reading the genesis hash", lambda s: s.raw.genesis_hash())

    async def made_at(self, block: BlockRef) -> float:
        """When that block was made, by its author's clock: seconds since the epoch."""
        return await self._read("reading a block's time", lambda s: chain_reads.made_at(s, block))

    async def is_syncing(self) -> bool:
        """Whether the node itself says that it is behind the others."""
        return await self._read("asking the node's health", chain_reads.is_syncing)

    async def block_time_s(self) -> float:
        """Seconds between blocks, by the chain's own constant."""
        return await self._read("reading the block time", lambda s: s.block_time())

    async def spec_version(self) -> int:
        """The version of the runtime at the head."""
        return await self._read("reading the runtime version", lambda s: s.spec_version())

    async def accounts(self, ss58s: Sequence[str], *, at: BlockRef | None = None) -> Mapping[str, Account]:
        """Balances and nonces, the state of all in one read; free is what can be spent, locks taken off."""
        return await self._read("reading balances", lambda s: chain_reads.accounts(s, ss58s, at))

    async def subnet(self, netuid: int, *, at: BlockRef | None = None) -> Subnet | None:
        """The subnet at one block, or None."""
        return await self._read(f"reading subnet {netuid}", lambda s: chain_reads.subnet(s, netuid, at))

    async def subnet_of_owner(self, hotkey_ss58: str) -> int | None:
        """The netuid that this hotkey owns, or None."""
        return await self._read("reading the owners", lambda s: chain_reads.subnet_of_owner(s, hotkey_ss58))

    async def subnet_cost(self) -> Rao:
        """What making a subnet costs now."""
        return await self._read("reading the cost of a subnet", chain_reads.subnet_cost)

    async def burn_rule(self, netuid: int, *, at: BlockRef | None = None) -> BurnRule | None:
        """The price of registration and what moves it, or None without such a subnet."""
        return await self._read(f"reading the burn of {netuid}", lambda s: chain_reads.burn_rule(s, netuid, at))

    async def metagraph(self, netuid: int, *, at: BlockRef | None = None) -> Metagraph | None:
        """The subnet's neurons in one read, or None."""
        return await self._read(f"reading metagraph {netuid}", lambda s: chain_reads.metagraph(s, netuid, at))

    async def weights(self, netuid: int, uids: Sequence[int], *, at: BlockRef | None = None) -> Weights:
        """What these uids give, in one read."""
        return await self._read(f"reading weights on {netuid}", lambda s: chain_reads.weights(s, netuid, uids, at))

    async def uid(self, netuid: int, hotkey_ss58: str) -> int | None:
        """The uid of one hotkey now, or None."""
        return await self._read("reading a uid", lambda s: chain_reads.uid(s, netuid, hotkey_ss58))

    async def quote_stake(self, netuid: int, amount_rao: Rao, *, at: BlockRef | None = None) -> Rao:
        """Alpha that staking this much TAO would give."""
        return await self._read("quoting stake", lambda s: chain_reads.quote_stake(s, netuid, amount_rao, at))

    async def staked(self, coldkeys: Sequence[str], *, at: BlockRef | None = None) -> Mapping[str, tuple[Staked, ...]]:
        """Everything that each coldkey has staked, on every subnet."""
        return await self._read("reading stakes", lambda s: chain_holdings.staked(s, coldkeys, at))

    async def uids(self, hotkeys: Sequence[str], *, at: BlockRef | None = None) -> Mapping[str, Mapping[int, int]]:
        """The subnets on which each hotkey is registered: its uid by netuid."""
        return await self._read("reading registrations", lambda s: chain_holdings.uids(s, hotkeys, at))

    async def traces(
        self, netuid: int, keys: Sequence[tuple[str, str]], *, at: BlockRef | None = None
    ) -> Mapping[str, Trace]:
        """What is left of each (hotkey, coldkey) on the subnet, by hotkey, in one request."""
        return await self._read("reading hotkeys", lambda s: chain_traces.traces(s, netuid, keys, at))

    async def next_epoch(self, netuid: int) -> int | None:
        """The block of the subnet's next epoch, or None."""
        return await self._read(f"reading the next epoch of {netuid}", lambda s: chain_reads.next_epoch(s, netuid))

    async def block_hash(self, number: int) -> str | None:
        """The hash that the block of this number has now, or None."""
        return await self._read("reading a block's hash", lambda s: chain_reads.block_hash(s, number))

    async def has_call(self, pallet: str, function: str) -> bool:
        """Whether the runtime's metadata knows the call."""
        spec = await self.spec_version()
        if spec not in self._calls:
            surface = await self._read("reading the metadata", lambda s: s.raw.metadata_ir())
            self._calls[spec] = frozenset((p.name, c.name) for p in surface.pallets for c in p.calls)
        return (pallet, function) in self._calls[spec]

    async def fee(self, call: Call, signer_ss58: str) -> Rao:
        """What the node would charge this account for the call now."""
        return await self._link.ask("asking for a fee", lambda s: chain_submit.fee(s, call, signer_ss58))

    async def sign(
        self, call: Call, signer: Signer, *, nonce: int, lifetime_blocks: int, bounds: Bounds | None = None
    ) -> Signed:
        """A complete signed extrinsic, not sent; its era starts at the finalized head. PolicyError: not signed."""
        return await self._link.ask(
            f"signing {call.pallet}.{call.function}",
            lambda s: chain_submit.sign(
                s,
                call,
                signer,
                nonce=nonce,
                lifetime_blocks=lifetime_blocks,
                allow=lambda fee_rao: self._wall.check(call, bounds, fee_rao),
            ),
        )

    async def submit(self, signed: Signed) -> Receipt:
        """Send these bytes, once, and wait for finality.

        ChainUnreachable: nothing was sent. ExtrinsicRejected: refused, by the pool or in a block. OutcomeUnknown:
        sent, then the connection broke or finality did not come; look with `find` before paying again.
        """
        blocks_left = max(signed.last_block - (await self.head()).number, 0) + FINALITY_BLOCKS
        patience_s = blocks_left * await self.block_time_s() + self._link.deadline_s
        substrate = await self._link.ready()
        return await chain_submit.submit(substrate, signed, patience_s=patience_s)

    async def find(
        self, signed_hash: str, *, signer_ss58: str, nonce: int, first_block: int, last_block: int
    ) -> Receipt | None:
        """The extrinsic if a finalized block of that range holds it; ExtrinsicRejected if it failed there."""
        wanted = chain_find.Wanted(signed_hash, signer_ss58, nonce, first_block, last_block)
        block = await chain_find.block_of(self._link, wanted)
        if block is None:
            return None
        return await self._link.ask(
            "reading an extrinsic's events", lambda s: chain_submit.resolved(s, signed_hash, block)
        )

    async def wait_for_block(self, number: int, *, timeout_s: float) -> BlockRef:
        """The head once it has that number; ChainUnreachable when it has not within the time."""
        deadline = time.monotonic() + timeout_s
        pause_s = min(max(await self.block_time_s() / 2, 0.05), 3.0)
        while True:
            head = await self.head()
            if head.number >= number:
                return head
            if time.monotonic() >= deadline:
                message = f"block {number} did not come within {timeout_s:g} s: {self.endpoint} is at {head.number}"
                raise ChainUnreachable(
                    message, hint="does the chain make blocks? look with btcli, or at the node itself"
                )
            await asyncio.sleep(pause_s)

    async def close(self) -> None:
        """End the connection; safe to repeat, and bounded whatever the SDK does."""
        await self._link.close()
