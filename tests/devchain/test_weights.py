"""Setting weights: permits, limits, commitments."""

from __future__ import annotations

from typing import Any

import bittensor as bt
import pytest

from netctl.devchain.pallets.subtensor.commits import commit_hash
from netctl.devchain.pallets.subtensor.weights import upscaled
from tests.devchain.live_chain import ADMIN, SM, ST, TAO, Live


async def neurons(live: Live, miners: int = 2) -> tuple[Any, list[Any]]:
    """A staked validator on uid 0 and miners behind it; no epoch has run."""
    validator = live.funded("//Validator", tao=1_000)
    await live.register(validator)
    await live.done(ST.add_stake(hotkey=validator.hotkey_address, netuid=1, amount_staked=100 * TAO), validator)
    others = [live.funded(f"//Miner{at}", tao=1_000) for at in range(miners)]
    for miner in others:
        await live.register(miner)
    return validator, others


def to_epoch(live: Live, netuid: int = 1) -> None:
    """Mine to and over the subnet's next epoch."""
    before = live.storage("SubnetEpochIndex", netuid)
    while live.storage("SubnetEpochIndex", netuid) == before:
        live.mine()


def weights(**changes: Any) -> Any:
    return ST.set_weights(**({"netuid": 1, "dests": [1, 2], "weights": [3, 1], "version_key": 0} | changes))


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ([2, 1], [65_535, 32_768]),
        ([3, 1, 2], [65_535, 21_845, 43_690]),
        ([65_535, 7], [65_535, 7]),
        ([40_000, 20_000], [65_535, 32_767]),
        ([0, 0], [0, 0]),
        ([], []),
    ],
)
def test_weights_are_scaled_and_rounded_as_the_runtime_does(given: list[int], kept: list[int]) -> None:
    assert upscaled(given) == kept


async def test_weights_are_refused_without_a_permit_and_taken_after_the_epoch(live: Live) -> None:
    validator, _ = await neurons(live)
    intent = bt.SetWeights(netuid=1, uids=[1, 2], weights=[0.75, 0.25])
    early = await live.client.submit_call(weights(), validator, signer="hotkey")
    assert early.error.name == "NeuronNoValidatorPermit"
    to_epoch(live)
    assert await live.client.query(SM.ValidatorPermit, [1]) == [True, False, False]
    result = await live.client.execute(intent, validator)
    assert result.success, result.message
    assert live.storage("Weights", 1, 0) == [(1, 65535), (2, 21845)]
    assert live.event_names() == ["SubtensorModule.WeightsSet"]
    assert live.storage("LastUpdate", 1)[0] == live.chain.head.number
    read = await live.client.weights.weights(1)
    assert set(read[0]) == {1, 2}


async def test_validators_coldkey_pays_the_fee(live: Live) -> None:
    validator, _ = await neurons(live)
    to_epoch(live)
    before = live.free(validator.address)
    result = await live.done(weights(), validator, hotkey=True)
    assert before - live.free(validator.address) == result.fee.rao > 0


async def test_anyone_may_weigh_itself(live: Live) -> None:
    _, (miner, _) = await neurons(live)
    await live.done(weights(dests=[1], weights=[1]), miner, hotkey=True)
    assert live.storage("Weights", 1, 1) == [(1, 65535)]


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"netuid": 0}, "CanNotSetRootNetworkWeights"),
        ({"netuid": 9}, "CommitRevealEnabled"),  # its default, and looked at first
        ({"weights": [1]}, "WeightVecNotEqualSize"),
        ({"dests": [1, 2, 3, 4], "weights": [1, 1, 1, 1]}, "UidsLengthExceedUidsInSubNet"),
        ({"dests": [1, 1]}, "DuplicateUids"),
        ({"dests": [1, 7]}, "UidVecContainInvalidOne"),
    ],
)
async def test_malformed_weights_are_refused(live: Live, changes: dict[str, Any], error: str) -> None:
    validator, _ = await neurons(live)
    to_epoch(live)
    assert await live.refused(weights(**changes), validator, hotkey=True) == error


async def test_settings_of_the_subnet_are_kept(live: Live) -> None:
    validator, _ = await neurons(live)
    to_epoch(live)
    await live.sudo(ADMIN.sudo_set_weights_version_key(netuid=1, weights_version_key=5))
    assert await live.refused(weights(version_key=4), validator, hotkey=True) == "IncorrectWeightVersionKey"
    await live.sudo(ADMIN.sudo_set_min_allowed_weights(netuid=1, min_allowed_weights=3))
    assert await live.refused(weights(version_key=5), validator, hotkey=True) == "WeightVecLengthIsLow"
    await live.sudo(ADMIN.sudo_set_stake_threshold(min_stake=1_000 * TAO))
    assert await live.refused(weights(version_key=5), validator, hotkey=True) == "NotEnoughStakeToSetWeights"


