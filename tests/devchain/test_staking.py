"""Stake: in, out, around, and the pool's price."""

from __future__ import annotations

import bittensor as bt

from netctl.devchain.pallets.subtensor.ownership import subnet_account
from tests.devchain.laws import check
from tests.devchain.live_chain import ST, TAO, Live, wallet


async def staker(live: Live, tao: float = 1_000) -> object:
    """A funded wallet whose hotkey is known to the chain."""
    made = live.funded("//Staker", tao=tao)
    await live.done(ST.try_associate_hotkey(hotkey=made.hotkey_address), made)
    return made


def alpha(live: Live, hotkey: str, netuid: int = 1) -> int:
    return int(live.storage("TotalHotkeyAlpha", hotkey, netuid))


async def test_sdk_stakes_and_unstakes_with_its_price_guard(live: Live) -> None:
    made = await staker(live)
    result = await live.client.execute(bt.AddStake(hotkey_ss58=made.hotkey_address, netuid=1, amount_tao=100), made)
    assert result.success, result.message
    assert live.event_names() == ["Balances.Transfer", "SubtensorModule.StakeAdded"]
    coldkey, hotkey, tao, bought, netuid, fee = dict(live.events())["SubtensorModule.StakeAdded"]
    assert (coldkey, hotkey, tao, netuid) == (made.address, made.hotkey_address, 100 * TAO, 1)
    assert bought == alpha(live, made.hotkey_address)
    assert 99.9 * TAO < bought < 100 * TAO
    assert fee == 100 * TAO * 33 // 65535
    (position,) = await live.client.staking.positions(made.address)
    assert (position.netuid, position.stake.rao) == (1, bought)
    half = bt.RemoveStake(hotkey_ss58=made.hotkey_address, netuid=1, amount_alpha=50)
    result = await live.client.execute(half, made)
    assert result.success, result.message
    assert alpha(live, made.hotkey_address) == bought - 50 * TAO
    assert live.event_names() == ["Balances.Transfer", "SubtensorModule.StakeRemoved"]


async def test_pool_keeps_its_product_and_its_account_its_tao(live: Live) -> None:
    made = await staker(live, tao=200_000)
    tao, block = live.storage("SubnetTAO", 1), live.chain.head.number
    before = tao * live.storage("SubnetAlphaIn", 1)
    await live.done(ST.add_stake(hotkey=made.hotkey_address, netuid=1, amount_staked=100_000 * TAO), made)
    after = live.storage("SubnetTAO", 1) * live.storage("SubnetAlphaIn", 1)
    assert after >= before
    assert live.storage("SubnetTAO", 1) == live.free(subnet_account(1))
    emitted = live.storage("BlockEmission") * (live.chain.head.number - block)
    assert live.storage("SubnetTAO", 1) == tao + emitted + 100_000 * TAO
    check(live.view)
    price = await live.client.runtime(bt.runtime_api.SwapRuntimeApi.current_alpha_price, [1])
    assert price == live.storage("SubnetTAO", 1) * TAO // live.storage("SubnetAlphaIn", 1)


async def test_amounts_below_the_minimum_are_refused(live: Live) -> None:
    made = await staker(live)
    least = 2_000_000 + 2_000_000 * 33 // 65_535
    add = ST.add_stake(hotkey=made.hotkey_address, netuid=1, amount_staked=least - 1)
    assert await live.refused(add, made) == "AmountTooLow"
    add = ST.add_stake(hotkey=made.hotkey_address, netuid=1, amount_staked=least)
    await live.done(add, made)


async def test_unknown_hotkeys_and_subnets_are_refused(live: Live) -> None:
    made = await staker(live)
    stranger = wallet("//Stranger").hotkey_address
    call = ST.add_stake(hotkey=stranger, netuid=1, amount_staked=TAO)
    assert await live.refused(call, made) == "HotKeyAccountNotExists"
    call = ST.add_stake(hotkey=made.hotkey_address, netuid=9, amount_staked=TAO)
    assert await live.refused(call, made) == "SubnetNotExists"
    call = ST.add_stake(hotkey=made.hotkey_address, netuid=1, amount_staked=10_000 * TAO)
    assert await live.refused(call, made) == "NotEnoughBalanceToStake"


async def test_more_than_was_staked_cannot_be_taken(live: Live) -> None:
    made = await staker(live)
    await live.done(ST.add_stake(hotkey=made.hotkey_address, netuid=1, amount_staked=10 * TAO), made)
    fields = {"hotkey": made.hotkey_address, "netuid": 1, "amount_unstaked": 11 * TAO}
    call = ST.remove_stake_limit(**fields, limit_price=1, allow_partial=False)
    assert await live.refused(call, made) == "NotEnoughStakeToWithdraw"
    assert await live.refused(ST.remove_stake(**fields), live.funded("//Other")) == "AmountTooLow"
    await live.done(ST.remove_stake(**fields), made)
    assert alpha(live, made.hotkey_address) == 0


