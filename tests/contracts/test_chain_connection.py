"""What every Chain promises of a node that is not there, silent, another one, dead, or back again."""

from __future__ import annotations

import asyncio
import gc
import time

import pytest

from netctl.adapters.chain import SdkChain
from netctl.errors import ChainUnreachable, PolicyError
from tests.chains import ALICE, RunningChain, start_chain
from tests.ports import free_ports

LATE_S = 10  # what a busy machine may add; a deadline that is not kept is the SDK's, of minutes


async def test_nobody_at_the_endpoint_is_said_with_the_endpoint_and_soon() -> None:
    (port,) = free_ports(1)
    chain = SdkChain(f"ws://127.0.0.1:{port}", deadline_s=3)
    started = time.monotonic()
    with pytest.raises(ChainUnreachable, match=str(port)):
        await chain.head()
    await chain.close()
    assert time.monotonic() - started < 3 + LATE_S


async def test_a_node_that_says_nothing_is_given_up_at_the_deadline() -> None:
    over = asyncio.Event()

    async def say_nothing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()
        await writer.wait_closed()
        over.set()

    server = await asyncio.start_server(say_nothing, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    chain = SdkChain(f"ws://127.0.0.1:{port}", deadline_s=0.5)
    started = time.monotonic()
    with pytest.raises(ChainUnreachable, match="head"):
        await chain.head()
    assert time.monotonic() - started < 0.5 + LATE_S
    await chain.close()
    await asyncio.wait_for(over.wait(), 10)
    server.close()
    await server.wait_closed()


async def test_another_chain_than_the_named_one_stops_everything(devchain: RunningChain) -> None:
    chain = SdkChain(devchain.url, genesis="0x" + "ab" * 32, deadline_s=10)
    with pytest.raises(PolicyError, match="another chain"):
        await chain.head()
    await chain.close()


async def test_a_node_that_dies_while_nobody_asks_is_told_to_who_asks_next_and_to_nobody_else(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    told: list[str] = []
    asyncio.get_running_loop().set_exception_handler(lambda _loop, context: told.append(context["message"]))
    node = start_chain(tmp_path_factory.mktemp("node") / "chain")
    chain = SdkChain(node.url, deadline_s=10)
    try:
        await chain.head()
        node.process.kill()
        dialling = [one._session._supervisor for one in chain._link._opened]
        done, left = await asyncio.wait([task for task in dialling if task is not None], timeout=LATE_S)
        assert not left
        with pytest.raises(ChainUnreachable):
            await chain.head()
    finally:
        node.stop()
        await chain.close()
    del dialling, done
    gc.collect()
    assert told == []


async def test_a_restarted_node_is_found_again(tmp_path_factory: pytest.TempPathFactory) -> None:
    data = tmp_path_factory.mktemp("restarted") / "data"
    (port,) = free_ports(1)
    first = start_chain(data, port=port)
    chain = SdkChain(first.url, deadline_s=10)
    before = await chain.genesis_hash()
    await asyncio.to_thread(first.stop)
    with pytest.raises(ChainUnreachable):
        await chain.accounts([ALICE])
    second = start_chain(data, port=port)
    try:
        assert (await chain.accounts([ALICE]))[ALICE].free_rao > 0
        assert await chain.genesis_hash() == before
    finally:
        await chain.close()
        await asyncio.to_thread(second.stop)