async def test_rate_limit_holds_between_two_settings(live: Live) -> None:
    validator, _ = await neurons(live)
    to_epoch(live)
    await live.sudo(ADMIN.sudo_set_weights_set_rate_limit(netuid=1, weights_set_rate_limit=20))
    await live.done(weights(), validator, hotkey=True)
    assert await live.refused(weights(), validator, hotkey=True) == "SettingWeightsTooFast"
    live.mine(20)
    await live.done(weights(), validator, hotkey=True)


async def test_strangers_are_refused(live: Live) -> None:
    await neurons(live)
    stranger = live.funded("//Stranger")
    live.fund(stranger.hotkey_address, 1)
    assert await live.refused(weights(), stranger, hotkey=True) == "HotKeyNotRegisteredInSubNet"


async def test_second_mechanism_has_weights_of_its_own(live: Live) -> None:
    validator, _ = await neurons(live)
    to_epoch(live)
    call = ST.set_mechanism_weights(netuid=1, mecid=1, dests=[2], weights=[9], version_key=0)
    assert await live.refused(call, validator, hotkey=True) == "MechanismDoesNotExist"
    await live.sudo(ADMIN.sudo_set_max_allowed_uids(netuid=1, max_allowed_uids=128))
    await live.sudo(ADMIN.sudo_set_mechanism_count(netuid=1, mechanism_count=2))
    await live.done(call, validator, hotkey=True)
    assert live.storage("Weights", 4097, 0) == [(2, 65535)]
    assert live.storage("Weights", 1, 0) == []


async def commit_reveal(live: Live) -> Any:
    validator, _ = await neurons(live)
    await live.sudo(ADMIN.sudo_set_commit_reveal_weights_enabled(netuid=1, enabled=True))
    to_epoch(live)
    return validator


async def test_sdk_commits_by_timelock_where_the_subnet_wants_it(live: Live) -> None:
    validator = await commit_reveal(live)
    assert await live.refused(weights(), validator, hotkey=True) == "CommitRevealEnabled"
    result = await live.client.execute(bt.SetWeights(netuid=1, uids=[1, 2], weights=[0.5, 0.5]), validator)
    assert result.success, result.message
    assert live.event_names() == ["SubtensorModule.TimelockedWeightsCommitted"]
    (waiting,) = (await live.client.weights.timelocked_weight_commits(1)).values()
    assert len(waiting) == 1
    assert live.storage("Weights", 1, 0) == []


async def test_hash_commitment_is_revealed_an_epoch_later(live: Live) -> None:
    validator = await commit_reveal(live)
    secret = {"uids": [1, 2], "values": [1, 3], "salt": [7, 7, 7], "version_key": 0}
    digest = commit_hash(validator.hotkey_address, 1, [1, 2], [1, 3], [7, 7, 7], 0)
    reveal = ST.reveal_weights(netuid=1, **secret)
    assert await live.refused(reveal, validator, hotkey=True) == "NoWeightsCommitFound"
    await live.done(ST.commit_weights(netuid=1, commit_hash=digest), validator, hotkey=True)
    assert await live.refused(reveal, validator, hotkey=True) == "RevealTooEarly"
    to_epoch(live)
    forged = ST.reveal_weights(netuid=1, **(secret | {"salt": [1]}))
    assert await live.refused(forged, validator, hotkey=True) == "InvalidRevealCommitHashNotMatch"
    await live.done(reveal, validator, hotkey=True)
    assert live.storage("Weights", 1, 0) == [(1, 21845), (2, 65535)]
    assert await live.refused(reveal, validator, hotkey=True) == "NoWeightsCommitFound"


async def test_commitment_expires_when_its_epoch_is_over(live: Live) -> None:
    validator = await commit_reveal(live)
    digest = commit_hash(validator.hotkey_address, 1, [1], [1], [0], 0)
    await live.done(ST.commit_weights(netuid=1, commit_hash=digest), validator, hotkey=True)
    to_epoch(live)
    to_epoch(live)
    reveal = ST.reveal_weights(netuid=1, uids=[1], values=[1], salt=[0], version_key=0)
    assert await live.refused(reveal, validator, hotkey=True) == "ExpiredWeightCommit"
    other = ST.reveal_weights(netuid=1, uids=[1], values=[1], salt=[1], version_key=0)
    assert await live.refused(other, validator, hotkey=True) == "NoWeightsCommitFound", "none is open any more"


async def test_a_commitment_made_again_is_revealed_though_the_first_has_expired(live: Live) -> None:
    validator = await commit_reveal(live)
    commit = ST.commit_weights(netuid=1, commit_hash=commit_hash(validator.hotkey_address, 1, [1, 2], [1, 1], [0], 0))
    await live.done(commit, validator, hotkey=True)
    to_epoch(live)
    await live.done(commit, validator, hotkey=True)
    to_epoch(live)
    reveal = ST.reveal_weights(netuid=1, uids=[1, 2], values=[1, 1], salt=[0], version_key=0)
    await live.done(reveal, validator, hotkey=True)


async def test_commitments_are_refused_where_weights_are_open(live: Live) -> None:
    validator, _ = await neurons(live)
    call = ST.commit_weights(netuid=1, commit_hash="0x" + "11" * 32)
    assert await live.refused(call, validator, hotkey=True) == "CommitRevealDisabled"
