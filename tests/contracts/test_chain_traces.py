"""What the chain keeps of hotkeys and blocks, through the real SDK."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from netctl.adapters.chain import SdkChain
from netctl.adapters.keystore import SdkKeystore
from netctl.ports import Call, Trace
from tests.chains import TAO, RunningChain
from tests.contracts.test_chain_contract import NETUID, send, stranger, with_subnet


@pytest.fixture
async def chain(devchain: RunningChain) -> AsyncIterator[SdkChain]:
    found = SdkChain(devchain.url, genesis=devchain.genesis, deadline_s=10)
    yield found
    await found.close()


@pytest.fixture
def keys(tmp_path: Path) -> SdkKeystore:
    return SdkKeystore(tmp_path / "wallets")


async def test_a_hotkey_leaves_traces_with_a_uid_or_without(
    chain: SdkChain, keys: SdkKeystore, devchain: RunningChain
) -> None:
    """On root it has no uid, and TAO that counts for its stake by TaoWeight; a stranger has left nothing."""
    await with_subnet(chain, keys)
    cold, hot, stranger_ = stranger(keys), stranger(keys), stranger(keys)
    devchain.faucet(cold.ss58, 50 * TAO)
    await send(chain, Call("SubtensorModule", "burned_register", {"netuid": NETUID, "hotkey": hot.ss58}), cold)
    for netuid in (NETUID, 0):
        arguments = {"hotkey": hot.ss58, "netuid": netuid, "amount_staked": 10 * TAO}
        await send(chain, Call("SubtensorModule", "add_stake", arguments), cold)
    found = await chain.traces(NETUID, [(hot.ss58, cold.ss58), (stranger_.ss58, cold.ss58)])
    graph = await chain.metagraph(NETUID)
    row = graph.of_hotkey(hot.ss58) if graph is not None else None
    assert row is not None
    assert found[stranger_.ss58] == Trace(0, 0, None)
    trace = found[hot.ss58]
    assert (trace.alpha_rao, trace.owner) == (row.stake_rao, cold.ss58)
    assert trace.stake_rao == row.total_stake_rao > trace.alpha_rao
    assert trace.staked_at == (await chain.head()).number


async def test_a_block_is_known_by_its_hash_and_the_next_epoch_by_its_block(
    chain: SdkChain, keys: SdkKeystore, devchain: RunningChain
) -> None:
    await with_subnet(chain, keys)
    head = await chain.head()
    assert await chain.block_hash(head.number) == head.hash
    assert await chain.block_hash(head.number + 1000) is None
    epoch = await chain.next_epoch(NETUID)
    subnet, before = await chain.subnet(NETUID), await chain.metagraph(NETUID)
    assert subnet is not None
    assert before is not None
    assert epoch is not None
    assert head.number < epoch <= head.number + subnet.tempo
    await asyncio.to_thread(devchain.mine, epoch - (await chain.head()).number)
    graph = await chain.metagraph(NETUID)
    assert graph is not None
    assert before.last_epoch < graph.last_epoch == epoch
    assert graph.max_validators == 64
    assert await chain.next_epoch(9999) is None
