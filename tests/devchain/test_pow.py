"""Registration by proof of work, with the SDK's own miner."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import bittensor as bt

from netctl.devchain.pallets.subtensor.pow import MAX_WORK_AGE_BLOCKS
from tests.devchain.live_chain import ADMIN, SM, Live, wallet


async def mined(live: Live, miner: Any) -> Any:
    """A proof over the head block, by one worker."""
    return await live.client.mine_pow_registration(
        1, miner.hotkey_address, miner.address, workers=1, max_seconds=20, backend="cpu"
    )


async def test_proof_registers_an_empty_coldkey_for_nothing(live: Live) -> None:
    miner = wallet("//Penniless")
    price = live.storage("Burn", 1)
    intent = await mined(live, miner)
    result = await live.client.execute(intent, miner)
    assert result.success, result.message
    assert live.free(miner.address) == 0
    assert await live.client.query(SM.Uids, [1, miner.hotkey_address]) == 0
    assert live.storage("LastPowRegistrationBlock", miner.hotkey_address) == intent.work_block
    assert live.storage("Burn", 1) <= price
    assert live.event_names() == ["SubtensorModule.NeuronRegistered"]


async def test_forged_work_is_refused_by_the_pool(live: Live) -> None:
    miner = wallet("//Forger")
    intent = await mined(live, miner)
    forged = replace(intent, nonce=intent.nonce + 1)
    result = await live.client.execute(forged, miner)
    assert not result.success
    assert live.storage("SubnetworkN", 1) == 0


async def test_work_of_another_hotkey_is_refused(live: Live) -> None:
    intent = await mined(live, wallet("//Worker"))
    result = await live.client.execute(intent, wallet("//Thief"))
    assert not result.success
    assert live.storage("SubnetworkN", 1) == 0


async def test_stale_work_is_refused(live: Live) -> None:
    miner = wallet("//Slow")
    intent = await mined(live, miner)
    live.mine(MAX_WORK_AGE_BLOCKS)
    result = await live.client.execute(intent, miner)
    assert not result.success
    assert live.storage("SubnetworkN", 1) == 0


async def test_too_easy_work_is_refused_when_difficulty_rises(live: Live) -> None:
    miner = wallet("//Unlucky")
    intent = await mined(live, miner)
    await live.sudo(ADMIN.sudo_set_difficulty(netuid=1, difficulty=2**61))
    result = await live.client.execute(intent, miner)
    assert not result.success
    assert live.storage("SubnetworkN", 1) == 0


async def test_free_way_stays_open_when_it_is_the_only_one(live: Live) -> None:
    close_paid = ADMIN.sudo_set_network_registration_allowed(netuid=1, registration_allowed=False)
    await live.done(close_paid, live.alice)
    miner = wallet("//Penniless")
    result = await live.client.execute(await mined(live, miner), miner)
    assert result.success, result.message
    close_free = ADMIN.sudo_set_network_pow_registration_allowed(netuid=1, registration_allowed=False)
    assert await live.refused(close_free, live.alice) == "InvalidValue"


async def test_paid_way_stays_open_when_it_is_the_only_one(live: Live) -> None:
    close_free = ADMIN.sudo_set_network_pow_registration_allowed(netuid=1, registration_allowed=False)
    await live.done(close_free, live.alice)
    close_paid = ADMIN.sudo_set_network_registration_allowed(netuid=1, registration_allowed=False)
    assert await live.refused(close_paid, live.alice) == "InvalidValue"


async def test_closed_free_way_refuses_proofs(live: Live) -> None:
    miner = wallet("//Penniless")
    intent = await mined(live, miner)
    close_free = ADMIN.sudo_set_network_pow_registration_allowed(netuid=1, registration_allowed=False)
    await live.done(close_free, live.alice)
    result = await live.client.execute(intent, miner)
    assert not result.success
    assert result.error.code is not bt.ErrorCode.INSUFFICIENT_BALANCE
    assert live.storage("SubnetworkN", 1) == 0
