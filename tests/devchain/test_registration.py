"""Registration for TAO: price, order of refusals, replacement on full subnets."""

from __future__ import annotations

import asyncio
from typing import Any

import bittensor as bt
import pytest

from netctl.devchain.frame import BlockFrame
from netctl.devchain.pallets.subtensor import items, pricing
from netctl.devchain.pallets.subtensor.coinbase import accounts
from netctl.devchain.storage import Item
from tests.devchain.laws import check, check_growth
from tests.devchain.live_chain import ADMIN, SM, ST, TAO, Live, wallet

FIRST_PRICE = 100_000_000


async def test_sdk_intent_plans_and_registers_through_the_shield(live: Live) -> None:
    miner = live.funded("//Miner")
    intent = bt.BurnedRegister(netuid=1, hotkey_ss58=miner.hotkey_address)
    plan = await live.client.plan(intent, miner)
    assert any("destroyed" in effect for effect in plan.effects)
    result = await live.client.execute(intent, miner)
    assert result.success, result.message
    assert await live.client.query(SM.Uids, [1, miner.hotkey_address]) == 0
    assert await live.client.query(SM.Owner, [miner.hotkey_address]) == miner.address


async def test_shielded_registration_that_fails_leaves_its_carrier_successful(live: Live) -> None:
    miner = live.funded("//Miner")
    await live.register(miner)
    await live.sudo(ADMIN.sudo_set_network_registration_allowed(netuid=1, registration_allowed=False))
    intent = bt.BurnedRegister(netuid=1, hotkey_ss58=wallet("//Miner", "second").hotkey_address)
    result = await live.client.execute(intent, miner)
    assert not result.success
    outcomes = [name for name, _ in live.events() if name.startswith("System.Extrinsic")]
    assert outcomes == ["System.ExtrinsicSuccess", "System.ExtrinsicSuccess", "System.ExtrinsicFailed"]


async def test_concurrent_registrations_of_different_coldkeys_all_succeed(live: Live) -> None:
    miners = [live.funded(f"//Miner{at}") for at in range(4)]
    results = await asyncio.gather(
        *(live.client.execute(bt.BurnedRegister(netuid=1, hotkey_ss58=miner.hotkey_address), miner) for miner in miners)
    )
    assert [result.success for result in results] == [True] * 4
    uids = {live.storage("Uids", 1, miner.hotkey_address) for miner in miners}
    assert uids == {0, 1, 2, 3}


async def test_registration_tells_its_events_in_order_and_costs_the_price(live: Live) -> None:
    miner = live.funded("//Miner")
    before, price = live.free(miner.address), live.storage("Burn", 1)
    call = ST.register_limit(netuid=1, hotkey=miner.hotkey_address, limit_price=price)
    result = await live.done(call, miner)
    paid = before - live.free(miner.address) - result.fee.rao
    assert paid == pricing_after(live, price, blocks=1)
    assert live.event_names() == ["Balances.Transfer", "SubtensorModule.NeuronRegistered"]
    assert dict(live.events())["SubtensorModule.NeuronRegistered"] == (1, 0, miner.hotkey_address)
    assert live.storage("RAORecycledForRegistration", 1) == paid
    assert live.storage("Burn", 1) == paid * 126 // 100


def pricing_after(live: Live, price: int, *, blocks: int) -> int:
    factor = pricing.decay_factor_q32(live.storage("BurnHalfLife", 1))
    for _ in range(blocks):
        price = price * factor >> 32
    return price


async def test_price_halves_in_its_half_life_and_stops_at_the_floor(live: Live) -> None:
    start = live.storage("Burn", 1)
    live.mine(360)
    assert live.storage("Burn", 1) == pytest.approx(start / 2, rel=1e-4)
    await live.sudo(ADMIN.sudo_set_burn_half_life(netuid=1, burn_half_life=1))
    live.mine(40)
    assert live.storage("Burn", 1) == live.storage("MinBurn", 1) == 500_000


async def test_price_stops_at_the_ceiling(live: Live) -> None:
    await live.sudo(ADMIN.sudo_set_max_burn(netuid=1, max_burn=FIRST_PRICE + 1))
    for at in range(2):
        await live.register(live.funded(f"//Miner{at}"))
    assert live.storage("Burn", 1) == FIRST_PRICE + 1


async def test_a_price_above_the_limit_is_refused(live: Live) -> None:
    miner = live.funded("//Miner")
    call = ST.register_limit(netuid=1, hotkey=miner.hotkey_address, limit_price=1000)
    assert await live.refused(call, miner) == "RegistrationPriceLimitExceeded"
    assert live.storage("SubnetworkN", 1) == 0


