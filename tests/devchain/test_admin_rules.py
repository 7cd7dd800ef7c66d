"""Rules of the setters that are not only a bound: whose they are, when they may be used, what else they move."""

from __future__ import annotations

from typing import Any

import bittensor as bt
import pytest

from tests.devchain.live_chain import ADMIN, ST, Live


def setter(name: str, value: Any) -> Any:
    return getattr(ADMIN, f"sudo_set_{name}")(**{"netuid": 1, name: value})


@pytest.mark.parametrize(
    ("call", "error"),
    [
        (setter("min_burn", 10**9), "ValueNotInBounds"),
        (setter("max_burn", 10**8), "ValueNotInBounds"),
        (setter("burn_half_life", 0), "InvalidValue"),
        (setter("bonds_moving_average", 975_001), "BondsMovingAverageMaxReached"),
        (setter("max_allowed_uids", 63), "MaxAllowedUidsLessThanMinAllowedUids"),
        (ADMIN.sudo_set_owner_immune_neuron_limit(netuid=1, immune_neurons=11), "InvalidValue"),
        (ADMIN.sudo_set_mechanism_count(netuid=1, mechanism_count=3), "InvalidValue"),
        (ADMIN.sudo_set_subnet_emission_enabled(netuid=1, enabled=True), "BadOrigin"),
        (ADMIN.sudo_set_total_issuance(total_issuance=1), "Deprecated"),
    ],
)
async def test_owner_is_refused_by_the_chains_name(live: Live, call: Any, error: str) -> None:
    assert await live.refused(call, live.alice) == error


async def test_liquid_alpha_bounds_have_a_floor(live: Live) -> None:
    await live.done(ADMIN.sudo_set_liquid_alpha_enabled(netuid=1, enabled=True), live.alice)
    for low, high, error in ((1637, 1637, "AlphaHighTooLow"), (1637, 1638, "AlphaLowOutOfRange")):
        call = ADMIN.sudo_set_alpha_values(netuid=1, alpha_low=low, alpha_high=high)
        assert await live.refused(call, live.alice) == error
    await live.done(ADMIN.sudo_set_alpha_values(netuid=1, alpha_low=1638, alpha_high=1638), live.alice)


async def root_refused(live: Live, call: Any) -> str:
    """What the call fails with inside Sudo."""
    inner = await live.client.compose(call)
    result = await live.submit(bt.calls.Sudo.sudo(call=inner), live.alice)
    assert not result.success
    return str(result.error.name if result.error is not None else result.message)


async def test_more_validators_than_slots_are_refused(live: Live) -> None:
    await live.sudo(setter("max_allowed_uids", 12))
    assert await root_refused(live, setter("max_allowed_validators", 13)) == "MaxValidatorsLargerThanMaxUIds"


async def test_min_allowed_uids_stay_below_what_is_taken(live: Live) -> None:
    assert await root_refused(live, setter("min_allowed_uids", 256)) == "MinAllowedUidsGreaterThanMaxAllowedUids"
    assert await root_refused(live, setter("min_allowed_uids", 0)) == "MinAllowedUidsGreaterThanCurrentUids"
    await live.register(live.funded("//Miner"))
    await live.sudo(setter("min_allowed_uids", 0))


async def test_root_subnet_has_no_price_curve(live: Live) -> None:
    call = ADMIN.sudo_set_burn_half_life(netuid=0, burn_half_life=10)
    assert await root_refused(live, call) == "NotPermittedOnRootSubnet"


async def test_a_new_tempo_starts_the_cycle_anew(live: Live) -> None:
    live.mine(40)
    await live.sudo(setter("tempo", 200))
    assert live.storage("LastEpochBlock", 1) == live.chain.head.number
    live.mine(100)
    assert live.storage("SubnetEpochIndex", 1) == 0


async def test_an_epoch_is_due_at_once_when_the_tempo_falls_below_the_blocks_gone_by(live: Live) -> None:
    live.mine(40)
    await live.sudo(setter("tempo", 30))
    assert live.storage("SubnetEpochIndex", 1) == 0
    live.mine()
    assert live.storage("SubnetEpochIndex", 1) == 1
    assert live.storage("BlocksSinceLastStep", 1) == 0


async def test_blocks_without_an_epoch_are_counted_no_further_than_the_tempo(live: Live) -> None:
    await live.sudo(setter("tempo", 0))
    live.mine(10)
    assert live.storage("BlocksSinceLastStep", 1) == 1


async def test_an_owner_changes_the_tempo_once_in_the_shortest_one(live: Live) -> None:
    await live.done(setter("tempo", 400), live.alice)
    assert await live.refused(ST.set_tempo(netuid=1, tempo=500), live.alice) == "TxRateLimitExceeded"
    await live.sudo(setter("tempo", 5))
    live.mine(360)
    await live.done(ST.set_tempo(netuid=1, tempo=500), live.alice)


async def test_a_triggered_epoch_freezes_the_subnet_and_not_its_epoch(live: Live) -> None:
    await live.sudo(ADMIN.sudo_set_admin_freeze_window(window=20))
    await live.done(ST.trigger_epoch(netuid=1), live.alice)
    assert await live.refused(setter("rho", 12), live.alice) == "AdminActionProhibitedDuringWeightsWindow"
    await live.sudo(setter("kappa", 12))
    live.mine(20)
    assert live.storage("SubnetEpochIndex", 1) == 1
    await live.done(setter("rho", 12), live.alice)
