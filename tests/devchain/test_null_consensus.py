"""Subnets without consensus: one permit, raw weights, dividends by stake, bonds left alone, and pruning in batches."""

from __future__ import annotations

from typing import Any

import pytest

from netctl.devchain.pallets.subtensor import epochs, items, uids, vectors
from netctl.devchain.pallets.subtensor.null_consensus import apportioned
from netctl.devchain.pallets.wire import address
from netctl.devchain.storage import Frame
from tests.devchain.live_chain import ADMIN, SM, ST, TAO, Live


async def subnet(live: Live, *stakes_tao: int) -> list[Any]:
    """Neurons of subnet 1 with such stakes, which then goes without consensus."""
    made = [live.funded(f"//Null{at}", tao=5_000) for at in range(len(stakes_tao))]
    for each, tao in zip(made, stakes_tao, strict=True):
        await live.register(each)
        if tao:
            await live.done(ST.add_stake(hotkey=each.hotkey_address, netuid=1, amount_staked=tao * TAO), each)
    await live.done(ADMIN.sudo_set_epoch_consensus(netuid=1, mode="Null"), live.alice)
    return made


async def test_the_greatest_stake_alone_may_weigh_and_its_row_is_kept_as_it_is(live: Live) -> None:
    _, winner, *_ = made = await subnet(live, 10, 30, 0, 0)
    assert live.storage("ValidatorPermit", 1) == [False, True, False, False]
    row = ST.set_weights(netuid=1, dests=[2, 3], weights=[3, 1], version_key=0)
    own = ST.set_weights(netuid=1, dests=[0], weights=[1], version_key=0)
    assert await live.refused(own, made[0], hotkey=True) == "NeuronNoValidatorPermit"
    await live.done(row, winner, hotkey=True)
    assert live.storage("Weights", 1, 1) == [(2, 3), (3, 1)]
    await live.done(ADMIN.sudo_set_commit_reveal_weights_enabled(netuid=1, enabled=True), live.alice)
    commit = ST.commit_weights(netuid=1, commit_hash="0x" + "11" * 32)
    assert await live.refused(commit, made[0], hotkey=True) == "NeuronNoValidatorPermit"
    await live.done(commit, winner, hotkey=True)


async def test_miners_earn_by_the_row_and_stake_earns_dividends(live: Live) -> None:
    _, winner, *_ = await subnet(live, 10, 30, 0, 0)
    await live.done(ST.set_weights(netuid=1, dests=[2, 3], weights=[3, 1], version_key=0), winner, hotkey=True)
    live.chain.seal(lambda frame: vectors.BONDS.write(frame, 1, 1, [(2, 12_345)]))
    live.mine(100)
    first, second, third, fourth = live.storage("Emission", 1)
    assert abs(third - 3 * fourth) <= 3
    assert 2.9 < second / first < 3.1
    assert abs((first + second) - (third + fourth)) <= 200
    assert live.storage("Incentive", 1) == [0, 0, 49_151, 16_384]
    assert live.storage("Bonds", 1, 1) == [(2, 12_345)]


async def test_a_row_about_nobody_who_is_still_there_gives_to_all_alike(live: Live) -> None:
    _, winner, *_ = await subnet(live, 10, 30, 0, 0)
    await live.done(ST.set_weights(netuid=1, dests=[2], weights=[1], version_key=0), winner, hotkey=True)
    now = live.chain.head.number
    live.chain.seal(lambda frame: items.BLOCK_AT_REGISTRATION.put(frame, now, 1, 2))
    live.mine(100)
    assert live.storage("Incentive", 1) == [16_384, 16_384, 16_384, 16_383]


async def test_without_stake_the_miners_have_the_validators_part_too(live: Live) -> None:
    made = await subnet(live, 0, 0)
    live.mine(99 - live.chain.head.number)
    waiting = live.storage("PendingServerEmission", 1) + live.storage("PendingValidatorEmission", 1)
    live.mine()
    emission = live.storage("Emission", 1)
    assert abs(emission[0] - emission[1]) <= 1
    assert emission[0] > 0
    assert live.storage("Dividends", 1) == [0, 0]
    assert sum(emission) > waiting
    assert sum(live.storage("TotalHotkeyAlpha", each.hotkey_address, 1) for each in made) == sum(emission)


async def test_yumas_validators_come_back(live: Live) -> None:
    before = live.storage("MaxAllowedValidators", 1)
    await subnet(live, 10)
    assert (live.storage("MaxAllowedValidators", 1), live.storage("SavedYumaMaxAllowedValidators", 1)) == (1, before)
    await live.done(ADMIN.sudo_set_epoch_consensus(netuid=1, mode="Null"), live.alice)
    assert live.storage("SavedYumaMaxAllowedValidators", 1) == before
    await live.done(ADMIN.sudo_set_max_allowed_uids(netuid=1, max_allowed_uids=2_500), live.alice)
    too_many = ADMIN.sudo_set_max_allowed_uids(netuid=1, max_allowed_uids=2_501)
    assert await live.refused(too_many, live.alice) == "MaxAllowedUidsGreaterThanDefaultMaxAllowedUids"
    await live.done(ADMIN.sudo_set_epoch_consensus(netuid=1, mode="Yuma"), live.alice)
    assert live.storage("MaxAllowedValidators", 1) == before
    assert live.storage("MaxAllowedUids", 1) == 256
    assert await live.client.query(SM.SavedYumaMaxAllowedValidators, [1]) is None


