"""The chain as a neuron needs it: read the metagraph, publish an axon, set weights; all through the SDK.

The connection is remade when it is lost; a call gives up after a while (a write after some blocks more), so that a node
that hangs, or forgets a subscription, does not hang its neurons. All trouble comes out as ChainTrouble.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

import bittensor as bt
import stamina

ANSWER_TIMEOUT_S = 8.0
INCLUSION_BLOCKS = 4
T = TypeVar("T")


class ChainTrouble(Exception):
    """The chain did not answer, or refused; `refused` tells which."""

    def __init__(self, message: str, *, refused: bool = False) -> None:
        super().__init__(message)
        self.refused = refused


@dataclass(frozen=True)
class Neuron:
    """What a neuron needs to know of another; `stake` is in the subnet's own units, `axon` is `ip:port`."""

    uid: int
    hotkey: str
    validator_permit: bool
    stake: float
    incentive: float
    emission: float
    axon: str | None


@dataclass(frozen=True)
class Metagraph:
    """The neurons of a subnet at one block, by uid."""

    block: int
    neurons: tuple[Neuron, ...]

    def by_hotkey(self, hotkey: str) -> Neuron | None:
        return next((neuron for neuron in self.neurons if neuron.hotkey == hotkey), None)


class Chain:
    """One neuron's link to one subnet. Calls are made one at a time, by one task or several."""

    def __init__(self, network: str, netuid: int, wallet: bt.Wallet) -> None:
        self.network = network
        self.netuid = netuid
        self._wallet = wallet
        self._client: bt.Client | None = None
        self._block_time_s = 12.0
        self._turn = asyncio.Lock()
        self._closing: set[asyncio.Future[None]] = set()

    async def metagraph(self, *, patience_s: float = 60.0) -> Metagraph:
        """Read the subnet, trying again with backoff for `patience_s`; raises ChainTrouble then."""
        async for attempt in stamina.retry_context(
            on=_may_pass, attempts=None, timeout=patience_s, wait_initial=0.2, wait_max=5.0
        ):
            with attempt:
                return await self._call(self._read_metagraph)
        raise AssertionError("BUG: expected the retries to return or to raise")

    async def publish_axon(self, ip: str, port: int) -> None:
        """Serve ip:port as this hotkey's axon. The hotkey signs; its coldkey pays, unasked and locked."""
        await self._execute(bt.ServeAxon(netuid=self.netuid, ip=ip, port=port))

    async def set_weights(self, weights: Mapping[int, float]) -> str:
        """Set weights by uid, in the clear or committed as the subnet has it; returns the SDK's message."""
        return await self._execute(bt.SetWeights(netuid=self.netuid, weights=dict(weights)))

    async def weights_of(self, uid: int) -> dict[int, float]:
        """The weights that the chain has of a validator, by uid; empty while it has none."""

        async def read(client: bt.Client) -> dict[int, float]:
            given = await client.weights.weights(self.netuid)
            return dict(given.get(uid, {}))

        return await self._call(read)

    async def _read_metagraph(self, client: bt.Client) -> Metagraph:
        found = await client.subnets.metagraph(self.netuid, commitments=False)
        if found is None:
            raise ChainTrouble(f"subnet {self.netuid} does not exist on {self.network}", refused=True)
        neurons = (
            Neuron(
                uid=item.uid,
                hotkey=item.hotkey,
                validator_permit=item.validator_permit,
                stake=float(item.total_stake.amount),
                incentive=item.incentive,
                emission=float(item.emission.amount),
                axon=item.axon,
            )
            for item in found.neurons
        )
        return Metagraph(found.block, tuple(neurons))

    async def _execute(self, intent: bt.Intent) -> str:
        async def submit(client: bt.Client) -> bt.ExtrinsicResult:
            return await client.execute(intent, self._wallet, retries=2, wait_for_finalization=False)

        result = await self._call(submit, ANSWER_TIMEOUT_S + INCLUSION_BLOCKS * self._block_time_s)
        if not result.success:
            raise ChainTrouble(result.message or str(result.error), refused=True)
        return str(result.message)

    async def _call(self, operation: Callable[[bt.Client], Awaitable[T]], patience_s: float = ANSWER_TIMEOUT_S) -> T:
        async with self._turn:
            try:
                return await _within(patience_s, self._connected(operation))
            except bt.ChainError as exc:
                raise ChainTrouble(str(exc), refused=True) from exc
            except (bt.BittensorError, OSError, TimeoutError) as exc:
                self._let_go()
                raise ChainTrouble(f"{type(exc).__name__}: {exc}") from exc

    async def _connected(self, operation: Callable[[bt.Client], Awaitable[T]]) -> T:
        if self._client is None:
            client = await bt.Client(self.network).connect()
            self._block_time_s = await client.block_time()
            self._client = client
        return await operation(self._client)

    def _let_go(self) -> None:
        # Closed behind our back: closing may hang as long as the node does.
        if self._client is not None:
            closing = asyncio.ensure_future(self._client.close())
            self._closing.add(closing)
            closing.add_done_callback(self._closed)
            self._client = None

    def _closed(self, closing: asyncio.Future[None]) -> None:
        self._closing.discard(closing)
        if not closing.cancelled():
            closing.exception()  # looked at, so that asyncio does not report it: the connection was given up


def _may_pass(exc: Exception) -> bool:
    return isinstance(exc, ChainTrouble) and not exc.refused


async def _within(seconds: float, work: Coroutine[Any, Any, T]) -> T:
    # asyncio.wait_for awaits the cancelled task, and on Python 3.11 the SDK can swallow its cancellation.
    task = asyncio.ensure_future(work)
    try:
        done, _ = await asyncio.wait({task}, timeout=seconds)
    finally:
        if not task.done():
            task.cancel()
    if not done:
        raise TimeoutError(f"no answer within {seconds:g} s")
    return task.result()
