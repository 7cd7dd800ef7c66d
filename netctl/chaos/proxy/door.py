"""One listening port of the proxy, and the connections that came in by it."""

from __future__ import annotations

import asyncio
import os
import re
import socket
import ssl
import struct
import time
from collections.abc import Callable, Coroutine
from contextlib import suppress
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from netctl.chaos.proxy.rules import Lane, Rules

CHUNK = 64 * 1024
QUEUED = 128
"""Chunks that may wait in one direction; who sends more is held up."""
CONNECT_S = 10.0
HEAD_S = 30.0
TROUBLE = (OSError, EOFError, TimeoutError, asyncio.LimitOverrunError)
_HOST = re.compile(rb"(?im)^host:[^\r\n]*")

Pair = tuple[asyncio.StreamReader, asyncio.StreamWriter]


@dataclass(frozen=True, slots=True)
class Upstream:
    """Where a door leads. `host_header` is what a request's Host is made to say, None where it is left as it is."""

    host: str
    port: int
    tls: bool = False
    host_header: str | None = None


def upstream_of(address: str) -> Upstream:
    """A node's ws(s):// address as a place to lead to."""
    parts = urlsplit(address)
    tls = parts.scheme == "wss"
    port = parts.port or (443 if tls else 80)
    name = f"[{parts.hostname}]" if parts.hostname and ":" in parts.hostname else parts.hostname or ""
    return Upstream(
        parts.hostname or "", port, tls, name if parts.port in (None, 443 if tls else 80) else f"{name}:{port}"
    )


class Door:
    """A port of this machine that leads to `upstream` as far as the rules let it."""

    def __init__(
        self,
        neuron: str,
        lane: Lane,
        place: tuple[str, int],
        upstream: Upstream,
        rules: Rules,
        say: Callable[[str], None],
    ) -> None:
        self.neuron, self.lane, self.place, self.upstream = neuron, lane, place, upstream
        self.closed: str | None = "not opened yet"
        self._rules, self._say = rules, say
        self._server: asyncio.Server | None = None
        self._writers: dict[asyncio.StreamWriter, None] = {}

    async def open(self) -> None:
        """Listen, if that is not so yet; `closed` says why it cannot."""
        if self._server is not None:
            return
        try:
            self._server = await asyncio.start_server(self._came, *self.place, limit=CHUNK, backlog=512)
        except OSError as error:
            self.closed = os.strerror(error.errno) if error.errno else str(error)
        else:
            self.closed = None

    async def close(self) -> None:
        """Listen no more and reset every connection."""
        if self._server is not None:
            self._server.close()
        self.reset()

    def reset(self) -> int:
        """Reset every connection; returns how many there were."""
        count = len(self._writers)
        for writer in list(self._writers):
            _abort(writer)
        return (count + 1) // 2

    @property
    def connections(self) -> int:
        """How many are open."""
        return (len(self._writers) + 1) // 2

    async def _came(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._rules.of(self.neuron, self.lane).cut:
            _abort(writer)
            return
        near = (reader, writer)
        self._writers[writer] = None
        far: Pair | None = None
        try:
            head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), HEAD_S) if self.upstream.host_header else b""
            await self._rules.passage(self.neuron, self.lane, 0.0, delayed=False)
            far = await self._connected()
            self._writers[far[1]] = None
            if head:
                name = f"Host: {self.upstream.host_header}".encode()
                far[1].write(_HOST.sub(lambda _: name, head, count=1))
            await self._carry(near, far)
        except TROUBLE as error:
            if far is None and not isinstance(error, asyncio.IncompleteReadError):
                self._say(f"{self.neuron}: {self.lane}: no way to {self.upstream.host}:{self.upstream.port}: {error}")
        finally:
            for each in (writer, far[1] if far is not None else None):
                if each is not None:
                    self._writers.pop(each, None)
                    _abort(each)

    async def _connected(self) -> Pair:
        to = self.upstream
        context = ssl.create_default_context() if to.tls else None
        name = to.host if to.tls else None
        return await asyncio.wait_for(
            asyncio.open_connection(to.host, to.port, ssl=context, server_hostname=name, limit=CHUNK), CONNECT_S
        )

    async def _carry(self, near: Pair, far: Pair) -> None:
        """Both directions, until both have ended or one has failed."""
        lines = (self._line(near[0], far[1], delayed=False), self._line(far[0], near[1], delayed=self.lane == "rpc"))
        tasks = [asyncio.ensure_future(work) for line in lines for work in line]
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_EXCEPTION)
            for task in done:
                task.result()
            for writer in (near[1], far[1]):
                writer.close()
                await writer.wait_closed()
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    def _line(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, delayed: bool
    ) -> tuple[Coroutine[Any, Any, None], Coroutine[Any, Any, None]]:
        """Who reads and who writes one direction; between them a chunk waits as long as the rules say."""
        queue: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue(QUEUED)

        async def fill() -> None:
            while True:
                chunk = await reader.read(CHUNK)
                await queue.put((time.monotonic(), chunk))
                if not chunk:
                    return

        async def drain() -> None:
            while True:
                arrived, chunk = await queue.get()
                await self._rules.passage(self.neuron, self.lane, arrived, delayed=delayed)
                if not chunk:
                    break
                writer.write(chunk)
                await writer.drain()
            if writer.can_write_eof():
                writer.write_eof()
            else:
                writer.close()

        return fill(), drain()


def _abort(writer: asyncio.StreamWriter) -> None:
    """End a connection with a reset where it still stands: its peer is to see that it broke, not that it was over."""
    stream = writer.get_extra_info("socket")
    if stream is not None and not writer.is_closing():
        with suppress(OSError):
            stream.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()
