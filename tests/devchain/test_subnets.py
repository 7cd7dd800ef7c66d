"""Making and starting subnets."""

from __future__ import annotations

import bittensor as bt
import pytest

from netctl.devchain.options import ChainOptions
from netctl.devchain.pallets.ledger import ACCOUNT, TOTAL_ISSUANCE
from netctl.devchain.pallets.subtensor.ownership import subnet_account
from tests.devchain.live_chain import ADMIN, SM, ST, TAO, Live


@pytest.fixture
def chain_options() -> ChainOptions:
    return ChainOptions(seal="instant", first_netuid=428)


async def test_first_new_subnet_gets_the_netuid_asked_for_and_the_next_the_one_above(live: Live) -> None:
    owner = live.funded("//Owner", tao=10_000)
    result = await live.client.execute(bt.RegisterSubnet(hotkey_ss58=owner.hotkey_address), owner)
    assert result.success, result.message
    assert dict(live.events())["SubtensorModule.NetworkAdded"] == (428, 1)
    await live.done(ST.register_network(hotkey=owner.hotkey_address), owner)
    assert sorted(each.netuid for each in await live.client.subnets.all()) == [0, 1, 428, 429]


async def test_owner_pays_the_lock_and_is_uid_zero(live: Live) -> None:
    owner = live.funded("//Owner", tao=2_000)
    cost = await live.client.subnets.subnet_registration_cost()
    assert cost.rao == 1_000 * TAO
    before = live.free(owner.address)
    result = await live.done(ST.register_network(hotkey=owner.hotkey_address), owner)
    assert before - live.free(owner.address) - result.fee.rao == cost.rao
    assert live.storage("Uids", 428, owner.hotkey_address) == 0
    assert live.storage("SubnetOwner", 428) == owner.address
    assert live.storage("SubnetLocked", 428) == cost.rao
    assert live.free(subnet_account(428)) == live.storage("SubnetTAO", 428) == 1_000_000 * TAO
    assert sum(each["data"]["free"] for _, each in ACCOUNT.entries(live.view)) == TOTAL_ISSUANCE.get(live.view)


async def test_next_subnet_costs_double_and_sinks_to_the_minimum(live: Live) -> None:
    owner = live.funded("//Owner", tao=10_000)
    await live.done(ST.register_network(hotkey=owner.hotkey_address), owner)
    dear = (await live.client.subnets.subnet_registration_cost()).rao
    assert dear == 2_000 * TAO
    await live.sudo(ADMIN.sudo_set_lock_reduction_interval(interval=10))
    live.mine(30)
    assert (await live.client.subnets.subnet_registration_cost()).rao == 1_000 * TAO


async def test_who_cannot_afford_the_lock_is_refused(live: Live) -> None:
    poor = live.funded("//Poor", tao=999)
    assert await live.refused(ST.register_network(hotkey=poor.hotkey_address), poor) == "CannotAffordLockCost"
    assert not live.storage("NetworksAdded", 428)


async def test_existential_deposit_stays_behind_when_a_whole_balance_is_locked(live: Live) -> None:
    poor = live.funded("//Poor", tao=999)
    call = ST.register_network(hotkey=poor.hotkey_address)
    await live.refused(call, poor)
    fee = dict(live.events())["TransactionPayment.TransactionFeePaid"]["actual_fee"]
    live.fund(poor.address, (1_000 * TAO + fee + 100 - live.free(poor.address)) / TAO)
    await live.done(call, poor)
    assert live.storage("SubnetLocked", 428) == live.storage("NetworkLastLockCost") == 1_000 * TAO + 100 - 500
    assert live.free(poor.address) == 500
    assert live.event_names()[-2:] == ["SubtensorModule.SubnetOwnerHotkeySet", "SubtensorModule.NetworkAdded"]


async def test_subnets_are_rate_limited_when_the_chain_says_so(live: Live) -> None:
    await live.sudo(ADMIN.sudo_set_network_rate_limit(rate_limit=100))
    owner = live.funded("//Owner", tao=10_000)
    await live.done(ST.register_network(hotkey=owner.hotkey_address), owner)
    again = await live.refused(ST.register_network(hotkey=owner.hotkey_address), owner)
    assert again == "NetworkTxRateLimitExceeded"


async def test_alpha_is_traded_only_after_the_owner_started_the_subnet(live: Live) -> None:
    owner, other = live.funded("//Owner", tao=2_000), live.funded("//Other")
    await live.done(ST.register_network(hotkey=owner.hotkey_address), owner)
    stake = ST.add_stake(hotkey=owner.hotkey_address, netuid=428, amount_staked=TAO)
    assert await live.refused(stake, other) == "SubtokenDisabled"
    assert await live.refused(ST.start_call(netuid=428), other) == "BadOrigin"
    result = await live.client.execute(bt.StartCall(netuid=428), owner)
    assert result.success, result.message
    await live.done(stake, other)
    assert await live.refused(ST.start_call(netuid=428), owner) == "FirstEmissionBlockNumberAlreadySet"


async def test_neurons_register_before_the_start(live: Live) -> None:
    owner = live.funded("//Owner", tao=2_000)
    await live.done(ST.register_network(hotkey=owner.hotkey_address), owner)
    assert await live.register(live.funded("//Miner"), netuid=428) == 1


async def test_new_subnet_is_friendly_to_developers(live: Live) -> None:
    owner = live.funded("//Owner", tao=2_000)
    await live.done(ST.register_network(hotkey=owner.hotkey_address), owner)
    assert await live.client.query(SM.Tempo, [428]) == 360
    values = await live.client.subnets.subnet_hyperparameters(428)
    assert values["commit_reveal_weights_enabled"] is False
    assert (values["weights_rate_limit"], values["serving_rate_limit"], values["min_allowed_weights"]) == (0, 0, 1)
    assert values["max_validators"] == 64
    assert values["difficulty"] <= 1_000


async def test_identity_names_the_subnet(live: Live) -> None:
    identity = {
        "subnet_name": "listings",
        "github_repo": "",
        "subnet_contact": "",
        "subnet_url": "",
        "discord": "",
        "description": "homes",
        "logo_url": "",
        "additional": "",
    }
    wire = {name: "0x" + text.encode().hex() for name, text in identity.items()}
    await live.done(ST.set_subnet_identity(netuid=1, **wire), live.alice)
    assert (await live.client.subnets.subnet_names())[1] == "listings"
    assert (await live.client.subnets.subnet_identity(1))["description"] == "homes"
