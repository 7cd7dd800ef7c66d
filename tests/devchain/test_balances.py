"""Transfers of TAO through the SDK."""

from __future__ import annotations

import bittensor as bt

from netctl.devchain.pallets.ledger import ACCOUNT, TOTAL_ISSUANCE
from tests.devchain.live_chain import TAO, Live, wallet


def total(live: Live) -> int:
    return sum(account["data"]["free"] for _, account in ACCOUNT.entries(live.view))


async def test_transfer_pays_the_receiver_and_a_fee(live: Live) -> None:
    bob = wallet("//Newcomer")
    before = live.free(live.alice.address)
    result = await live.client.execute(bt.Transfer(dest_ss58=bob.address, amount_tao=1.5), live.alice)
    assert result.success
    assert (await live.client.balances.get(bob.address)).rao == 1_500_000_000
    assert live.free(live.alice.address) == before - 1_500_000_000 - result.fee.rao
    assert live.event_names() == ["System.NewAccount", "Balances.Endowed", "Balances.Transfer"]


async def test_transfer_is_refused_when_the_payer_has_too_little(live: Live) -> None:
    poor = live.funded("//Poor", tao=1)
    result = await live.submit(bt.calls.Balances.transfer_keep_alive(dest=live.alice.address, value=2 * TAO), poor)
    assert not result.success
    assert result.error.code is bt.ErrorCode.INSUFFICIENT_BALANCE


async def test_keep_alive_refuses_what_would_end_the_account(live: Live) -> None:
    payer = live.funded("//Payer", tao=1)
    plan = await live.client.plan(bt.Transfer(dest_ss58=live.alice.address, amount_tao=0.5), payer)
    value = live.free(payer.address) - plan.fee.rao - 100
    call = bt.calls.Balances.transfer_keep_alive(dest=live.alice.address, value=value)
    assert await live.refused(call, payer) in ("NotExpendable", "FundsUnavailable")
    assert live.free(payer.address) >= value


async def test_transfer_all_empties_and_reaps_the_account(live: Live) -> None:
    payer = live.funded("//Leaver", tao=3)
    receiver = wallet("//Receiver").address
    await live.done(bt.calls.Balances.transfer_all(dest=receiver, keep_alive=False), payer)
    assert live.free(payer.address) == 0
    assert not ACCOUNT.exists(live.view, payer.address)
    assert "System.KilledAccount" in live.event_names()
    assert total(live) == TOTAL_ISSUANCE.get(live.view)


async def test_dust_is_destroyed_with_its_account(live: Live) -> None:
    payer = live.funded("//Duster", tao=1)
    inner = bt.calls.Balances.transfer_allow_death(dest=wallet("//Heir").address, value=TAO - 100)
    call = bt.calls.Sudo.sudo_as(who=payer.address, call=await live.client.compose(inner))
    issued = TOTAL_ISSUANCE.get(live.view)
    result = await live.done(call, live.alice)
    assert live.event_names()[:2] == ["System.KilledAccount", "Balances.DustLost"]
    assert not ACCOUNT.exists(live.view, payer.address)
    assert TOTAL_ISSUANCE.get(live.view) == total(live) == issued + live.storage("BlockEmission") - result.fee.rao - 100


async def test_a_new_account_needs_the_existential_deposit(live: Live) -> None:
    call = bt.calls.Balances.transfer_keep_alive(dest=wallet("//Tiny").address, value=499)
    assert await live.refused(call, live.alice) == "BelowMinimum"


async def test_only_root_sets_balances(live: Live) -> None:
    who = wallet("//Target").address
    call = bt.calls.Balances.force_set_balance(who=who, new_free=7 * TAO)
    assert await live.refused(call, live.alice) == "BadOrigin"
    await live.sudo(call)
    assert live.free(who) == 7 * TAO
    assert total(live) == TOTAL_ISSUANCE.get(live.view)
