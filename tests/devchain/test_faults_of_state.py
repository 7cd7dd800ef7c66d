"""Faults that are states of the chain: made in a block, undone in another, kept over a restart."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from bittensor_core import Keypair

from netctl.devchain.chain import Chain
from netctl.devchain.faults import acts
from netctl.devchain.faults.fault import BadFault
from netctl.devchain.pallets.subtensor import items
from netctl.devchain.storage import Item
from tests.devchain.lab import BOB, Signer, make_chain

NETUID = 1


def value(chain: Chain, name: str) -> Any:
    return Item("SubtensorModule", name).get(chain.view(), NETUID)


def register(chain: Chain, uri: str) -> None:
    key = Keypair.create_from_uri(uri)
    args = {"netuid": NETUID, "hotkey": key.ss58_address}
    Signer(chain, BOB).run("SubtensorModule", "burned_register", args)


def test_a_price_jump_multiplies_the_price_and_clearing_scales_it_back(chain: Chain) -> None:
    before, ceiling = value(chain, "Burn"), value(chain, "MaxBurn")
    acts.add(chain, "price-jump", factor=5000)
    assert value(chain, "Burn") == pytest.approx(before * 5000, rel=0.01)
    assert value(chain, "MaxBurn") > ceiling
    for _ in range(50):
        chain.seal()
    acts.clear(chain)
    assert value(chain, "Burn") == pytest.approx(before * 0.5 ** (50 / 360), rel=0.01), "what it did meanwhile stays"
    assert value(chain, "MaxBurn") == ceiling


def test_an_alpha_jump_moves_the_pools_price_and_gives_the_alpha_back(chain: Chain) -> None:
    tao, alpha = value(chain, "SubnetTAO"), value(chain, "SubnetAlphaIn")
    acts.add(chain, "alpha-jump", factor=4)
    assert value(chain, "SubnetAlphaIn") == pytest.approx(alpha / 4, rel=1e-3), "but for what blocks emit"
    acts.clear(chain)
    assert value(chain, "SubnetTAO") == pytest.approx(tao, rel=1e-3)
    assert value(chain, "SubnetAlphaIn") == pytest.approx(alpha, rel=1e-3)


def test_a_closed_registration_opens_again_as_it_was(chain: Chain) -> None:
    chain.seal(lambda frame: items.POW_REGISTRATION_ALLOWED.put(frame, False, NETUID))
    was = value(chain, "NetworkRegistrationAllowed"), value(chain, "NetworkPowRegistrationAllowed")
    acts.add(chain, "registration-closed")
    register(chain, "//Late")
    assert value(chain, "SubnetworkN") == 0
    acts.clear(chain)
    assert (value(chain, "NetworkRegistrationAllowed"), value(chain, "NetworkPowRegistrationAllowed")) == was
    register(chain, "//Late")
    assert value(chain, "SubnetworkN") == 1


def test_a_full_subnet_replaces_until_it_is_cleared(chain: Chain) -> None:
    slots = value(chain, "MaxAllowedUids")
    register(chain, "//First")
    acts.add(chain, "full-subnet")
    register(chain, "//Second")
    assert value(chain, "SubnetworkN") == 1
    acts.clear(chain)
    assert value(chain, "MaxAllowedUids") == slots
    register(chain, "//Third")
    assert value(chain, "SubnetworkN") == 2


def test_faults_in_the_state_are_listed_and_undone_by_another_process_on_the_same_data(tmp_path: Path) -> None:
    first = make_chain(tmp_path)
    number = acts.add(first, "price-jump", factor=10)["id"]
    acts.add(first, "pool-1014")
    first.close()
    second = make_chain(tmp_path)
    assert [(each["id"], each["kind"], each["in_chain_state"]) for each in acts.listed(second)] == [
        (number, "price-jump", True)
    ]
    jumped = value(second, "Burn")
    assert acts.add(second, "drop")["id"] > number, "ids are not used twice"
    acts.clear(second)
    assert value(second, "Burn") < jumped / 9
    assert acts.listed(second) == []
    second.close()


def test_the_same_fault_of_one_subnet_cannot_be_added_twice(chain: Chain) -> None:
    acts.add(chain, "full-subnet")
    with pytest.raises(BadFault, match="already"):
        acts.add(chain, "full-subnet")
    with pytest.raises(BadFault, match="no subnet 77"):
        acts.add(chain, "full-subnet", netuid=77)


async def test_a_fault_in_the_state_ends_in_time_by_itself(chain: Chain) -> None:
    before = value(chain, "Burn")
    acts.add(chain, "price-jump", factor=10, for_s=0.05)
    async with asyncio.timeout(5):
        while acts.listed(chain):  # noqa: ASYNC110  a timer of the chain's ends it
            await asyncio.sleep(0.01)
    assert value(chain, "Burn") == pytest.approx(before, rel=0.02)
