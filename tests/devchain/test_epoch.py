"""Epochs on the chain: when they run, and what they write."""

from __future__ import annotations

import asyncio

import pytest

from netctl.devchain.pallets.subtensor.epochs import U16_MAX
from tests.devchain.live_chain import ADMIN, ST, TAO, Live


async def validators(live: Live, *stakes_tao: int) -> list[object]:
    """Staked neurons, one per stake, on uids from 0."""
    made = [live.funded(f"//Validator{at}", tao=5_000) for at in range(len(stakes_tao))]
    for each, tao in zip(made, stakes_tao, strict=True):
        await live.register(each)
        if tao:
            call = ST.add_stake(hotkey=each.hotkey_address, netuid=1, amount_staked=tao * TAO)
            await live.done(call, each)
    return made


async def test_epochs_follow_the_tempo_and_the_sdk_sees_them(live: Live) -> None:
    await live.sudo(ADMIN.sudo_set_tempo(netuid=1, tempo=10))
    live.mine(10)
    last = live.storage("LastEpochBlock", 1)
    assert await live.client.epochs.next_epoch_start_block(1) == last + 10
    live.mine(last + 9 - live.chain.head.number)
    assert live.storage("LastEpochBlock", 1) == last
    assert live.storage("BlocksSinceLastStep", 1) == 9
    live.mine()
    assert live.storage("LastEpochBlock", 1) == last + 10
    assert live.storage("BlocksSinceLastStep", 1) == 0
    waiting = asyncio.create_task(live.client.wait_for_epoch(1, timeout=20))
    while not waiting.done():
        await asyncio.sleep(0.01)
        live.mine()
    assert (await waiting).previous >= last + 10


async def test_permits_go_to_the_greatest_stakes(live: Live) -> None:
    await validators(live, 5, 3_000, 0, 2_000)
    await live.sudo(ADMIN.sudo_set_max_allowed_validators(netuid=1, max_allowed_validators=2))
    live.mine(100)
    assert live.storage("ValidatorPermit", 1) == [False, True, False, True]
    await live.sudo(ADMIN.sudo_set_stake_threshold(min_stake=2_500 * TAO))
    live.mine(100)
    assert live.storage("ValidatorPermit", 1) == [False, True, False, False]


async def test_weights_of_validators_that_disagree_are_clipped_at_the_median(live: Live) -> None:
    """Stakes 3/4 and 1/4 give (1/2, 1/2) and (0, 1): consensus is (1/2, 1/2), ranks 3/8 and 1/2, incentive 3/7 and 4/7.

    Bonds: all of uid 2's are the first's, of uid 3's half each, so 3/7 + 2/7 and 2/7 by stake: 15 to 2.
    """
    first, second, *_ = await validators(live, 30, 10, 0, 0)
    live.mine(100)
    await live.done(ST.set_weights(netuid=1, dests=[2, 3], weights=[1, 1], version_key=0), first, hotkey=True)
    await live.done(ST.set_weights(netuid=1, dests=[3], weights=[1], version_key=0), second, hotkey=True)
    live.mine(100)
    incentive = live.storage("Incentive", 1)
    assert incentive[:2] == [0, 0]
    assert incentive[2] / U16_MAX == pytest.approx(3 / 7, abs=2e-3)
    assert incentive[3] / U16_MAX == pytest.approx(4 / 7, abs=2e-3)
    assert live.storage("Consensus", 1)[2:] == [32_767, 32_767]
    assert live.storage("ValidatorTrust", 1)[:2] == [U16_MAX, 32_767]
    assert live.storage("Dividends", 1)[0] / U16_MAX == pytest.approx(15 / 17, abs=2e-3)
    assert live.storage("Bonds", 1, 1) == [(3, 3_276)]


