"""Hyperparameters through the three forms of the runtime's API."""

from __future__ import annotations

import bittensor as bt

from tests.devchain.live_chain import ADMIN, SM, Live

API = bt.runtime_api.SubnetInfoRuntimeApi


async def test_sdk_lists_what_storage_holds(live: Live) -> None:
    listed = await live.client.subnets.subnet_hyperparameters(1)
    for name, item in (
        ("tempo", SM.Tempo),
        ("immunity_period", SM.ImmunityPeriod),
        ("min_burn", SM.MinBurn),
        ("max_burn", SM.MaxBurn),
        ("burn_half_life", SM.BurnHalfLife),
        ("max_allowed_uids", SM.MaxAllowedUids),
        ("registration_allowed", SM.NetworkRegistrationAllowed),
        ("bonds_moving_avg", SM.BondsMovingAverage),
        ("kappa", SM.Kappa),
    ):
        assert listed[name] == await live.client.query(item, [1]), name
    assert listed["activity_cutoff"] == 1388
    assert listed["yuma_version"] == 3


async def test_all_forms_agree(live: Live) -> None:
    first = await live.client.runtime(API.get_subnet_hyperparams, [1])
    second = await live.client.runtime(API.get_subnet_hyperparams_v2, [1])
    third = await live.client.subnets.subnet_hyperparameters(1)
    assert {name: second[name] for name in first} == first
    shared = set(first) & set(third)
    assert len(shared) > 20
    assert {name: third[name] for name in shared} == {name: first[name] for name in shared}


async def test_a_set_value_is_read_back_in_the_listing(live: Live) -> None:
    await live.sudo(ADMIN.sudo_set_immunity_period(netuid=1, immunity_period=17))
    assert (await live.client.subnets.subnet_hyperparameters(1))["immunity_period"] == 17


async def test_owner_sets_by_the_sdks_own_names(live: Live) -> None:
    values = {"immunity_period": 21, "min_allowed_weights": 2, "max_burn": "2.5", "registration_allowed": "false"}
    for name, value in values.items():
        arguments = {"netuid": 1, "name": name, "value": value}
        result = await live.client.execute_tool("set_hyperparameter", arguments, live.alice)
        assert result.success, result.message
    listed = await live.client.subnets.subnet_hyperparameters(1)
    assert (listed["immunity_period"], listed["min_allowed_weights"]) == (21, 2)
    assert (listed["max_burn"], listed["registration_allowed"]) == (2_500_000_000, False)


async def test_missing_subnet_has_none(live: Live) -> None:
    assert await live.client.subnets.subnet_hyperparameters(66) is None
    assert await live.client.runtime(API.get_subnet_hyperparams, [66]) is None
