"""One connection to one node through the SDK: made when first needed, with a deadline on everything."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

from netctl.adapters.chain_errors import is_unreachable, translated
from netctl.errors import PolicyError

if TYPE_CHECKING:
    from bittensor import RpcSubstrate
    from bittensor._transport import SubstrateConnection

T = TypeVar("T")

CLOSE_ATTEMPTS = 10
CLOSE_PATIENCE_S = 0.2
CONNECTIONS_KEPT = 8


class Link:
    """A lazily opened RpcSubstrate that is dropped after a failure and opened again by the next question.

    `genesis` is the hash that the chain must have; without one, the hash first seen must stay. `not_these` names
    chains, by their genesis, that it must not be.
    """

    def __init__(
        self, endpoint: str, *, genesis: str | None, deadline_s: float, not_these: Mapping[str, str] | None = None
    ) -> None:
        self.endpoint = endpoint
        self.deadline_s = deadline_s
        self._genesis = genesis
        self._not_these = dict(not_these or {})
        self._foreign: PolicyError | None = None
        self._substrate: RpcSubstrate | None = None
        self._opened: deque[SubstrateConnection] = deque(maxlen=CONNECTIONS_KEPT)
        self._opening = asyncio.Lock()

    async def ask(
        self, doing: str, op: Callable[[RpcSubstrate], Awaitable[T]], *, deadline_s: float | None = None
    ) -> T:
        """Run `op` on the connection; ChainUnreachable past the deadline, ChainError when the node says no."""
        import bittensor  # noqa: F401  -- its first import takes a second or more, which is not the node's fault

        substrate: RpcSubstrate | None = None
        if self._foreign is not None:
            await self._leave()
        try:
            async with asyncio.timeout(deadline_s if deadline_s is not None else self.deadline_s):
                substrate = await self._current()
                return await op(substrate)
        except Exception as error:
            if self._foreign is not None:
                await self._leave()
            if substrate is not None and is_unreachable(error):
                await self.drop(substrate)
            ours = translated(error, endpoint=self.endpoint, doing=doing)
            if ours is None or ours is error:
                raise
            raise ours from error

    async def ready(self) -> RpcSubstrate:
        """The open connection itself. PolicyError when the chain behind it is not the one that was named."""

        async def itself(substrate: RpcSubstrate) -> RpcSubstrate:
            return substrate

        return await self.ask("connecting", itself)

    async def _current(self) -> RpcSubstrate:
        async with self._opening:
            if self._substrate is None:
                self._substrate = await self._open()
            return self._substrate

    async def _open(self) -> RpcSubstrate:
        from bittensor import RpcSubstrate

        self._foreign = None
        substrate = RpcSubstrate(self.endpoint, fallback_endpoints=[], archive_endpoints=[])
        self._watch(substrate)
        try:
            await substrate.connect()
        except BaseException:
            await close_bounded(substrate)
            await self._close_opened()
            raise
        return substrate

    def _watch(self, substrate: RpcSubstrate) -> None:
        """Note every connection that `connect` opens, and look whose chain answers whenever it dials.

        Noted: cancelled halfway, it forgets one that goes on dialling. Looked at: the SDK dials again by itself, here
        or at another address, and whatever answers there then is what would be read and paid on.
        """
        make = substrate._interface  # noqa: SLF001

        def watched(endpoint: str, fallbacks: list[str]) -> SubstrateConnection:
            made = make(endpoint, fallbacks)
            dial = made._session._connect  # noqa: SLF001
            made._session._connect = lambda url: self._dialled(dial, url)  # noqa: SLF001
            made._session._run = _told_elsewhere(made._session._run)  # type: ignore[method-assign]  # noqa: SLF001
            self._opened.append(made)
            return made

        substrate._interface = watched  # type: ignore[method-assign]  # noqa: SLF001

    async def _dialled(self, dial: Callable[[str], Awaitable[Any]], url: str) -> Any:
        """A connection to the chain that is meant; to another: `_foreign` is set, and the SDK told that it broke."""
        from bittensor._transport.errors import SubstrateRequestException

        socket = await dial(url)
        try:
            async with asyncio.timeout(self.deadline_s):
                await socket.send(
                    json.dumps({"jsonrpc": "2.0", "id": 0, "method": "chain_getBlockHash", "params": [0]})
                )
                found = str(json.loads(await socket.recv())["result"])
            self._check_genesis(found, url)
        except BaseException as error:
            await socket.close()
            if isinstance(error, PolicyError):
                self._foreign = error
                raise SubstrateRequestException(error.message) from error
            if isinstance(error, ValueError | LookupError | TypeError):
                message = f"{url} gave no genesis hash that can be read"
                raise SubstrateRequestException(message) from error
            raise
        return socket

    def _check_genesis(self, found: str, url: str) -> None:
        if found in self._not_these:
            message = f"{url} is {self._not_these[found]}, not a chain of your own"
            raise PolicyError(message, hint="nothing was signed; name your node by an address that is not loopback")
        if self._genesis is not None and found != self._genesis:
            message = f"{url} is another chain: genesis {found}, expected {self._genesis}"
            raise PolicyError(message, hint="nothing was signed; check --network and the profile's endpoint")
        self._genesis = found

    async def _leave(self) -> NoReturn:
        """Another chain answered somewhere: nothing more goes over this connection; a new one asks again."""
        foreign, self._foreign = self._foreign, None
        await self.close()
        assert foreign is not None  # noqa: S101  -- both callers have just seen it
        raise foreign

    async def drop(self, substrate: RpcSubstrate) -> None:
        """Give up a connection that failed, unless somebody already did."""
        if self._substrate is substrate:
            self._substrate = None
            await close_bounded(substrate)

    async def close(self) -> None:
        """End the connection; returns within seconds whatever the SDK does."""
        if self._substrate is not None:
            await self.drop(self._substrate)
        await self._close_opened()

    async def _close_opened(self) -> None:
        """Close what was dropped before once more: a question under way may have revived it."""
        while self._opened:
            await close_bounded(self._opened.popleft())


def _told_elsewhere(run: Callable[[], Coroutine[Any, Any, None]]) -> Callable[[], Coroutine[Any, Any, None]]:
    """The SDK's task of a connection, whose failure every question on it tells.

    One that fails while nobody asks is replaced unread by the next question, and asyncio would print its traceback.
    """

    async def running() -> None:
        task = asyncio.current_task()
        assert task is not None  # noqa: S101  -- the SDK starts it as one
        task.add_done_callback(lambda ended: ended.cancelled() or ended.exception())
        await run()

    return running


async def close_bounded(connection: RpcSubstrate | SubstrateConnection) -> None:
    """Close within seconds, helping where the SDK would wait for what does not come.

    For its reading task, whose cancellation Python 3.11's wait_for can lose: that is cancelled again. For the node's
    goodbye, unread behind answers that nobody reads any more: then the socket is dropped. The closing itself is not
    cut short but in the end: it would leave the socket open and requests unanswered.
    """
    sessions = _sessions_of(connection)
    closing = asyncio.ensure_future(connection.close())
    for attempt in range(CLOSE_ATTEMPTS):
        done, _pending = await asyncio.wait({closing}, timeout=CLOSE_PATIENCE_S)
        if done:
            with contextlib.suppress(Exception, asyncio.CancelledError):
                closing.result()
            return
        for session in sessions:
            _let_go(session, drop=attempt > 0)
        if attempt >= CLOSE_ATTEMPTS // 2:
            closing.cancel()


def _let_go(session: Any, *, drop: bool) -> None:
    if session._supervisor is not None:  # noqa: SLF001
        session._supervisor.cancel()  # noqa: SLF001
    if drop and session._ws is not None:  # noqa: SLF001
        session._ws.transport.abort()  # noqa: SLF001


def _sessions_of(connection: RpcSubstrate | SubstrateConnection) -> list[Any]:
    """The SDK's sessions below a connection, before closing forgets them."""
    names = ("_substrate", "_archive_substrate")
    parts = [connection, *(getattr(connection, name, None) for name in names)]
    return [part._session for part in parts if getattr(part, "_session", None) is not None]  # type: ignore[union-attr]  # noqa: SLF001
