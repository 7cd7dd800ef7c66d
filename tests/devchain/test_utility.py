"""Batches."""

from __future__ import annotations

from typing import Any

import bittensor as bt

from tests.devchain.live_chain import TAO, Live, wallet

GOOD_RAO = 1_000_000
BAD_RAO = 10**18


async def composed(live: Live, *amounts: int) -> list[Any]:
    """One transfer to an account of its own for each amount."""
    transfer = bt.calls.Balances.transfer_keep_alive
    return [
        await live.client.compose(transfer(dest=wallet(f"//Item{at}").address, value=amount))
        for at, amount in enumerate(amounts)
    ]


def received(live: Live, count: int) -> list[int]:
    return [live.free(wallet(f"//Item{at}").address) for at in range(count)]


def told(live: Live) -> list[str]:
    return [name.removeprefix("Utility.") for name in live.event_names() if name.startswith("Utility.")]


async def test_batch_completes_when_all_succeed(live: Live) -> None:
    await live.done(bt.calls.Utility.batch(calls=await composed(live, GOOD_RAO, GOOD_RAO)), live.alice)
    assert received(live, 2) == [GOOD_RAO, GOOD_RAO]
    assert told(live) == ["ItemCompleted", "ItemCompleted", "BatchCompleted"]


async def test_batch_keeps_what_was_done_before_the_failure(live: Live) -> None:
    calls = await composed(live, GOOD_RAO, BAD_RAO, GOOD_RAO)
    await live.included(bt.calls.Utility.batch(calls=calls), live.alice)
    assert received(live, 3) == [GOOD_RAO, 0, 0]
    assert told(live) == ["ItemCompleted", "BatchInterrupted"]
    interrupted = dict(live.events())["Utility.BatchInterrupted"]
    assert interrupted["index"] == 1
    assert "FundsUnavailable" in str(interrupted["error"])


async def test_batch_all_undoes_everything_when_one_fails(live: Live) -> None:
    calls = await composed(live, GOOD_RAO, BAD_RAO)
    assert await live.refused(bt.calls.Utility.batch_all(calls=calls), live.alice) == "FundsUnavailable"
    assert received(live, 2) == [0, 0]
    assert told(live) == []
    assert "Balances.Transfer" not in live.event_names()


async def test_force_batch_goes_on_after_a_failure(live: Live) -> None:
    calls = await composed(live, GOOD_RAO, BAD_RAO, GOOD_RAO)
    await live.included(bt.calls.Utility.force_batch(calls=calls), live.alice)
    assert received(live, 3) == [GOOD_RAO, 0, GOOD_RAO]
    assert told(live) == ["ItemCompleted", "ItemFailed", "ItemCompleted", "BatchCompletedWithErrors"]


async def test_a_batch_in_a_batch_is_refused(live: Live) -> None:
    inner = await live.client.compose(bt.calls.Utility.batch(calls=await composed(live, GOOD_RAO)))
    first = await composed(live, GOOD_RAO)
    for function in ("batch", "batch_all", "force_batch"):
        outer = getattr(bt.calls.Utility, function)(calls=[*first, inner])
        assert await live.refused(outer, live.alice) == "CallFiltered"
    assert received(live, 1) == [0]


async def test_sdk_batch_intent_pays_several_at_once(live: Live) -> None:
    payer = live.funded("//Batcher", tao=10)
    transfers = [bt.Transfer(dest_ss58=wallet(f"//Item{at}").address, amount_tao=1) for at in range(2)]
    result = await live.client.execute(bt.Batch(intents=transfers), payer)
    assert result.success, result.message
    assert received(live, 2) == [TAO, TAO]
