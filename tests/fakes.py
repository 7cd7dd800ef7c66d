"""Faults on demand around the real edges, and the small stand-ins that tests of the core need."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import Any, Self

from websockets.asyncio.client import connect
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed

from netctl.ports import Chain, Receipt, Signed

SUBMISSION = "author_submitAndWatchExtrinsic"


class Killed(BaseException):
    """netctl died here: nothing of it runs on, as after SIGKILL."""


class SilentTalk:
    """Talk that is kept instead of shown."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def progress(self, neuron: str | None, phase: str, text: str) -> None:
        self.lines.append(text)

    def note(self, text: str) -> None:
        self.lines.append(text)


class FaultyChain:
    """The real chain but for `submit`, which does what `before` and `after` say around the real sending.

    Either may be a coroutine function of the signed extrinsic, and may raise. Used once, then gone.
    """

    def __init__(self, chain: Chain) -> None:
        self._chain = chain
        self.before: Callable[[Signed], Any] | None = None
        self.after: Callable[[Signed], Any] | None = None
        self.submitted = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._chain, name)

    async def submit(self, signed: Signed) -> Receipt:
        """Submit for real, with the faults that were asked for."""
        before, after = self.before, self.after
        self.before = self.after = None
        if before is not None:
            await before(signed)
        receipt = await self._chain.submit(signed)
        self.submitted += 1
        if after is not None:
            await after(signed)
        return receipt


class FaultyWire:
    """A websocket relay between a client and a chain that fails where it is told to.

    `fault`: "cut_before" ends the connection instead of passing a submission on, "cut_after" right after passing it
    on, "mute" passes it on and never answers again. It applies to one submission; then the relay works again.
    """

    def __init__(self, target: str) -> None:
        self.target = target
        self.fault: str | None = None
        self.submissions = 0
        self.requests: list[str] = []
        self.runtime_calls: list[str] = []
        self.url = ""
        self._clients: set[ServerConnection] = set()

    async def __aenter__(self) -> Self:
        self._server = await serve(self._relay, "127.0.0.1", 0, max_size=None)
        port = next(iter(self._server.sockets)).getsockname()[1]
        self.url = f"ws://127.0.0.1:{port}"
        return self

    async def __aexit__(self, *_exc: object) -> None:
        self._server.close()
        await self._server.wait_closed()

    def cut(self) -> None:
        """Cut every connection that is open now; new ones go to `target`, wherever that is then."""
        for client in self._clients:
            client.transport.abort()

    async def _relay(self, client: ServerConnection) -> None:
        muted = asyncio.Event()
        self._clients.add(client)
        async with connect(self.target, max_size=None) as node:
            answers = asyncio.create_task(self._answers(node, client, muted))
            try:
                async for message in client:
                    fault = self._fault_for(message)
                    if fault == "cut_before":
                        client.transport.abort()
                        return
                    await node.send(message)
                    if fault == "cut_after":
                        await asyncio.wait_for(self._taken(), 10)
                        client.transport.abort()
                        return
                    if fault == "mute":
                        muted.set()
            except ConnectionClosed:
                return
            finally:
                answers.cancel()
                self._clients.discard(client)

    def _fault_for(self, message: str | bytes) -> str | None:
        text = message.decode() if isinstance(message, bytes) else message
        question = json.loads(text)
        self.requests.append(str(question["method"]))
        if question["method"] == "state_call":
            self.runtime_calls.append(str(question["params"][0]))
        if SUBMISSION not in text:
            return None
        self.submissions += 1
        fault, self.fault = self.fault, None
        return fault

    async def _taken(self) -> None:
        """Until the node has read what was sent: it answers in order on every connection of its loop."""
        async with connect(self.target) as other:
            await other.send('{"jsonrpc":"2.0","id":1,"method":"dev_status","params":[]}')
            await other.recv()

    @staticmethod
    async def _answers(node: Any, client: ServerConnection, muted: asyncio.Event) -> None:
        try:
            async for message in node:
                if not muted.is_set():
                    await client.send(message)
        except ConnectionClosed:
            return