async def test_a_switch_waits_for_timelocked_commitments(live: Live) -> None:
    await subnet(live, 10)
    waiting = [(live.alice.hotkey_address, 1, b"sealed", 9)]
    live.chain.seal(lambda frame: items.TIMELOCKED_WEIGHT_COMMITS.put(frame, waiting, 1, 0))
    assert await live.refused(ADMIN.sudo_set_epoch_consensus(netuid=1, mode="Yuma"), live.alice) == "InvalidValue"


async def test_bonds_are_as_old_as_the_last_epoch_with_consensus(live: Live) -> None:
    live.mine(100)
    then = live.storage("LastYumaStepBlock", 1)
    await subnet(live, 10)
    live.mine(100)
    assert live.storage("LastMechansimStepBlock", 1) > then == live.storage("LastYumaStepBlock", 1)
    await live.done(ADMIN.sudo_set_epoch_consensus(netuid=1, mode="Yuma"), live.alice)
    assert epochs.bonds_since(live.view, 1) == then + 1


async def test_pruning_takes_a_batch_and_moves_only_the_tail(live: Live) -> None:
    """130 neurons of rising emission: 64 leave, uids 1 to 64, and the last 64 move into their places."""
    await subnet(live, 30)

    def crowd(frame: Frame) -> None:
        for at in range(1, 130):
            uids.register(frame, 1, address(at.to_bytes(32, "big")))
        vectors.EMISSION.write(frame, 1, [1_000, *range(1, 130)])
        vectors.WEIGHTS.write(frame, 1, 0, [(1, 10), (66, 1), (129, 7)])
        vectors.BONDS.write(frame, 1, 66, [(129, 11)])
        items.IMMUNITY_PERIOD.put(frame, 0, 1)
        items.WEIGHT_COMMITS.put(frame, [("0x" + "00" * 32, 0, 1, 0)], 1, live.alice.hotkey_address)

    live.chain.seal(crowd)
    live.mine()
    prune = ADMIN.sudo_trim_null_uids_batch(netuid=1, target=65)
    last = live.storage("Keys", 1, 129)
    await live.done(prune, live.alice)
    assert (live.storage("SubnetworkN", 1), live.storage("MaxAllowedUids", 1)) == (66, 66)
    assert live.storage("NullPruningTarget", 1) == 65
    assert live.storage("WeightCommits", 1, live.alice.hotkey_address) in (None, [])
    moved = live.storage("Uids", 1, last)
    assert live.storage("Keys", 1, moved) == last
    assert [live.storage("Uids", 1, live.storage("Keys", 1, uid)) for uid in range(66)] == list(range(66))
    assert live.storage("Emission", 1)[moved] == 129
    assert live.storage("ValidatorPermit", 1) == [True] + [False] * 65
    assert live.storage("Weights", 1, 0) == [(1, 1), (64, 7)]
    assert live.storage("Bonds", 1, 1) == [(64, 11)]
    assert moved == 64
    await live.done(prune, live.alice)
    assert live.storage("SubnetworkN", 1) == 65
    assert live.storage("NullPruningTarget", 1) is None


async def test_pruning_spares_the_immune(live: Live) -> None:
    await subnet(live, 30, 0, 0)
    least = live.storage("MinAllowedUids", 1)

    def crowd(frame: Frame) -> None:
        for at in range(3, least + 2):
            uids.register(frame, 1, address(at.to_bytes(32, "big")))

    live.chain.seal(crowd)
    prune = ADMIN.sudo_trim_null_uids_batch(netuid=1, target=least)
    assert await live.refused(prune, live.alice) == "TrimmingWouldExceedMaxImmunePercentage"
    await live.done(ADMIN.sudo_set_epoch_consensus(netuid=1, mode="Yuma"), live.alice)
    assert await live.refused(prune, live.alice) == "InvalidValue"


@pytest.mark.parametrize("units", [0, 1, 7, 4_097, 1_000_003, 2**64 - 1])
def test_every_unit_is_handed_out_by_share(units: int) -> None:
    shares = [1, *[65_535] * 99, 0, *[65_535] * 100]
    parts = apportioned(units, shares)
    assert sum(parts) == units
    assert parts[100] == 0
    for share, part in zip(shares, parts, strict=True):
        assert part - units * share // sum(shares) in (0, 1)
