"""Rows about chain and money, on a chain that is made to be as they fear."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from netctl.devchain import DevChain
from netctl.devchain.library import ALICE
from netctl.doctor import observe
from netctl.doctor.finding import Finding
from netctl.doctor.seen import Absent
from netctl.fleet import Network
from netctl.networks import NETWORKS
from tests.doctor.colours import green, red
from tests.doctor.ward import TAO, Ward, finding_of
from tests.phases.fleets import neuron
from tests.ports import free_ports

MINER, OTHER, VALIDATOR = neuron("miner_1"), neuron("miner_2"), neuron("validator_1")


@pytest.fixture
def paused(going_chain: DevChain) -> Iterator[None]:
    """No block comes by the clock while the test runs."""
    going_chain.pause()
    yield
    going_chain.resume()


@green("chain")
async def test_a_chain_that_goes_on_is_well(ward: Ward) -> Finding:
    return await ward.row("chain", ward.fleet(MINER))


@red("chain")
async def test_a_chain_that_nobody_runs_fails(ward: Ward) -> Finding:
    fleet = ward.fleet(MINER)
    nobody = Network("custom", f"ws://127.0.0.1:{free_ports(1)[0]}")
    seen = await ward.seen(replace(fleet, network=nobody))
    assert finding_of("subnet", seen).found == "not looked at: the chain does not answer"
    return finding_of("chain", seen)


@red("chain")
@pytest.mark.usefixtures("paused")
async def test_a_public_chain_that_stands_still_fails(ward: Ward) -> Finding:
    found = await ward.row("chain", ward.fleet(MINER))
    assert (found.verdict, "no block came" in found.found) == ("failed", True)
    return found


@red("chain")
@pytest.mark.usefixtures("paused")
async def test_ones_own_chain_may_be_paused(ward: Ward) -> Finding:
    found = await ward.row("chain", ward.fleet(MINER, kind="local"))
    assert found.verdict == "warning"
    return found


@red("chain")
async def test_finality_that_lags_is_a_warning(ward: Ward) -> Finding:
    fault = ward.chain.fault("finality-lag", blocks=30)
    try:
        ward.chain.mine(40)
        found = await ward.row("chain", ward.fleet(MINER))
    finally:
        ward.chain.clear_fault(fault)
    assert "blocks behind" in found.found
    return found


async def test_a_node_that_syncs_fails(ward: Ward) -> None:
    seen = await ward.seen(ward.fleet(MINER))
    assert not isinstance(seen.pulse, Absent)
    assert not seen.pulse.syncing
    assert "still syncing" in finding_of("chain", replace(seen, pulse=replace(seen.pulse, syncing=True))).found


async def test_a_chain_that_hangs_is_given_up(ward: Ward, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(observe, "PATIENCE_S", 1.0)
    fault = ward.chain.fault("drop", method="state_queryStorageAt")
    try:
        seen = await ward.seen(ward.fleet(MINER))
    finally:
        ward.chain.clear_fault(fault)
    assert finding_of("chain", seen).found == f"{ward.chain.url}: no answer within 1 s"
    assert finding_of("genesis", seen).verdict == "good"


@green("genesis")
async def test_the_genesis_that_was_named_is_well(ward: Ward) -> Finding:
    return await ward.row("genesis", ward.fleet(MINER))


async def test_ones_own_chain_is_no_public_network(ward: Ward) -> None:
    fleet = ward.fleet(MINER, kind="local", network=Network("local", ward.chain.url))
    assert (await ward.row("genesis", fleet)).found.endswith("is no public network's")


@red("genesis")
async def test_another_chain_than_the_network_names_fails(ward: Ward) -> Finding:
    fleet = ward.fleet(MINER, network=replace(NETWORKS["test"], endpoint=ward.chain.url))
    seen = await ward.seen(fleet)
    assert "another chain" in finding_of("balance", seen).found
    assert finding_of("chain", seen).verdict == "unseen"
    return finding_of("genesis", seen)


@green("subnet")
async def test_a_subnet_that_is_there_is_well(ward: Ward, netuid: int) -> Finding:
    return await ward.row("subnet", ward.fleet(MINER, netuid=netuid))


@red("subnet")
async def test_a_subnet_that_is_not_there_fails(ward: Ward) -> Finding:
    seen = await ward.seen(ward.fleet(MINER, netuid=999))
    assert finding_of("price", seen).found == "not looked at: there is no subnet 999"
    return finding_of("subnet", seen)


@red("subnet")
async def test_a_subnet_that_is_not_started_is_a_warning(ward: Ward) -> Finding:
    netuid = ward.chain.add_subnet(active=False)
    found = await ward.row("subnet", ward.fleet(MINER, netuid=netuid))
    assert found.verdict == "warning"
    return found


@green("registration")
async def test_open_registration_is_well(ward: Ward, netuid: int) -> Finding:
    found = await ward.row("registration", ward.fleet(MINER, netuid=netuid))
    assert found.found == "open; to be registered: miner_1"
    return found


@red("registration")
async def test_closed_registration_fails_while_somebody_waits(ward: Ward, netuid: int) -> Finding:
    ward.chain.fault("registration-closed", netuid=netuid)
    found = await ward.row("registration", ward.fleet(MINER, netuid=netuid))
    assert found.found == "closed, and without a uid: miner_1"
    return found


async def test_closed_registration_is_nobodys_affair_once_all_are_in(ward: Ward, netuid: int) -> None:
    ward.registered(MINER, netuid)
    ward.chain.fault("registration-closed", netuid=netuid)
    assert (await ward.row("registration", ward.fleet(MINER, netuid=netuid))).verdict == "good"


@red("registration")
async def test_a_full_subnet_is_a_warning_while_somebody_waits(ward: Ward, netuid: int) -> Finding:
    ward.chain.fault("full-subnet", netuid=netuid)
    found = await ward.row("registration", ward.fleet(MINER, netuid=netuid))
    assert found.verdict == "warning"
    return found


@green("requests")
async def test_ones_own_node_is_well(ward: Ward) -> Finding:
    return await ward.row("requests", ward.fleet(MINER))


async def on_testnet(ward: Ward, neurons: int) -> Finding:
    """The row for so many neurons on the public endpoint, which nobody asks anything."""
    fleet = ward.fleet(*(neuron(f"miner_{i}") for i in range(neurons)))
    async with ward.world(fleet) as world:
        seen = await observe.observe(replace(fleet, network=Network("custom", "")), world, ward.machine)
    return finding_of("requests", replace(seen, fleet=replace(fleet, network=NETWORKS["test"])))


@green("requests")
async def test_few_neurons_on_a_public_endpoint_are_well(ward: Ward) -> Finding:
    return await on_testnet(ward, 5)


@red("requests")
async def test_many_neurons_on_a_public_endpoint_are_a_warning(ward: Ward) -> Finding:
    found = await on_testnet(ward, 16)
    assert found.found == "16 neurons ask about 192 times when they start; 1 a second is answered"
    return found


@green("price")
async def test_a_price_below_the_cap_is_well(ward: Ward, netuid: int) -> Finding:
    found = await ward.row("price", ward.fleet(MINER, netuid=netuid, max_burn_rao=100 * TAO))
    assert found.found.endswith("the cap is 100.0")
    return found


@red("price")
async def test_a_price_above_the_cap_fails_and_says_when_it_falls(ward: Ward, netuid: int) -> Finding:
    ward.chain.fault("price-jump", netuid=netuid, factor=8)
    found = await ward.row("price", ward.fleet(MINER, netuid=netuid, max_burn_rao=TAO // 10))
    assert "it falls to that in" in found.found
    return found


@red("price")
async def test_no_cap_on_a_network_that_is_not_ones_own_is_a_warning(ward: Ward, netuid: int) -> Finding:
    found = await ward.row("price", ward.fleet(MINER, netuid=netuid))
    assert found.verdict == "warning"
    return found


async def test_the_price_is_nobodys_affair_once_all_are_in(ward: Ward, netuid: int) -> None:
    ward.registered(MINER, netuid)
    found = await ward.row("price", ward.fleet(MINER, netuid=netuid, max_burn_rao=1))
    assert found.found.endswith("nobody is to be registered")


@green("balance")
async def test_a_coldkey_that_can_pay_is_well(ward: Ward, netuid: int) -> Finding:
    ward.with_keys(MINER, tao=100)
    return await ward.row("balance", ward.fleet(MINER, netuid=netuid))


@red("balance")
async def test_a_coldkey_that_cannot_pay_fails(ward: Ward, netuid: int) -> Finding:
    ward.with_keys(MINER, tao=0)
    found = await ward.row("balance", ward.fleet(MINER, netuid=netuid))
    assert found.found.startswith("wallet_miner_1 has 0.0, needs ")
    return found


@red("balance")
async def test_a_coldkey_without_money_for_fees_is_a_warning(ward: Ward, netuid: int) -> Finding:
    _, coldkey = ward.registered(MINER, netuid)
    ward.chain.call("Balances", "transfer_all", origin=coldkey, dest=ALICE, keep_alive=True)
    found = await ward.row("balance", ward.fleet(MINER, netuid=netuid))
    assert found.verdict == "warning"
    return found


async def test_on_ones_own_chain_the_dev_account_pays(ward: Ward, netuid: int) -> None:
    ward.with_keys(MINER, tao=0)
    assert (await ward.row("balance", ward.fleet(MINER, netuid=netuid, kind="local"))).verdict == "good"
