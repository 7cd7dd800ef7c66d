"""A payment is made once, whatever breaks between the intent and the outcome."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from netctl.errors import (
    ChainUnreachable,
    ExtrinsicRejected,
    NotIncluded,
    OutcomeUnknown,
    PolicyError,
)
from netctl.paying import payment, settling
from netctl.paying.intents import INTENT, open_intents, spent_rao
from netctl.paying.refusals import can_pass
from netctl.ports import Call, Signed
from tests.chains import TAO, RunningChain
from tests.fakes import FaultyWire, Killed
from tests.money.conftest import MakeTill, Till

ERA = 16


def raising(error: BaseException) -> Any:
    """A fault that raises."""

    async def fault(_signed: Signed) -> None:
        raise error

    return fault


async def test_an_intent_is_on_the_disk_before_anything_is_sent(open_till: MakeTill, devchain: RunningChain) -> None:
    till = await open_till(devchain)
    seen: list[Any] = []

    async def look(signed: Signed) -> None:
        lines = till.world.journal.path.read_text().splitlines()  # type: ignore[attr-defined]
        seen.append((json.loads(lines[-1]), signed))

    till.faults.before = look
    receipt = await till.pay(2 * TAO)
    intent, signed = seen[0]
    assert intent["kind"] == INTENT
    assert (intent["hash"], intent["nonce"], intent["last_block"]) == (signed.hash, signed.nonce, signed.last_block)
    assert intent["first_block"] <= receipt.block.number <= intent["last_block"]
    assert till.results() == ["included"]
    assert await till.paid() == 2 * TAO
    assert spent_rao(till.world.journal.entries()) == 2 * TAO + receipt.fee_rao


async def test_a_connection_cut_after_sending_is_looked_up_and_not_paid_again(
    open_till: MakeTill, devchain: RunningChain
) -> None:
    async with FaultyWire(devchain.url) as wire:
        till = await open_till(devchain, url=wire.url)
        wire.fault = "cut_after"
        receipt = await till.pay()
        assert wire.submissions == 1
        assert await till.paid() == TAO
    assert till.results() == ["included"]
    assert receipt.fee_rao > 0


async def test_an_extrinsic_lost_on_the_way_is_safe_to_send_again_once_its_era_is_past(
    open_till: MakeTill, devchain: RunningChain
) -> None:
    async with FaultyWire(devchain.url) as wire:
        till = await open_till(devchain, url=wire.url)
        wire.fault = "cut_before"
        paying = asyncio.create_task(till.pay(lifetime_blocks=ERA))
        await until(lambda: wire.submissions == 1)
        await asyncio.to_thread(devchain.mine, ERA - 2)
        assert not paying.done()
        await asyncio.to_thread(devchain.mine, 1)
        with pytest.raises(NotIncluded, match="has passed") as lost:
            await paying
        assert can_pass(lost.value)
        assert await till.paid() == 0
        await till.pay()
        assert await till.paid() == TAO
    assert till.results() == ["not_included", "included"]


@pytest.mark.slow
async def test_a_node_that_goes_silent_after_taking_it_does_not_make_it_paid_twice(
    open_till: MakeTill, devchain: RunningChain
) -> None:
    async with FaultyWire(devchain.url) as wire:
        till = await open_till(devchain, url=wire.url, deadline_s=1.0)
        wire.fault = "mute"
        await till.pay(lifetime_blocks=4)
        assert wire.submissions == 1
        assert await till.paid() == TAO
    assert till.results() == ["included"]


async def test_a_lost_reply_is_looked_up(open_till: MakeTill, devchain: RunningChain) -> None:
    till = await open_till(devchain)
    till.faults.after = raising(OutcomeUnknown("the reply was lost"))
    await till.pay()
    assert await till.paid() == TAO
    assert till.results() == ["included"]


async def test_a_nonce_taken_by_another_program_costs_nothing_and_passes(
    open_till: MakeTill, devchain: RunningChain
) -> None:
    till = await open_till(devchain)
    other = await open_till(devchain, payer=till.payer, journal="of the other program")
    till.faults.before = lambda _signed: other.pay()
    with pytest.raises(ExtrinsicRejected) as refused:
        await till.pay()
    assert refused.value.code == "Stale"
    assert can_pass(refused.value)
    assert (await till.paid(), await other.paid()) == (0, TAO)
    await till.pay()
    assert await till.paid() == TAO
    assert till.results() == ["rejected", "included"]


async def test_a_lost_extrinsic_whose_nonce_is_used_is_decided_at_once(
    open_till: MakeTill, devchain: RunningChain
) -> None:
    till = await open_till(devchain)
    other = await open_till(devchain, payer=till.payer, journal="of the other program")

    async def lose(_signed: Signed) -> None:
        await other.pay()
        raise OutcomeUnknown("lost on the way")

    till.faults.before = lose
    with pytest.raises(NotIncluded, match="another extrinsic used its nonce"):
        await till.pay()
    assert await till.paid() == 0


async def test_killed_before_sending_the_next_run_waits_for_the_era_then_pays(
    open_till: MakeTill, devchain: RunningChain
) -> None:
    till = await open_till(devchain)
    till.faults.before = raising(Killed())
    with pytest.raises(Killed):
        await till.pay(lifetime_blocks=ERA)
    again = await open_till(devchain, payer=till.payer)
    paying = asyncio.create_task(again.pay())
    await until(lambda: bool(again.world.talk.lines))  # type: ignore[attr-defined]
    assert again.faults.submitted == 0
    await asyncio.to_thread(devchain.mine, ERA)
    await paying
    assert (await till.paid(), await again.paid()) == (0, TAO)
    assert again.results() == ["not_included", "included"]


async def test_an_extrinsic_stays_open_until_the_last_block_that_may_hold_it(
    open_till: MakeTill, still_chain: RunningChain
) -> None:
    till = await open_till(still_chain)
    kept: list[Signed] = []

    async def keep_and_die(signed: Signed) -> None:
        kept.append(signed)
        raise Killed

    for late in (False, True):
        till.faults.before = keep_and_die
        with pytest.raises(Killed):
            await till.pay(lifetime_blocks=ERA)
        await asyncio.to_thread(still_chain.mine, kept[-1].last_block - 1 - still_chain.height())
        with pytest.raises(OutcomeUnknown):
            await settling.settle(till.world, [till.payer.ss58], timeout_s=0.1)
        if not late:
            still_chain.rpc("author_submitExtrinsic", "0x" + kept[-1].raw.hex())
        await asyncio.to_thread(still_chain.mine)
        await settling.settle(till.world, [till.payer.ss58], timeout_s=5)
    assert till.results() == ["included", "not_included"]


async def test_killed_after_sending_the_next_run_finds_it(open_till: MakeTill, devchain: RunningChain) -> None:
    till = await open_till(devchain)
    till.faults.after = raising(Killed())
    with pytest.raises(Killed):
        await till.pay()
    again = await open_till(devchain, payer=till.payer)
    await settling.settle(again.world, [till.payer.ss58], timeout_s=5)
    assert await till.paid() == TAO
    assert again.results() == ["included"]
    assert open_intents(again.world.journal.entries()) == ()


async def test_with_the_journal_gone_what_waits_in_the_pool_is_still_waited_for(
    open_till: MakeTill, still_chain: RunningChain
) -> None:
    till = await open_till(still_chain)
    paying = asyncio.create_task(till.pay())
    await until(lambda: still_chain.rpc("account_nextIndex", till.payer.ss58) == 1)
    paying.cancel()
    with pytest.raises(asyncio.CancelledError):
        await paying
    forgetful = await open_till(still_chain, payer=till.payer, journal="another")
    with pytest.raises(OutcomeUnknown, match="pool"):
        await settling.settle(forgetful.world, [till.payer.ss58], timeout_s=0.3)
    waiting = asyncio.create_task(settling.settle(forgetful.world, [till.payer.ss58], timeout_s=20))
    await until(lambda: bool(forgetful.world.talk.lines))  # type: ignore[attr-defined]
    await asyncio.to_thread(still_chain.mine)
    await waiting
    assert await till.paid() == TAO


async def test_what_stays_open_past_the_time_stops_new_payments(open_till: MakeTill, devchain: RunningChain) -> None:
    till = await open_till(devchain)
    till.faults.before = raising(Killed())
    with pytest.raises(Killed):
        await till.pay()
    with pytest.raises(OutcomeUnknown, match="still open"):
        await till.pay(timeout_s=0.3)
    assert await till.paid() == 0
    assert till.faults.submitted == 0


async def test_nothing_is_sent_when_nobody_answers(open_till: MakeTill, devchain: RunningChain) -> None:
    till = await open_till(devchain)
    till.faults.before = raising(ChainUnreachable("gone"))
    with pytest.raises(ChainUnreachable):
        await till.pay()
    assert till.results() == ["unsent"]
    await till.pay()
    assert await till.paid() == TAO


async def test_a_refusal_in_a_block_is_recorded_with_its_fee(open_till: MakeTill, devchain: RunningChain) -> None:
    till = await open_till(devchain)
    call = Call("SubtensorModule", "start_call", {"netuid": 9999})
    with pytest.raises(ExtrinsicRejected) as refused:
        await payment.pay(till.world, call=call, signer=till.payer, purpose="subnet", neuron=None, amount_rao=5 * TAO)
    assert not can_pass(refused.value)
    assert till.results() == ["rejected"]
    assert spent_rao(till.world.journal.entries()) == refused.value.fee_rao > 0


async def test_the_journal_adds_up_to_what_left_the_account(open_till: MakeTill, devchain: RunningChain) -> None:
    till = await open_till(devchain)
    devchain.faucet(till.payer.ss58, 5000 * TAO)
    before = (await till.world.chain.accounts([till.payer.ss58]))[till.payer.ss58].free_rao

    async def pay(function: str, **arguments: Any) -> None:
        call = Call("SubtensorModule", function, arguments)
        await payment.pay(
            till.world, call=call, signer=till.payer, purpose="subnet", neuron=None, amount_rao=2000 * TAO
        )

    owner, hotkey = till.stranger().ss58, till.stranger().ss58
    await pay("register_network", hotkey=owner)
    netuid = await till.world.chain.subnet_of_owner(owner)
    await pay("start_call", netuid=netuid)
    await pay("register_limit", netuid=netuid, hotkey=hotkey, limit_price=TAO)
    await pay("add_stake", netuid=netuid, hotkey=hotkey, amount_staked=3 * TAO)
    await till.pay(2 * TAO)
    after = (await till.world.chain.accounts([till.payer.ss58]))[till.payer.ss58].free_rao
    assert before - after > 1000 * TAO
    assert spent_rao(till.world.journal.entries()) == before - after


async def test_a_fee_above_its_cap_is_not_paid(open_till: MakeTill, devchain: RunningChain) -> None:
    till = await open_till(devchain)
    with pytest.raises(PolicyError, match="fee"):
        await till.pay(fee_cap_rao=1)
    assert till.world.journal.entries() == ()
    assert await till.paid() == 0


async def test_payments_of_one_account_take_turns_and_all_arrive(open_till: MakeTill, devchain: RunningChain) -> None:
    till = await open_till(devchain)
    receipts = await asyncio.gather(*(till.pay() for _ in range(4)))
    assert len({receipt.extrinsic_hash for receipt in receipts}) == 4
    nonces = [entry["nonce"] for entry in till.world.journal.entries() if entry["kind"] == INTENT]
    assert nonces == [0, 1, 2, 3]


async def test_accounts_do_not_wait_for_each_other(open_till: MakeTill, still_chain: RunningChain) -> None:
    tills = [await open_till(still_chain) for _ in range(3)]
    world = tills[0].world
    shared = [Till(world, tills[0].faults, till.payer, till.keys) for till in tills]
    paying = [asyncio.create_task(till.pay()) for till in shared]
    await until(lambda: still_chain.rpc("dev_status")["pool"] == 3)
    await asyncio.to_thread(still_chain.mine)
    receipts = await asyncio.gather(*paying)
    assert len({receipt.block.number for receipt in receipts}) == 1


async def test_an_intent_of_another_chain_holds_nobody_up_and_stays_open(
    open_till: MakeTill, devchain: RunningChain
) -> None:
    till = await open_till(devchain)
    till.faults.before = raising(Killed())
    with pytest.raises(Killed):
        await till.pay()
    entry = dict(till.world.journal.entries()[0])
    other = await open_till(devchain, payer=till.payer, journal="moved")
    for name in ("time", "run", "command", "host", "pid", "kind"):
        del entry[name]
    other.world.journal.append(INTENT, **{**entry, "genesis": "0x" + "00" * 32})
    await other.pay()
    assert other.results() == ["included"]
    assert [intent.hash for intent in open_intents(other.world.journal.entries())] == [entry["hash"]]


async def until(happened: Any) -> None:
    """Poll until it is so, ten seconds at most."""
    for _ in range(500):
        if await asyncio.to_thread(happened):
            return
        await asyncio.sleep(0.02)
    raise AssertionError("it did not happen within ten seconds")