async def test_refusals_come_in_the_chains_order(live: Live) -> None:
    miner, poor = live.funded("//Miner"), live.funded("//Poor", tao=0.01)

    def call(netuid: int, hotkey: str) -> object:
        return ST.register_limit(netuid=netuid, hotkey=hotkey, limit_price=2**63)

    assert await live.refused(call(0, miner.hotkey_address), miner) == "RegistrationNotPermittedOnRootSubnet"
    assert await live.refused(call(9, miner.hotkey_address), miner) == "SubnetNotExists"
    await live.register(miner)
    assert await live.refused(call(1, miner.hotkey_address), poor) == "HotKeyAlreadyRegisteredInSubNet"
    assert await live.refused(call(1, poor.hotkey_address), poor) == "NotEnoughBalanceToStake"
    await live.sudo(ADMIN.sudo_set_network_registration_allowed(netuid=1, registration_allowed=False))
    assert await live.refused(call(1, miner.hotkey_address), miner) == "SubNetRegistrationDisabled"


async def test_a_hotkey_of_another_coldkey_cannot_be_registered(live: Live) -> None:
    owner, thief = live.funded("//Owner"), live.funded("//Thief")
    await live.done(ST.try_associate_hotkey(hotkey=owner.hotkey_address), owner)
    call = ST.register_limit(netuid=1, hotkey=owner.hotkey_address, limit_price=2**63)
    assert await live.refused(call, thief) == "NonAssociatedColdKey"


async def test_a_failed_registration_costs_only_its_fee(live: Live) -> None:
    miner = live.funded("//Miner")
    before = live.free(miner.address)
    await live.submit(ST.register_limit(netuid=1, hotkey=miner.hotkey_address, limit_price=1), miner)
    fee = dict(live.events())["TransactionPayment.TransactionFeePaid"]["actual_fee"]
    assert before - live.free(miner.address) == fee > 0
    assert live.storage("Owner", miner.hotkey_address) != miner.address


async def fill(live: Live, count: int) -> list[str]:
    await live.sudo(ADMIN.sudo_set_max_allowed_uids(netuid=1, max_allowed_uids=count))
    miners = [live.funded(f"//Miner{at}", tao=1_000) for at in range(count)]
    for miner in miners:
        await live.register(miner)
    return [miner.hotkey_address for miner in miners]


async def test_full_subnet_replaces_the_longest_registered_when_nobody_earns(live: Live) -> None:
    hotkeys = await fill(live, 3)
    newcomer = live.funded("//Newcomer", tao=1_000)
    assert await live.register(newcomer) == 0
    assert live.storage("Keys", 1, 0) == newcomer.hotkey_address
    assert live.storage("Uids", 1, hotkeys[0]) is None
    assert live.storage("SubnetworkN", 1) == 3
    assert await live.client.query(SM.IsNetworkMember, [hotkeys[0], 1]) is False


async def test_replacement_spares_the_immune_while_enough_others_are_left(live: Live) -> None:
    await live.sudo(ADMIN.sudo_set_min_non_immune_uids(netuid=1, min=0))
    hotkeys = await fill(live, 3)
    await live.sudo(ADMIN.sudo_set_immunity_period(netuid=1, immunity_period=1000))
    assert await live.register(live.funded("//First", tao=1_000)) == 0
    await live.sudo(ADMIN.sudo_set_immunity_period(netuid=1, immunity_period=5))
    live.mine(5)
    await live.register(live.funded("//Second", tao=1_000))
    assert live.storage("Uids", 1, hotkeys[1]) is None
    live.mine(2)
    assert await live.register(live.funded("//Third", tao=1_000)) == 2


async def test_owners_hotkey_is_never_replaced(live: Live) -> None:
    await live.sudo(ADMIN.sudo_set_sn_owner_hotkey(netuid=1, hotkey=live.alice.hotkey_address))
    await live.sudo(ADMIN.sudo_set_max_allowed_uids(netuid=1, max_allowed_uids=1))
    assert await live.register(live.alice) == 0
    miner = live.funded("//Miner")
    call = ST.register_limit(netuid=1, hotkey=miner.hotkey_address, limit_price=2**63)
    assert await live.refused(call, miner) == "NoNeuronIdAvailable"


async def test_replaced_slot_forgets_axon_and_weights(live: Live) -> None:
    hotkeys = await fill(live, 2)
    first = wallet("//Miner0")
    await live.done(
        ST.serve_axon(
            netuid=1, version=1, ip=0x01020304, port=80, ip_type=4, protocol=4, placeholder1=0, placeholder2=0
        ),
        first,
        hotkey=True,
    )
    await live.done(ST.set_weights(netuid=1, dests=[0], weights=[1], version_key=0), first, hotkey=True)
    assert live.storage("Weights", 1, 0)
    await live.register(live.funded("//Newcomer", tao=1_000))
    assert live.storage("Weights", 1, 0) == []
    assert live.storage("Axons", 1, hotkeys[0]) is None


async def test_a_newcomer_inherits_no_weights_given_to_the_slot(live: Live) -> None:
    await fill(live, 2)
    validator = wallet("//Miner1")
    await live.done(ST.add_stake(hotkey=validator.hotkey_address, netuid=1, amount_staked=100 * TAO), validator)
    live.mine(100)
    call = ST.set_weights(netuid=1, dests=[0, 1], weights=[2, 1], version_key=0)
    await live.done(call, validator, hotkey=True)
    assert await live.register(live.funded("//Newcomer", tao=1_000)) == 0
    assert live.storage("Weights", 1, 1) == [(0, 0), (1, 32_768)]
    assert live.storage("StakeWeight", 1)[0] == 0


