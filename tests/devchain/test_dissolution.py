"""The end of subnets: who goes, who is paid, and that nothing is left of one."""

from __future__ import annotations

from typing import Any

import bittensor as bt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from netctl.devchain.options import ChainOptions
from netctl.devchain.pallets.ledger import EXISTENTIAL_DEPOSIT_RAO
from netctl.devchain.pallets.subtensor.dissolution import KEPT, parts_rao
from netctl.devchain.pallets.subtensor.ownership import subnet_account
from netctl.devchain.runtime import maps_by_netuid
from netctl.devchain.storage import Item
from tests.devchain.laws import check
from tests.devchain.live_chain import ADMIN, ST, TAO, Live

DISSOLVED = ["SubtensorModule.NetworkRemoved", "SubtensorModule.NetworkDissolveCleanupCompleted"]


async def staked(live: Live, name: str, tao: int, netuid: int = 1) -> Any:
    made = live.funded(f"//{name}", tao=tao + 100)
    await live.register(made, netuid)
    await live.done(ST.add_stake(hotkey=made.hotkey_address, netuid=netuid, amount_staked=tao * TAO), made)
    return made


def told(live: Live) -> list[str]:
    return [name for name in live.event_names() if "Network" in name]


def remains(live: Live, netuid: int) -> set[str]:
    """Maps that still know this netuid."""
    found = set()
    for pallet, name, place, by_mechanism in maps_by_netuid(461):
        if name not in KEPT and not by_mechanism:
            keys = [key for key, _ in Item(pallet, name).entries(live.view) if key[place] == netuid]
            found |= {name} if keys else set()
    return found


@pytest.mark.parametrize("registered_at", [0, 1])
async def test_stakers_have_their_part_of_the_pool_and_nothing_is_left_of_the_subnet(
    live: Live, registered_at: int
) -> None:
    """The pool's own alpha counts against them, but not in a subnet that is there since the chain's first block."""
    live.chain.seal(lambda frame: Item("SubtensorModule", "NetworkRegisteredAt").put(frame, registered_at, 1))
    ann, bob = await staked(live, "Ann", 3_000), await staked(live, "Bob", 1_000)
    live.mine(100)
    await live.done(ST.set_weights(netuid=1, dests=[1], weights=[1], version_key=0), ann, hotkey=True)
    live.mine(110)
    pot, pool = live.storage("SubnetTAO", 1), live.storage("SubnetProtocolAlpha", 1)
    pool += live.storage("SubnetAlphaIn", 1) if registered_at else 0
    held = [
        alpha for (_, netuid), alpha in Item("SubtensorModule", "TotalHotkeyAlpha").entries(live.view) if netuid == 1
    ]
    whose = [(who.address, live.storage("TotalHotkeyAlpha", who.hotkey_address, 1)) for who in (ann, bob)]
    before = {address: live.free(address) for address, _ in whose}
    assert {"AlphaV2", "Uids", "Emission", "TotalHotkeyAlphaLastEpoch", "IsNetworkMember"} <= remains(live, 1)
    emitted = live.storage("BlockEmission")
    await live.sudo(ST.root_dissolve_network(netuid=1))
    assert told(live) == DISSOLVED
    for address, alpha in whose:
        due = (pot + emitted) * alpha // (pool + sum(held))
        assert due * 0.999 < live.free(address) - before[address] <= due + 1, "a rao of the rounding may be its own"
    assert not live.storage("NetworksAdded", 1)
    assert live.free(subnet_account(1)) == EXISTENTIAL_DEPOSIT_RAO
    assert remains(live, 1) == set()
    assert live.storage("Weights", 1, 0) == []
    assert [each.netuid for each in await live.client.subnets.all()] == [0]
    check(live.view)
    live.mine(3)
    check(live.view)
    assert live.chain.status()["unsupported"] == {}


async def test_neither_the_owner_nor_anybody_but_root_dissolves(live: Live) -> None:
    owner = live.funded("//Owner", tao=10_000)
    await live.done(ST.register_network(hotkey=owner.hotkey_address), owner)
    for call in (ST.root_dissolve_network(netuid=2), ST.dissolve_network(coldkey=owner.address, netuid=2)):
        await live.refused(call, owner)
        assert live.storage("NetworksAdded", 2)
    await live.sudo(ST.dissolve_network(coldkey=owner.address, netuid=2))
    assert not live.storage("NetworksAdded", 2)
    check(live.view)


@pytest.mark.parametrize("netuid", [0, 9])
async def test_root_itself_and_what_is_not_there_cannot_be_dissolved(live: Live, netuid: int) -> None:
    sudo = bt.calls.Sudo.sudo(call=await live.client.compose(ST.root_dissolve_network(netuid=netuid)))
    await live.included(sudo, live.alice)
    assert "SubtensorModule.NetworkRemoved" not in live.event_names()
    assert live.storage("NetworksAdded", 0)


