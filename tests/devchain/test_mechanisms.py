"""Subnets with two incentive mechanisms, and the hyperparameters that steer consensus, on the chain."""

from __future__ import annotations

from typing import Any

import bittensor as bt
import pytest

from netctl.devchain.apis.subnet import SubnetInfo
from netctl.devchain.pallets.subtensor import items
from netctl.devchain.pallets.subtensor.epochs import U16_MAX, split_emission
from tests.devchain.live_chain import ADMIN, ST, Live
from tests.devchain.test_epoch import validators

SECOND = 4_096 + 1
"""Where the second mechanism of subnet 1 is kept."""


async def two_mechanisms(live: Live, *stakes_tao: int) -> list[Any]:
    """Neurons as asked for on a subnet with two mechanisms, after the epoch that gives permits."""
    await live.sudo(ADMIN.sudo_set_max_allowed_uids(netuid=1, max_allowed_uids=128))
    await live.sudo(ADMIN.sudo_set_mechanism_count(netuid=1, mechanism_count=2))
    made = await validators(live, *stakes_tao)
    live.mine(100 - live.chain.head.number)
    return made


async def weigh(live: Live, who: Any, mechanism: int, *weights: tuple[int, int]) -> None:
    """Set the weights of one mechanism."""
    dests, values = zip(*weights, strict=True)
    call = ST.set_mechanism_weights(netuid=1, mecid=mechanism, dests=list(dests), weights=list(values), version_key=0)
    await live.done(call, who, hotkey=True)


async def test_each_mechanism_has_incentive_and_bonds_of_its_own(live: Live) -> None:
    first, *_ = await two_mechanisms(live, 30, 0, 0)
    await weigh(live, first, 0, (1, 1))
    await weigh(live, first, 1, (2, 1))
    live.mine(100)
    assert live.storage("Incentive", 1) == [0, U16_MAX, 0]
    assert live.storage("Incentive", SECOND) == [0, 0, U16_MAX]
    assert [dest for dest, _ in live.storage("Bonds", 1, 0)] == [1]
    assert [dest for dest, _ in live.storage("Bonds", SECOND, 0)] == [2]
    assert live.storage("ConsensusByMechanism", SECOND) == [0, 0, U16_MAX]


async def test_the_subnet_keeps_the_mean_by_emission(live: Live) -> None:
    """A quarter of emission is the first one's (16384 of 65535), so a quarter of Consensus comes from there."""
    first, *_ = await two_mechanisms(live, 30, 0, 0)
    await live.sudo(ADMIN.sudo_set_mechanism_emission_split(netuid=1, maybe_split=[16_384, 49_151]))
    await weigh(live, first, 0, (1, 1))
    await weigh(live, first, 1, (2, 1))
    live.mine(100)
    assert live.storage("Consensus", 1) == [0, pytest.approx(16_384, abs=1), pytest.approx(49_150, abs=1)]
    emission = live.storage("Emission", 1)
    assert emission[2] / emission[1] > 2.9


async def test_a_mechanism_has_a_metagraph_of_its_own(live: Live) -> None:
    first, *_ = await two_mechanisms(live, 30, 0, 0)
    await weigh(live, first, 1, (2, 1))
    updated = live.chain.head.number
    live.mine(100)
    found = SubnetInfo().get_mechagraph(live.view, netuid=1, mecid=1)
    assert found is not None
    assert (found["netuid"], found["incentives"]) == (SECOND, [0, 0, U16_MAX])
    assert found["last_update"][0] == updated != live.storage("LastUpdate", 1)[0]
    assert SubnetInfo().get_mechagraph(live.view, netuid=1, mecid=2) is None


async def test_parts_of_the_emission_add_up_and_the_rest_is_the_first_ones(live: Live) -> None:
    await two_mechanisms(live)
    assert split_emission(live.view, 1, 1_001) == [501, 500]
    await live.sudo(ADMIN.sudo_set_mechanism_emission_split(netuid=1, maybe_split=[16_384, 49_151]))
    assert split_emission(live.view, 1, 1_001) == [251, 750]


async def test_fewer_mechanisms_leave_nothing_of_the_others(live: Live) -> None:
    first, *_ = await two_mechanisms(live, 30, 0, 0)
    await live.sudo(ADMIN.sudo_set_mechanism_emission_split(netuid=1, maybe_split=[1, 65_534]))
    await weigh(live, first, 1, (2, 1))
    live.mine(100)
    await live.sudo(ADMIN.sudo_set_mechanism_count(netuid=1, mechanism_count=1))
    for name in ("Incentive", "LastUpdate", "ConsensusByMechanism"):
        assert not live.storage(name, SECOND), name
    for name in ("Weights", "Bonds"):
        assert not live.storage(name, SECOND, 0), name
    assert live.storage("MechanismEmissionSplit", 1) is None
    live.mine(100)


@pytest.mark.parametrize("count", [0, 3])
async def test_count_of_mechanisms_is_bounded(live: Live, count: int) -> None:
    call = ADMIN.sudo_set_mechanism_count(netuid=1, mechanism_count=count)
    assert await live.refused(call, live.alice) == "InvalidValue"


