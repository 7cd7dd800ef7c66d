"""Sudo, and hyperparameters set by root and by owners."""

from __future__ import annotations

import bittensor as bt
import pytest

from tests.devchain.live_chain import ADMIN, ST, Live, wallet


async def test_others_are_not_sudo(live: Live) -> None:
    bob = live.funded("//Mallory")
    inner = await live.client.compose(ADMIN.sudo_set_tempo(netuid=1, tempo=5))
    assert await live.refused(bt.calls.Sudo.sudo(call=inner), bob) == "RequireSudo"
    assert live.storage("Tempo", 1) == 100


async def test_a_failing_inner_call_is_told_and_rolled_back(live: Live) -> None:
    inner = await live.client.compose(ADMIN.sudo_set_min_burn(netuid=1, min_burn=2 * 10**9))
    await live.included(bt.calls.Sudo.sudo(call=inner), live.alice)
    assert "Err" in dict(live.events())["Sudo.Sudid"]["sudo_result"]
    assert live.storage("MinBurn", 1) == 500_000


@pytest.mark.parametrize(
    ("setter", "value", "item", "event"),
    [
        ("tempo", 7, "Tempo", "TempoSet"),
        ("immunity_period", 3, "ImmunityPeriod", "ImmunityPeriodSet"),
        ("max_allowed_uids", 12, "MaxAllowedUids", "MaxAllowedUidsSet"),
        ("min_burn", 1000, "MinBurn", "MinBurnSet"),
        ("max_burn", 10**9, "MaxBurn", "MaxBurnSet"),
        ("weights_set_rate_limit", 5, "WeightsSetRateLimit", "WeightsSetRateLimitSet"),
        ("serving_rate_limit", 9, "ServingRateLimit", "ServingRateLimitSet"),
        ("max_allowed_validators", 2, "MaxAllowedValidators", "MaxAllowedValidatorsSet"),
        ("min_allowed_weights", 4, "MinAllowedWeights", "MinAllowedWeightSet"),
        ("difficulty", 77, "Difficulty", "DifficultySet"),
        ("weights_version_key", 3, "WeightsVersionKey", "WeightsVersionKeySet"),
        ("max_registrations_per_block", 4, "MaxRegistrationsPerBlock", "MaxRegistrationsPerBlockSet"),
    ],
)
async def test_root_sets_a_hyperparameter(live: Live, setter: str, value: int, item: str, event: str) -> None:
    await live.sudo(getattr(ADMIN, f"sudo_set_{setter}")(**{"netuid": 1, setter: value}))
    assert live.storage(item, 1) == value
    assert dict(live.events())[f"SubtensorModule.{event}"] == (1, value)


async def test_chain_wide_settings_are_roots(live: Live) -> None:
    await live.sudo(ADMIN.sudo_set_network_rate_limit(rate_limit=55))
    assert live.storage("NetworkRateLimit") == 55
    await live.sudo(ADMIN.sudo_set_stake_threshold(min_stake=123))
    assert live.storage("StakeThreshold") == 123
    assert await live.refused(ADMIN.sudo_set_tx_rate_limit(tx_rate_limit=1), live.alice) == "BadOrigin"


async def test_an_owner_sets_what_is_the_owners_and_no_more(live: Live) -> None:
    owner = live.funded("//Owner", tao=2_000)
    await live.done(ST.register_network(hotkey=owner.hotkey_address), owner)
    await live.done(ADMIN.sudo_set_serving_rate_limit(netuid=2, serving_rate_limit=8), owner)
    assert live.storage("ServingRateLimit", 2) == 8
    assert await live.refused(ADMIN.sudo_set_tempo(netuid=2, tempo=10), owner) == "TempoOutOfBounds"
    await live.done(ADMIN.sudo_set_tempo(netuid=2, tempo=400), owner)
    assert live.storage("Tempo", 2) == 400
    assert await live.refused(ADMIN.sudo_set_difficulty(netuid=2, difficulty=1), owner) == "BadOrigin"
    assert await live.refused(ADMIN.sudo_set_serving_rate_limit(netuid=1, serving_rate_limit=8), owner) == "BadOrigin"


async def test_owners_changes_are_limited_when_the_chain_says_so(live: Live) -> None:
    await live.sudo(ADMIN.sudo_set_owner_hparam_rate_limit(epochs=1))
    live.mine(3)
    await live.done(ADMIN.sudo_set_rho(netuid=1, rho=11), live.alice)
    assert await live.refused(ADMIN.sudo_set_rho(netuid=1, rho=12), live.alice) == "TxRateLimitExceeded"
    live.mine(100)
    await live.done(ADMIN.sudo_set_rho(netuid=1, rho=12), live.alice)


async def test_nothing_changes_in_the_freeze_window_before_an_epoch(live: Live) -> None:
    await live.sudo(ADMIN.sudo_set_admin_freeze_window(window=50))
    live.mine(60)
    assert (
        await live.refused(ADMIN.sudo_set_rho(netuid=1, rho=12), live.alice)
        == "AdminActionProhibitedDuringWeightsWindow"
    )


async def test_a_setter_for_a_missing_subnet_is_refused(live: Live) -> None:
    inner = await live.client.compose(ADMIN.sudo_set_tempo(netuid=77, tempo=5))
    await live.included(bt.calls.Sudo.sudo(call=inner), live.alice)
    assert "Err" in dict(live.events())["Sudo.Sudid"]["sudo_result"]
    assert live.storage("Tempo", 77) == 10


async def test_sudo_key_moves_on(live: Live) -> None:
    heir = live.funded("//Heir")
    await live.done(bt.calls.Sudo.set_key(new=heir.address), live.alice)
    inner = await live.client.compose(ADMIN.sudo_set_tempo(netuid=1, tempo=9))
    assert await live.refused(bt.calls.Sudo.sudo(call=inner), live.alice) == "RequireSudo"
    await live.done(bt.calls.Sudo.sudo(call=inner), heir)
    assert live.storage("Tempo", 1) == 9
    assert await live.client.query(bt.storage.Sudo.Key) == wallet("//Heir").address
