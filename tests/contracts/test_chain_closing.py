"""Closing the SDK's connection ends, whatever the node does at that moment."""

from __future__ import annotations

import asyncio
import re
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from bittensor._transport import SubstrateConnection
from websockets.asyncio.server import ServerConnection, serve

from netctl.adapters.chain_link import close_bounded

SOON_S = 6
"""Far from the ten seconds that the SDK waits for a goodbye, and from the forever of its lost cancellation."""
STEPS = 30
PAGE = Path(__file__).parents[2] / "docs" / "library.md"
LOSES_CANCELLATIONS = sys.version_info < (3, 12)


@asynccontextmanager
async def node(handle: Callable[[ServerConnection], Awaitable[None]]) -> AsyncIterator[SubstrateConnection]:
    """A websocket server in this loop, and the SDK's connection to it, open."""
    async with serve(handle, "127.0.0.1", 0, close_timeout=0) as server:
        connection = SubstrateConnection(f"ws://127.0.0.1:{next(iter(server.sockets)).getsockname()[1]}")
        await connection._session.connect()
        yield connection


@asynccontextmanager
async def bounded(connection: SubstrateConnection) -> AsyncIterator[None]:
    """As netctl closes."""
    yield
    await close_bounded(connection)


@asynccontextmanager
async def as_the_page_says(connection: SubstrateConnection) -> AsyncIterator[None]:
    """As docs/library.md has it, in a tenth of the time, with a client that is this connection alone."""
    (program,) = re.findall(r"```python\n# closing.py\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    written: dict[str, Any] = {}
    exec(program, written)
    client = SimpleNamespace(connect=partial(asyncio.sleep, 0), close=connection.close)
    written |= {"bt": SimpleNamespace(Client=lambda *_args, **_options: client), "CLOSES_S": 0.5}
    async with written["client_of"]("ws://nowhere"):
        yield


@pytest.mark.parametrize("closing", [bounded, as_the_page_says])
async def test_a_message_that_comes_as_the_connection_closes_does_not_keep_it_open(
    closing: Callable[[SubstrateConnection], AbstractAsyncContextManager[None]],
) -> None:
    """Python 3.11's wait_for gives the message instead of the cancellation, and the SDK reads on for ever.

    When the two meet is a matter of turns of the loop, so all are tried until the SDK was seen to read on.
    """
    met = False
    for turns in range(STEPS):
        talk = asyncio.Event()

        async def say_something(socket: ServerConnection, talk: asyncio.Event = talk) -> None:
            await talk.wait()
            await socket.send("{}")
            await socket.wait_closed()

        async with node(say_something) as connection:
            session: Any = connection._session
            reading, socket = session._supervisor, session._ws
            async with closing(connection):
                talk.set()
                for _ in range(turns):
                    await asyncio.sleep(0)
                started = time.monotonic()
            assert time.monotonic() - started < SOON_S
            assert reading.done()
            assert socket.close_code is not None
            met = reading.cancelling() > 1
        if met:
            break
    assert met == LOSES_CANCELLATIONS


async def test_a_node_that_never_answers_the_goodbye_is_left() -> None:
    gone = asyncio.Event()

    async def never_read(socket: ServerConnection) -> None:
        socket.transport.pause_reading()
        await gone.wait()
        socket.transport.abort()

    async with node(never_read) as connection:
        session: Any = connection._session
        reading, socket = session._supervisor, session._ws
        started = time.monotonic()
        try:
            await close_bounded(connection)
            assert time.monotonic() - started < SOON_S
            assert reading.done()
            assert socket.close_code is not None
        finally:
            gone.set()
