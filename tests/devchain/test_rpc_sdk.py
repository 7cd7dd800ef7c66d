"""The real SDK, asynchronous and synchronous, against the running program."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import aclosing
from types import SimpleNamespace
from typing import Any

import bittensor as bt
import pytest
from bittensor_core import Keypair

from tests.devchain.lab import ALICE, Program
from tests.sdk import connected

ALONE: dict[str, Any] = {"fallback_endpoints": [], "archive_endpoints": []}
SM = bt.storage.SubtensorModule


def wallet(uri: str) -> Any:
    """A wallet of development keys."""
    coldkey = Keypair.create_from_uri(uri)
    return SimpleNamespace(coldkey=coldkey, coldkeypub=coldkey, hotkey=Keypair.create_from_uri(f"{uri}//hot"))


@pytest.fixture
async def client(chain_program: Program) -> AsyncIterator[bt.Client]:
    async with connected(chain_program.url) as opened:
        yield opened


async def test_sdk_reads_what_the_chain_is(client: bt.Client, chain_program: Program) -> None:
    await client.wait_for_block(2, timeout=20)
    assert await client.query(bt.storage.Sudo.Key) == ALICE.ss58_address
    assert await client.spec_version() == 461
    assert await client.query(bt.storage.System.BlockHash, [0]) == chain_program.genesis
    assert await client.block_time() == pytest.approx(0.05)
    info = await client.block_info()
    assert info is not None
    assert info.timestamp.year == 2026


async def test_sdk_transfers_and_finds_its_events_and_fee(client: bt.Client) -> None:
    dest = Keypair.create_from_uri("//SdkDest").ss58_address
    result = await client.execute(bt.intents.Transfer(dest, 1.5), wallet("//Alice"))
    assert result.success, result.message
    assert result.fee is not None
    assert result.fee.rao > 0
    assert (await client.balances.get(dest)).rao == 1_500_000_000


async def test_sdk_registers_through_the_shield(client: bt.Client) -> None:
    charlie = wallet("//Charlie")
    result = await client.execute(bt.intents.BurnedRegister(netuid=1), charlie)
    assert result.success, result.message
    assert result.data["shielded"] is True
    assert await client.query(SM.Uids, [1, charlie.hotkey.ss58_address]) is not None


async def test_sdk_understands_a_refusal_and_a_failure(client: bt.Client) -> None:
    poor = await client.execute(bt.intents.Transfer(ALICE.ss58_address, 1.0), wallet("//SdkPoor"))
    assert not poor.success
    assert poor.error is not None
    call = bt.calls.SubtensorModule.start_call(netuid=999)
    failed = await client.submit_call(call, wallet("//Bob"))
    assert not failed.success
    assert failed.error is not None
    assert failed.error.code is not bt.ErrorCode.UNKNOWN


async def test_sdk_follows_heads(client: bt.Client) -> None:
    for finalized in (False, True):
        numbers = []
        async with aclosing(client.blocks(finalized=finalized)) as heads:
            async for head in heads:
                numbers.append(head.number)
                if len(numbers) == 3:
                    break
        assert numbers == list(range(numbers[0], numbers[0] + 3))
    start = await client.block()
    assert (await client.wait_for_block(start + 2, timeout=20)).number >= start + 2


async def test_sdk_reads_the_past(client: bt.Client) -> None:
    then = await client.block()
    await client.wait_for_block(then + 2, timeout=20)
    past = await client.at(then)
    assert await past.query(bt.storage.System.Number) == then


async def test_many_sdk_clients_are_served_at_once(chain_program: Program) -> None:
    async def read() -> int:
        async with connected(chain_program.url) as client:
            await client.query_map(SM.NetworksAdded)
            return int(await client.block())

    assert min(await asyncio.gather(*(read() for _ in range(12)))) >= 0


SYNCHRONOUS = """
import sys
import bittensor as bt
from tests.devchain.test_rpc_sdk import ALONE, Keypair, wallet

with bt.SyncClient(sys.argv[1], **ALONE) as client:
    dest = Keypair.create_from_uri("//SyncDest").ss58_address
    result = client.execute(bt.intents.Transfer(dest, 0.25), wallet("//Bob"))
    print(result.success, client.balances.get(dest).rao, client.block > 0)
"""


def test_synchronous_sdk_reads_and_transfers(chain_program: Program) -> None:
    """In a process of its own: the SDK leaves the event loop behind its synchronous client open."""
    command = [sys.executable, "-c", SYNCHRONOUS, chain_program.url]
    told = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert told.stdout == "True 250000000 True\n", told.stderr