async def full(live: Live, *names: str, limit: int = 3) -> dict[str, Any]:
    """A chain with as many subnets as it may have: 1 and those of these people."""
    await live.sudo(ADMIN.sudo_set_subnet_limit(max_subnets=limit))
    people = {name: live.funded(f"//{name}", tao=50_000) for name in names}
    for each in people.values():
        await live.done(ST.register_network(hotkey=each.hotkey_address), each)
    return people


async def test_at_the_limit_the_cheapest_subnet_makes_room_and_the_buyer_has_its_netuid(live: Live) -> None:
    await full(live, "Dear", "Cheap")
    await live.sudo(ADMIN.sudo_set_network_immunity_period(immunity_period=5))
    live.chain.seal(lambda frame: Item("SubtensorModule", "SubnetMovingPrice").put(frame, {"bits": 1 << 30}, 3))
    live.mine(5)
    buyer = live.funded("//Buyer", tao=50_000)
    before = live.free(buyer.address)
    result = await live.done(ST.register_network(hotkey=buyer.hotkey_address), buyer)
    assert told(live) == [
        DISSOLVED[0],
        "SubtensorModule.NetworkRegistrationQueued",
        DISSOLVED[1],
        "SubtensorModule.NetworkAdded",
    ]
    assert dict(live.events())["SubtensorModule.NetworkAdded"] == (3, 1)
    assert live.storage("SubnetOwner", 3) == buyer.address
    cost = dict(live.events())["SubtensorModule.NetworkRegistrationQueued"]["lock_amount"]
    assert before - live.free(buyer.address) - result.fee.rao == cost == live.storage("SubnetLocked", 3)
    account = Item("System", "Account").get(live.view, buyer.address)
    assert (account["data"]["frozen"], account["consumers"]) == (0, 0)
    assert Item("Balances", "Locks").get(live.view, buyer.address) == []
    assert live.storage("RegisteredSubnetCounter", 3) == 2
    assert live.storage("TotalNetworks") == 4
    check(live.view)


async def test_equal_prices_let_the_oldest_go_and_the_immune_never(live: Live) -> None:
    people = await full(live, "Elder", "Younger")
    await live.sudo(ADMIN.sudo_set_network_immunity_period(immunity_period=1_000))
    for netuid in (1, 2, 3):
        live.chain.seal(
            lambda frame, netuid=netuid: Item("SubtensorModule", "SubnetMovingPrice").put(
                frame, {"bits": 1 << 32}, netuid
            )
        )
    buyer = live.funded("//Buyer", tao=50_000)
    call = ST.register_network(hotkey=buyer.hotkey_address)
    assert await live.refused(call, buyer) == "SubnetLimitReached"
    await live.sudo(ADMIN.sudo_set_network_immunity_period(immunity_period=0))
    await live.done(call, buyer)
    assert dict(live.events())["SubtensorModule.NetworkAdded"] == (1, 1)
    assert live.storage("SubnetOwner", 2) == people["Elder"].address


async def test_second_buyer_of_a_block_waits_for_the_next(live: Live) -> None:
    await full(live, "One", "Two")
    await live.sudo(ADMIN.sudo_set_network_immunity_period(immunity_period=0))
    buyers = [live.funded(f"//Buyer{at}", tao=90_000) for at in range(2)]
    both = [await live.client.compose(ST.register_network(hotkey=each.hotkey_address)) for each in buyers]
    await live.done(bt.calls.Utility.batch_all(calls=both), buyers[0])
    names = told(live)
    assert names.count(DISSOLVED[0]) == 2
    assert names.count("SubtensorModule.NetworkAdded") == 1
    assert len(live.storage("NetworkRegistrationQueue")) == 1
    assert Item("System", "Account").get(live.view, buyers[0].address)["data"]["frozen"] > 0
    check(live.view)
    live.mine()
    assert told(live) == [DISSOLVED[1], "SubtensorModule.NetworkAdded"]
    assert live.storage("NetworkRegistrationQueue") == []
    assert sorted(each.netuid for each in await live.client.subnets.all()) == [0, 1, 2, 3]
    check(live.view)


@given(st.integers(0, 10**16), st.lists(st.integers(1, 10**15), max_size=20), st.integers(0, 10**15))
def test_parts_are_whole_and_nobody_has_a_rao_too_much(pot: int, alphas: list[int], own: int) -> None:
    total = own + sum(alphas)
    parts = parts_rao(pot, alphas, total)
    assert sum(parts) <= pot
    assert own or not alphas or sum(parts) == pot
    assert all(abs(part * total - pot * alpha) <= total for part, alpha in zip(parts, alphas, strict=True))


@pytest.fixture
def chain_options() -> ChainOptions:
    return ChainOptions(seal="instant")
