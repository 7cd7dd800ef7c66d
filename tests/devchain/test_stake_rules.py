"""What staking refuses, in the chain's order, and what its edges do."""

from __future__ import annotations

from typing import Any

from tests.devchain.live_chain import ADMIN, ST, TAO, Live, wallet

DEPOSIT_RAO = 500
LEAST_RAO = 2_000_000


def alpha(live: Live, hotkey: str, netuid: int = 1) -> int:
    return int(live.storage("TotalHotkeyAlpha", hotkey, netuid))


async def staker(live: Live, tao: float = 1_000) -> Any:
    made = live.funded("//Staker", tao=tao)
    await live.done(ST.try_associate_hotkey(hotkey=made.hotkey_address), made)
    return made


async def test_existential_deposit_stays_behind_when_a_whole_balance_is_staked(live: Live) -> None:
    made = await staker(live, tao=10)
    fee = live.free(made.address)
    call = ST.add_stake(hotkey=made.hotkey_address, netuid=1, amount_staked=9 * TAO)
    await live.done(call, made)
    fee -= live.free(made.address) + 9 * TAO
    rest = live.free(made.address) - fee
    await live.done(ST.add_stake(hotkey=made.hotkey_address, netuid=1, amount_staked=rest), made)
    assert live.free(made.address) == DEPOSIT_RAO
    staked = dict(live.events())["SubtensorModule.StakeAdded"][2]
    assert staked == rest - DEPOSIT_RAO


async def test_a_thousand_pools_are_too_much(live: Live) -> None:
    made = await staker(live)
    call = ST.add_stake(hotkey=made.hotkey_address, netuid=1, amount_staked=1_001_000_000 * TAO)
    assert await live.refused(call, made) == "InsufficientLiquidity"


async def test_dust_can_be_taken_only_with_all_the_rest(live: Live) -> None:
    made = await staker(live)
    await live.done(ST.add_stake(hotkey=made.hotkey_address, netuid=1, amount_staked=LEAST_RAO + 2_000), made)
    held = alpha(live, made.hotkey_address)
    part = ST.remove_stake(hotkey=made.hotkey_address, netuid=1, amount_unstaked=held - 1)
    assert await live.refused(part, made) == "AmountTooLow"
    await live.done(ST.remove_stake(hotkey=made.hotkey_address, netuid=1, amount_unstaked=held), made)
    assert alpha(live, made.hotkey_address) == 0


async def test_unstaking_from_a_subnet_that_is_not_there_names_its_token(live: Live) -> None:
    made = await staker(live)
    call = ST.remove_stake(hotkey=made.hotkey_address, netuid=9, amount_unstaked=TAO)
    assert await live.refused(call, made) == "SubtokenDisabled"
    full = ST.remove_stake_full_limit(hotkey=made.hotkey_address, netuid=9, limit_price=None)
    assert await live.refused(full, made) == "SubnetNotExists"


def transfer(heir: Any, made: Any, amount: int, to: int = 1) -> Any:
    return ST.transfer_stake(
        destination_coldkey=heir.address,
        hotkey=made.hotkey_address,
        origin_netuid=1,
        destination_netuid=to,
        alpha_amount=amount,
    )


async def test_a_forbidden_transfer_is_refused_after_what_is_plainly_wrong(live: Live) -> None:
    made, heir = await staker(live), wallet("//Heir")
    await live.done(ST.add_stake(hotkey=made.hotkey_address, netuid=1, amount_staked=10 * TAO), made)
    await live.done(ADMIN.sudo_set_toggle_transfer(netuid=1, toggle=False), live.alice)
    assert await live.refused(transfer(heir, made, 11 * TAO), made) == "NotEnoughStakeToWithdraw"
    assert await live.refused(transfer(heir, made, TAO), made) == "TransferDisallowed"


async def test_small_change_is_paid_out_when_it_is_too_little_to_stake(live: Live) -> None:
    made, heir = await staker(live), live.funded("//Heir", tao=1)
    await live.done(ST.add_stake(hotkey=made.hotkey_address, netuid=1, amount_staked=10 * TAO), made)
    assert await live.refused(transfer(heir, made, 100_000, to=0), made) == "AmountTooLow"
    await live.done(transfer(heir, made, 1_000_000, to=0), made)
    assert alpha(live, made.hotkey_address, 0) > 990_000
    swap = ST.swap_stake(hotkey=made.hotkey_address, origin_netuid=1, destination_netuid=0, alpha_amount=1_000_000)
    assert await live.refused(swap, made) == "AmountTooLow"


async def test_a_swap_between_subnets_pays_one_fee(live: Live) -> None:
    owner = live.funded("//Owner", tao=2_000)
    await live.done(ST.register_network(hotkey=owner.hotkey_address), owner)
    await live.done(ST.start_call(netuid=2), owner)
    made = await staker(live)
    await live.done(ST.add_stake(hotkey=made.hotkey_address, netuid=1, amount_staked=100 * TAO), made)
    call = ST.swap_stake(hotkey=made.hotkey_address, origin_netuid=1, destination_netuid=2, alpha_amount=50 * TAO)
    await live.done(call, made)
    told = dict(live.events())
    assert told["SubtensorModule.StakeRemoved"][5] > 0
    assert told["SubtensorModule.StakeAdded"][5] == 0