async def test_root_seats_are_capped_per_block_and_burned_for(live: Live) -> None:
    validator = live.funded("//Validator")
    issued = live.storage("Burn", 0)
    await live.done(ST.root_register(hotkey=validator.hotkey_address), validator)
    assert live.storage("Uids", 0, validator.hotkey_address) == 0
    assert live.storage("Burn", 0) > issued
    assert live.event_names() == ["Balances.Burned", "SubtensorModule.NeuronRegistered"]
    assert [each.hotkey for each in await live.client.delegation.delegates()] == [validator.hotkey_address]
    again = await live.refused(ST.root_register(hotkey=validator.hotkey_address), validator)
    assert again == "HotKeyAlreadyRegisteredInSubNet"
    for at in range(5):
        await live.done(ST.root_register(hotkey=wallet("//Validator", f"h{at}").hotkey_address), validator)
    seventh = ST.root_register(hotkey=wallet("//Validator", "seventh").hotkey_address)
    assert await live.refused(seventh, validator) == "TooManyRegistrationsThisInterval"


async def full_root(live: Live, *stakes_tao: int) -> list[Any]:
    """As many seats as stakes, none of them immune; and one more that waits."""
    people = [live.funded(f"//Root{at}", tao=1_000) for at in range(len(stakes_tao) + 1)]
    live.chain.seal(lambda frame: items.MAX_ALLOWED_UIDS.put(frame, len(stakes_tao), 0))
    live.chain.seal(lambda frame: items.IMMUNITY_PERIOD.put(frame, 0, 0))
    for each, tao in zip(people, stakes_tao, strict=False):
        await live.done(ST.root_register(hotkey=each.hotkey_address), each)
        if tao:
            await live.done(ST.add_stake(hotkey=each.hotkey_address, netuid=0, amount_staked=tao * TAO), each)
    return people


async def test_full_root_replaces_the_least_stake_of_equals_the_lowest_uid(live: Live) -> None:
    *_, late = people = await full_root(live, 1, 0, 0)
    await live.done(ST.root_register(hotkey=late.hotkey_address), late)
    assert live.storage("Uids", 0, late.hotkey_address) == 1
    await live.done(ST.root_register(hotkey=people[1].hotkey_address), people[1])
    assert live.storage("Uids", 0, people[1].hotkey_address) == 1, "and not the oldest, which has uid 2"


async def test_full_root_refuses_who_has_less_stake_than_all_or_finds_all_immune(live: Live) -> None:
    *_, late = await full_root(live, 2, 1)
    register = ST.root_register(hotkey=late.hotkey_address)
    await live.done(ST.try_associate_hotkey(hotkey=late.hotkey_address), late)
    assert await live.refused(register, late) == "StakeTooLowForRoot"
    await live.done(ST.add_stake(hotkey=late.hotkey_address, netuid=0, amount_staked=TAO), late)
    live.chain.seal(lambda frame: items.IMMUNITY_PERIOD.put(frame, 1_000, 0))
    assert await live.refused(register, late) == "NoNeuronIdAvailable"
    live.chain.seal(lambda frame: items.IMMUNITY_PERIOD.put(frame, 0, 0))
    await live.done(register, late)
    assert live.storage("Uids", 0, late.hotkey_address) == 1


async def test_what_stakers_are_owed_through_a_seat_on_root_is_recycled_with_it(live: Live) -> None:
    leaving, late = await full_root(live, 0)

    def owe(frame: BlockFrame) -> None:
        """As an epoch does that has something for root."""
        accounts.BASKET_DEPOSITS.add(frame, 7 * TAO, leaving.hotkey_address, 1)
        accounts.ALPHA_OUT.add(frame, 7 * TAO, 1)

    live.chain.seal(owe)
    lost, stood = check(live.view), Item("AlphaAssets", "AlphaRecycled").get(live.view, 1)
    await live.done(ST.root_register(hotkey=late.hotkey_address), late)
    assert live.storage("PendingBasketDeposits", leaving.hotkey_address, 1) == 0
    recycled = Item("AlphaAssets", "AlphaRecycled").get(live.view, 1) - stood
    assert 7 * TAO <= recycled < 7 * TAO + 1_000, "and a little that the block recycles anyway"
    check_growth(lost, check(live.view), live.view)


async def test_what_a_seat_on_root_cost_counts_as_recycled(live: Live) -> None:
    validator = live.funded("//Validator")
    price, stood = live.storage("Burn", 0), live.storage("RAORecycledForRegistration", 0)
    await live.done(ST.root_register(hotkey=validator.hotkey_address), validator)
    assert live.storage("RAORecycledForRegistration", 0) == pytest.approx(stood + price, rel=1e-2)


def test_decay_factor_leaves_half_after_a_half_life() -> None:
    price = left = TAO
    for _ in range(360):
        left = left * pricing.decay_factor_q32(360) >> 32
    assert left == pytest.approx(price / 2, rel=1e-6)