async def test_price_limit_refuses_or_clips(live: Live) -> None:
    made = await staker(live, tao=500_000)

    def call(*, partial: bool) -> object:
        return ST.add_stake_limit(
            hotkey=made.hotkey_address,
            netuid=1,
            amount_staked=400_000 * TAO,
            limit_price=1_100_000_000,
            allow_partial=partial,
        )

    assert await live.refused(call(partial=False), made) == "SlippageTooHigh"
    assert alpha(live, made.hotkey_address) == 0
    await live.done(call(partial=True), made)
    tao, pooled = live.storage("SubnetTAO", 1), live.storage("SubnetAlphaIn", 1)
    assert 1.099 < tao / pooled <= 1.1001
    assert 48_000 * TAO < tao - 1_000_000 * TAO < 49_000 * TAO


async def test_selling_stops_at_its_price_limit(live: Live) -> None:
    made = await staker(live, tao=500_000)
    await live.done(ST.add_stake(hotkey=made.hotkey_address, netuid=1, amount_staked=400_000 * TAO), made)
    call = ST.remove_stake_limit(
        hotkey=made.hotkey_address,
        netuid=1,
        amount_unstaked=200_000 * TAO,
        limit_price=1_900_000_000,
        allow_partial=False,
    )
    assert await live.refused(call, made) == "SlippageTooHigh"
    await live.done(ST.remove_stake_full_limit(hotkey=made.hotkey_address, netuid=1, limit_price=None), made)
    assert alpha(live, made.hotkey_address) == 0
    check(live.view)


async def test_root_stake_is_one_for_one(live: Live) -> None:
    made = await staker(live)
    await live.done(ST.add_stake(hotkey=made.hotkey_address, netuid=0, amount_staked=10 * TAO), made)
    assert alpha(live, made.hotkey_address, 0) == 10 * TAO
    await live.done(ST.remove_stake(hotkey=made.hotkey_address, netuid=0, amount_unstaked=10 * TAO), made)
    assert alpha(live, made.hotkey_address, 0) == 0


async def test_stake_moves_between_hotkeys_without_a_price(live: Live) -> None:
    made = await staker(live)
    second = wallet("//Staker", "second").hotkey_address
    await live.done(ST.try_associate_hotkey(hotkey=second), made)
    await live.done(ST.add_stake(hotkey=made.hotkey_address, netuid=1, amount_staked=10 * TAO), made)
    held = alpha(live, made.hotkey_address)
    call = ST.move_stake(
        origin_hotkey=made.hotkey_address,
        destination_hotkey=second,
        origin_netuid=1,
        destination_netuid=1,
        alpha_amount=held,
    )
    await live.done(call, made)
    assert (alpha(live, made.hotkey_address), alpha(live, second)) == (0, held)
    names = [name.removeprefix("SubtensorModule.") for name in live.event_names()]
    assert names == ["StakeRemoved", "StakeAdded", "StakeMoved"]


async def test_stake_goes_to_another_coldkey_and_another_subnet(live: Live) -> None:
    made, heir = await staker(live), live.funded("//Heir", tao=1)
    await live.done(ST.add_stake(hotkey=made.hotkey_address, netuid=1, amount_staked=10 * TAO), made)
    call = ST.transfer_stake(
        destination_coldkey=heir.address,
        hotkey=made.hotkey_address,
        origin_netuid=1,
        destination_netuid=1,
        alpha_amount=4 * TAO,
    )
    await live.done(call, made)
    swap = ST.swap_stake(hotkey=made.hotkey_address, origin_netuid=1, destination_netuid=0, alpha_amount=4 * TAO)
    await live.done(swap, heir)
    assert 3.9 * TAO < alpha(live, made.hotkey_address, 0) < 4 * TAO
    positions = await live.client.runtime(bt.runtime_api.StakeInfoRuntimeApi.get_stake_info_for_coldkey, [heir.address])
    assert [(each["netuid"], each["stake"]) for each in positions] == [(0, alpha(live, made.hotkey_address, 0))]


async def test_unstake_all_empties_every_subnet(live: Live) -> None:
    made = await staker(live)
    for netuid in (0, 1):
        await live.done(ST.add_stake(hotkey=made.hotkey_address, netuid=netuid, amount_staked=10 * TAO), made)
    await live.done(ST.unstake_all(hotkey=made.hotkey_address), made)
    assert [alpha(live, made.hotkey_address, netuid) for netuid in (0, 1)] == [0, 0]


async def test_simulated_swap_is_what_a_stake_then_brings(live: Live) -> None:
    made = await staker(live)
    sim = await live.client.runtime(bt.runtime_api.SwapRuntimeApi.sim_swap_tao_for_alpha, [1, 100 * TAO])
    await live.done(ST.add_stake(hotkey=made.hotkey_address, netuid=1, amount_staked=100 * TAO), made)
    bought = alpha(live, made.hotkey_address)
    assert 0 <= sim["alpha_amount"] - bought < 3 * 100 * live.storage("BlockEmission") // 1_000_000
    availability = await live.client.runtime(
        bt.runtime_api.StakeInfoRuntimeApi.get_stake_availability_for_coldkeys, [[made.address], None]
    )
    assert str(bought) in str(availability)