async def test_mechanisms_together_have_no_more_slots_than_a_subnet(live: Live) -> None:
    call = ADMIN.sudo_set_mechanism_count(netuid=1, mechanism_count=2)
    assert await live.refused(call, live.alice) == "TooManyUIDsPerMechanism"
    await live.sudo(ADMIN.sudo_set_max_allowed_uids(netuid=1, max_allowed_uids=128))
    await live.sudo(call)
    more = ADMIN.sudo_set_max_allowed_uids(netuid=1, max_allowed_uids=129)
    assert await live.refused(more, live.alice) == "TooManyUIDsPerMechanism"


@pytest.mark.parametrize("split", [[U16_MAX], [1, 2], []])
async def test_split_names_all_mechanisms_and_is_whole(live: Live, split: list[int]) -> None:
    await two_mechanisms(live)
    call = ADMIN.sudo_set_mechanism_emission_split(netuid=1, maybe_split=split)
    assert await live.refused(call, live.alice) == "InvalidValue"


async def test_hyperparameters_of_consensus_act(live: Live) -> None:
    """At a kappa of nearly one nobody's weight is agreed on; the bonds' average says how much of a bond is new."""
    first, *_ = await validators(live, 30, 10, 0, 0)
    live.mine(100)
    await weigh(live, first, 0, (2, 1))
    await live.sudo(ADMIN.sudo_set_kappa(netuid=1, kappa=60_000))
    live.mine(100)
    assert live.storage("Incentive", 1) == [0, 0, 0, 0]
    await live.sudo(ADMIN.sudo_set_kappa(netuid=1, kappa=32_767))
    await live.sudo(ADMIN.sudo_set_bonds_moving_average(netuid=1, bonds_moving_average=500_000))
    live.mine(100)
    assert live.storage("Incentive", 1)[2] == U16_MAX
    assert live.storage("Bonds", 1, 0) == [(2, 32_767)]
    await live.sudo(ADMIN.sudo_set_liquid_alpha_enabled(netuid=1, enabled=True))
    await live.sudo(ADMIN.sudo_set_alpha_values(netuid=1, alpha_low=U16_MAX, alpha_high=U16_MAX))
    live.mine(100)
    assert live.storage("Bonds", 1, 0) == [(2, U16_MAX)]
    await live.sudo(ADMIN.sudo_set_yuma3_enabled(netuid=1, enabled=False))
    live.mine(100)
    assert live.storage("Bonds", 1, 0) == [(2, U16_MAX)]


@pytest.mark.parametrize("is_on", [True, False])
async def test_flag_in_a_commitment_resets_the_bonds_where_the_subnet_says_so(live: Live, is_on: bool) -> None:
    first, _, miner = await validators(live, 30, 0, 0)
    live.mine(100)
    await weigh(live, first, 0, (1, 1), (2, 1))
    live.mine(100)
    await live.sudo(ADMIN.sudo_set_bonds_reset_enabled(netuid=1, enabled=is_on))
    call = bt.calls.Commitments.set_commitment(netuid=1, info={"fields": [["ResetBondsFlag"]]})
    await live.done(call, miner, hotkey=True)
    assert [dest for dest, _ in live.storage("Bonds", 1, 0)] == ([1] if is_on else [1, 2])


async def test_who_takes_over_a_slot_finds_nothing_of_the_last_one_in_any_mechanism(live: Live) -> None:
    first, *_ = await two_mechanisms(live, 30, 0, 0)
    await weigh(live, first, 1, (1, 1), (2, 3))
    live.mine(100)
    assert live.storage("Incentive", SECOND)[1] == 16_383
    await live.sudo(ADMIN.sudo_set_immunity_period(netuid=1, immunity_period=0))
    await live.sudo(ADMIN.sudo_set_min_non_immune_uids(netuid=1, min=0))
    live.chain.seal(lambda frame: items.MAX_ALLOWED_UIDS.put(frame, 3, 1))
    assert await live.register(live.funded("//Late", tao=100)) == 1
    assert live.storage("LastUpdate", SECOND)[1] == live.chain.head.number
    for name in ("Incentive", "ConsensusByMechanism"):
        assert live.storage(name, SECOND)[1] == 0, name
    assert live.storage("Weights", SECOND, 0)[0] == (1, 0)


async def test_an_owner_changes_mechanisms_once_in_a_day(live: Live) -> None:
    """Alice owns subnet 1."""
    await live.sudo(ADMIN.sudo_set_max_allowed_uids(netuid=1, max_allowed_uids=128))
    await live.done(ADMIN.sudo_set_mechanism_count(netuid=1, mechanism_count=2), live.alice)
    again = ADMIN.sudo_set_mechanism_count(netuid=1, mechanism_count=1)
    assert await live.refused(again, live.alice) == "TxRateLimitExceeded"
    split = ADMIN.sudo_set_mechanism_emission_split(netuid=1, maybe_split=None)
    await live.done(split, live.alice)
    assert await live.refused(split, live.alice) == "TxRateLimitExceeded"
