"""Commitments of neurons."""

from __future__ import annotations

from typing import Any

import bittensor as bt

from netctl.devchain.storage import Item
from tests.devchain.live_chain import Live

SET = bt.calls.Commitments.set_commitment


def raw(text: str) -> dict[str, list[Any]]:
    return {"fields": [{f"Raw{len(text)}": "0x" + text.encode().hex()}]}


async def test_commitment_is_published_and_read_back(live: Live) -> None:
    miner = live.funded("//Miner")
    await live.register(miner)
    before = live.free(miner.address)
    result = await live.done(SET(netuid=1, info=raw("model-7")), miner, hotkey=True)
    assert before - live.free(miner.address) == result.fee.rao > 0
    assert live.event_names() == ["Commitments.Commitment"]
    (entry,) = (await live.client.subnets.commitments(1)).values()
    assert (entry.hotkey, entry.uid, entry.data) == (miner.hotkey_address, 0, "model-7")
    assert entry.block == live.chain.head.number
    graph = await live.client.subnets.metagraph(1)
    assert graph.neurons[0].commitment.data == "model-7"


async def test_only_neurons_commit(live: Live) -> None:
    stranger = live.funded("//Stranger")
    live.fund(stranger.hotkey_address, 1)
    assert await live.refused(SET(netuid=1, info=raw("x")), stranger, hotkey=True) == "AccountNotAllowedCommit"


async def test_too_many_fields_are_refused(live: Live) -> None:
    miner = live.funded("//Miner")
    await live.register(miner)
    info = {"fields": raw("a")["fields"] * 4}
    try:
        name = await live.refused(SET(netuid=1, info=info), miner, hotkey=True)
    except (ValueError, bt.BittensorError):
        name = "TooManyFieldsInCommitmentInfo"
    assert name == "TooManyFieldsInCommitmentInfo"


async def test_space_of_an_epoch_is_limited_and_comes_back(live: Live) -> None:
    miner = live.funded("//Miner")
    await live.register(miner)
    for _ in range(31):
        await live.done(SET(netuid=1, info=raw("z" * 60)), miner, hotkey=True)
    assert await live.refused(SET(netuid=1, info=raw("z")), miner, hotkey=True) == "SpaceLimitExceeded"
    live.mine(100)
    await live.done(SET(netuid=1, info=raw("z")), miner, hotkey=True)


async def test_only_the_content_of_fields_takes_space(live: Live) -> None:
    miner = live.funded("//Miner")
    await live.register(miner)
    info = {"fields": [*raw("z" * 120)["fields"], {"BigRaw": "0x" + "ab" * 300}, "ResetBondsFlag"]}
    await live.done(SET(netuid=1, info=info), miner, hotkey=True)
    keys = (1, miner.hotkey_address)
    assert Item("Commitments", "UsedSpaceOf").get(live.view, *keys)["used_space"] == 420
    assert Item("Commitments", "LastBondsReset").get(live.view, *keys) == live.chain.head.number