async def test_root_stake_counts_by_its_weight(live: Live) -> None:
    made, other = await validators(live, 0, 10)
    await live.done(ST.add_stake(hotkey=made.hotkey_address, netuid=0, amount_staked=100 * TAO), made)
    live.mine(99 - live.chain.head.number)
    own = live.storage("TotalHotkeyAlpha", other.hotkey_address, 1)
    live.mine()
    assert live.storage("ValidatorPermit", 1) == [True, True]
    counted = 100 * TAO * live.storage("TaoWeight") // (2**64 - 1)
    assert live.storage("StakeWeight", 1) == [part * U16_MAX // (counted + own) for part in (counted, own)]


async def test_validator_that_fell_silent_no_longer_counts(live: Live) -> None:
    first, *_ = await validators(live, 30, 0)
    await live.sudo(ADMIN.sudo_set_activity_cutoff_factor(netuid=1, factor_milli=1_000))
    live.mine(100)
    await live.done(ST.set_weights(netuid=1, dests=[1], weights=[1], version_key=0), first, hotkey=True)
    live.mine(100)
    assert live.storage("Incentive", 1)[1] == U16_MAX
    live.mine(100)
    assert live.storage("Active", 1) == [False, False]
    assert live.storage("Incentive", 1) == [0, 0]


async def test_bonds_stay_with_who_registered_before_the_last_epoch_however_short_ago_that_was(live: Live) -> None:
    """Two triggered epochs within a tempo: a tenth of a bond, then 0.1 + 0.9 * 0.1 = 0.19."""
    (first,) = await validators(live, 30)
    await live.sudo(ADMIN.sudo_set_owner_hparam_rate_limit(epochs=0))
    await live.sudo(ADMIN.sudo_set_admin_freeze_window(window=2))
    live.mine(100 - live.chain.head.number)
    await live.register(live.funded("//Miner"))
    await live.done(ST.set_weights(netuid=1, dests=[1], weights=[1], version_key=0), first, hotkey=True)
    for bond in (6_553, 12_451):
        await live.done(ST.trigger_epoch(netuid=1), live.alice)
        live.mine(2)
        assert live.storage("LastEpochBlock", 1) in range(100, live.chain.head.number + 1)
        assert live.storage("Bonds", 1, 0) == [(1, bond)]


async def test_open_commitment_masks_weights_for_who_registered_since_it_was_made(live: Live) -> None:
    first, _ = await validators(live, 30, 0)
    live.mine(100 - live.chain.head.number)

    async def set_commit_reveal(*, is_on: bool) -> None:
        await live.sudo(ADMIN.sudo_set_commit_reveal_weights_enabled(netuid=1, enabled=is_on))

    await set_commit_reveal(is_on=True)
    sealed = {"commit": b"sealed", "reveal_round": 10, "commit_reveal_version": 4}
    await live.done(ST.commit_timelocked_weights(netuid=1, **sealed), first, hotkey=True)
    await set_commit_reveal(is_on=False)
    await live.register(live.funded("//Late"))
    await live.done(ST.set_weights(netuid=1, dests=[1, 2], weights=[1, 1], version_key=0), first, hotkey=True)
    await set_commit_reveal(is_on=True)
    live.mine(200 - live.chain.head.number)
    assert live.storage("Incentive", 1) == [0, U16_MAX, 0]
    live.mine(100)
    assert live.storage("Incentive", 1) == [0, 32_767, 32_767]


async def test_owner_triggers_an_epoch(live: Live) -> None:
    await validators(live, 5)
    assert live.storage("ValidatorPermit", 1) == [False]
    await live.done(ST.trigger_epoch(netuid=1), live.alice)
    live.mine()
    assert live.storage("ValidatorPermit", 1) == [True]


async def test_sdk_tells_how_far_the_tempo_is(live: Live) -> None:
    live.mine(40)
    status = await live.client.epochs.epoch_status(1)
    assert (status["tempo"], status["last_epoch_block"]) == (100, 0)
    assert await live.client.epochs.blocks_until_next_epoch(1) == 100 - live.chain.head.number
