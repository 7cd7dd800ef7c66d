"""One client's connection: what it is owed, in order, and what it subscribed to."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from itertools import count
from typing import Any

from websockets.asyncio.server import ServerConnection

from netctl.devchain.faults.active import Faults
from netctl.devchain.rpc.protocol import INVALID_REQUEST, RpcError, dumps

MAX_BACKLOG_BYTES = 64 << 20
MAX_SUBSCRIPTIONS = 4096

_ids = count(1)


class Session:
    """A queue drained by its own task, so that a client who does not read delays nobody; past a limit it is cut off."""

    def __init__(self, connection: ServerConnection, faults: Faults, source: str = "") -> None:
        self._connection = connection
        self.faults = faults
        self.source = source
        self.is_hung = False
        self._muted: set[str] = set()
        self._backlog: deque[str] = deque()
        self._backlog_bytes = 0
        self._held: list[str] | None = None
        self._wake = asyncio.Event()
        self._cancels: dict[str, Callable[[], None]] = {}
        self.is_open = True
        self._closed = asyncio.Event()

    async def wait(self, seconds: float) -> None:
        """Wait so long, or until the session closes."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._closed.wait()

    def send(self, message: str) -> None:
        """Queue a message; nothing once the session is closed."""
        if not self.is_open or self.is_hung:
            return
        self._backlog_bytes += len(message)
        if self._held is not None:
            self._held.append(message)
        else:
            self._backlog.append(message)
            self._wake.set()
        if self._backlog_bytes > MAX_BACKLOG_BYTES:
            self.abort()

    def hold(self) -> None:
        """Keep messages back until the answer to the request at hand is on its way."""
        self._held = []

    def release(self, answer: str | None) -> None:
        """Send the answer, then what was held back."""
        held, self._held = self._held or [], None
        self._backlog_bytes -= sum(map(len, held))
        for message in held if answer is None else (answer, *held):
            self.send(message)

    def subscribe(self, cancel: Callable[[], None]) -> str:
        """A new subscription id; `cancel` runs when it ends."""
        if len(self._cancels) >= MAX_SUBSCRIPTIONS:
            raise RpcError(
                INVALID_REQUEST, f"Too many subscriptions on the connection: {MAX_SUBSCRIPTIONS} is the limit"
            )
        subscription = f"devchain-{next(_ids)}"
        self._cancels[subscription] = cancel
        return subscription

    def unsubscribe(self, subscription: object) -> bool:
        """End a subscription; False if there is none by that id."""
        cancel = self._cancels.pop(subscription, None) if isinstance(subscription, str) else None
        if cancel is None:
            return False
        cancel()
        return True

    def notify(self, method: str, subscription: str, result: Any) -> None:
        """Push to a subscription."""
        if subscription in self._muted:
            return
        text = dumps({"jsonrpc": "2.0", "method": method, "params": {"subscription": subscription, "result": result}})
        if self.faults:
            self._push_with_faults(method, text)
        else:
            self.send(text)

    def _push_with_faults(self, method: str, text: str) -> None:
        struck = self.faults.at_message(method, pushed=True)
        if struck.keys() & {"drop", "lose-answer", "unheard"}:
            return
        if "hang" in struck:
            self.hang()
        elif "disconnect" in struck:
            self.abort()
        late_s = struck["delay"].options["ms"] / 1000 if "delay" in struck else 0
        for _ in range(2 if "duplicate" in struck else 1):
            if late_s:
                asyncio.get_running_loop().call_later(late_s, self.send, text)
            else:
                self.send(text)

    def subscriptions(self) -> set[str]:
        """The ids of those that are open."""
        return set(self._cancels)

    def mute(self, subscriptions: set[str]) -> None:
        """Never push to these again, nor what was held back."""
        self._muted |= subscriptions
        for message in self._held or ():
            self._backlog_bytes -= len(message)
        if self._held is not None:
            self._held.clear()

    def hang(self) -> None:
        """Stay connected, and never say anything again."""
        self.is_hung = True
        self._backlog.clear()
        self._backlog_bytes = 0
        for subscription in tuple(self._cancels):
            self.unsubscribe(subscription)

    async def drain(self) -> None:
        """Write what is queued until the session closes."""
        while self.is_open:
            await self._wake.wait()
            self._wake.clear()
            while self._backlog and self.is_open:
                message = self._backlog.popleft()
                self._backlog_bytes -= len(message)
                await self._connection.send(message)

    def abort(self) -> None:
        """Cut the client off, whatever it is still owed."""
        self.close()
        self._connection.transport.abort()

    def close(self) -> None:
        """End all subscriptions and take no more messages."""
        self.is_open = False
        self._closed.set()
        self._backlog.clear()
        for subscription in tuple(self._cancels):
            self.unsubscribe(subscription)
        self._wake.set()
