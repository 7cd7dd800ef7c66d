"""Public endpoints answer about one request a second: what netctl asks of them is counted."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from netctl import reconcile
from netctl.adapters.chain import SdkChain
from netctl.adapters.chain_find import block_of
from netctl.adapters.clock import SystemClock
from netctl.adapters.keystore import SdkKeystore
from netctl.fleet import Fleet, Network
from netctl.footing import footing_of
from netctl.journal import FileJournal
from netctl.phases import funding, registration, stake, subnet, wallets
from netctl.ports import Call, Signed, World
from tests.chains import ALICE, TAO, RunningChain
from tests.fakes import FaultyWire
from tests.phases import fleets
from tests.phases.twin import Listener, NoSessions

MONEY = (wallets, funding, subnet, registration, stake)


@pytest.fixture
async def wire(devchain: RunningChain) -> AsyncIterator[FaultyWire]:
    async with FaultyWire(devchain.url) as relay:
        yield relay


@pytest.fixture
async def world(wire: FaultyWire, tmp_path: Path) -> AsyncIterator[World]:
    clock, host = SystemClock(), NoSessions()
    journal = FileJournal(tmp_path / "journal.jsonl", clock=clock)
    chain = SdkChain(wire.url, deadline_s=10)
    yield World(chain, SdkKeystore(tmp_path / "wallets"), host, clock, journal, Listener(), {})  # type: ignore[arg-type]
    await chain.close()


async def _paid(world: World) -> Signed:
    alice = world.keys.dev_signer("//Alice")
    nonce = (await world.chain.accounts([ALICE]))[ALICE].next_nonce
    call = Call("Balances", "transfer_keep_alive", {"dest": world.keys.dev_signer("//Bob").ss58, "value": TAO})
    signed = await world.chain.sign(call, alice, nonce=nonce, lifetime_blocks=64)
    await world.chain.submit(signed)
    return signed


async def test_an_extrinsic_is_found_in_a_handful_of_requests_wherever_it_is(
    world: World, wire: FaultyWire, devchain: RunningChain
) -> None:
    await asyncio.to_thread(devchain.mine, 64)
    signed = await _paid(world)
    await asyncio.to_thread(devchain.mine, 64)
    first = signed.last_block - 127
    wire.requests.clear()
    found = await world.chain.find(
        signed.hash, signer_ss58=ALICE, nonce=signed.nonce, first_block=first, last_block=signed.last_block
    )
    assert found is not None
    assert found.extrinsic_hash == signed.hash
    assert wire.requests.count("chain_getBlock") <= 2
    assert len(wire.requests) <= 40


async def test_an_extrinsic_is_found_also_where_the_account_tells_nothing(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    from netctl.adapters import chain_find
    from netctl.ports import Account

    signed = await _paid(world)

    async def reaped(*_args: Any) -> Account:
        return Account(0, 0, 0)

    monkeypatch.setattr(chain_find, "_account", reaped)
    wanted = chain_find.Wanted(signed.hash, ALICE, signed.nonce, signed.last_block - 63, signed.last_block)
    block = await block_of(world.chain._link, wanted)  # type: ignore[attr-defined]
    assert block is not None
    assert block.number <= signed.last_block


async def test_a_plan_for_five_neurons_and_its_repetition_take_few_requests(world: World, wire: FaultyWire) -> None:
    own = fleets.day2(name="thrifty", netuid=428)
    await reconcile.up(own, world, confirm=lambda _plan, _cost: None, phases=[subnet])
    netuid = await subnet.actual_netuid(own, world)
    assert netuid is not None
    public = replace(own, netuid=netuid, network=Network("custom", wire.url))
    wire.requests.clear()
    assert (await reconcile.plan(public, world, phases=MONEY)).steps
    assert len(wire.requests) <= 12
    wire.requests.clear()
    rich = replace(public, neurons=public.miners)
    await reconcile.up(
        replace(rich, network=Network("local", wire.url)), world, confirm=lambda _plan, _cost: None, phases=MONEY
    )
    # One of them for each registration: whether the coldkey can pay it.
    assert len(wire.requests) <= 165
    wire.requests.clear()
    second = await reconcile.up(rich, world, confirm=lambda _plan, _cost: None, phases=MONEY)
    assert (second.done, second.failures) == ((), ())
    assert len(wire.requests) <= 24


METAGRAPH = "SubnetInfoRuntimeApi_get_metagraph"


def crowd(count: int) -> Fleet:
    """So many miners and a validator, on a subnet of their own."""
    miners = [fleets.neuron(f"miner_{i}") for i in range(1, count + 1)]
    return fleets.fleet(*miners, fleets.neuron("validator_1", stake_rao=300 * TAO), name=f"crowd-{count}")


async def counted(world: World, wire: FaultyWire, count: int) -> dict[str, tuple[int, int]]:
    """Requests, and metagraphs among them, of plans, a second `up`, and a look at the footing, for so many miners."""
    fleet = (await reconcile.up(crowd(count), world, confirm=lambda _plan, _cost: None, phases=MONEY)).fleet
    keys = {n.name: world.keys.facts(n.wallet, n.hotkey) for n in fleet.neurons}
    lacking = replace(fleet, neurons=(*fleet.neurons, fleets.neuron("miner_0"), fleets.neuron("miner_00")))
    await reconcile.up(lacking, world, confirm=lambda _plan, _cost: None, phases=[wallets])
    found = {}

    async def count_of(name: str, work: Awaitable[object]) -> None:
        wire.requests.clear()
        wire.runtime_calls.clear()
        await work
        found[name] = (len(wire.requests), wire.runtime_calls.count(METAGRAPH))

    await count_of("plan of what is there", reconcile.plan(fleet, world, phases=MONEY))
    await count_of("plan with two more", reconcile.plan(lacking, world, phases=MONEY))
    await count_of("second up", reconcile.up(fleet, world, confirm=lambda _plan, _cost: None, phases=MONEY))
    await count_of("footing", footing_of(fleet, world, keys, await world.chain.metagraph(fleet.netuid)))
    return found


async def test_four_times_the_neurons_take_no_more_requests(world: World, wire: FaultyWire) -> None:
    few, many = await counted(world, wire, 4), await counted(world, wire, 16)
    assert many == few
    assert few["plan of what is there"][1] == few["plan with two more"][1] == 1
    assert few["second up"][1] == 3
    assert max(requests for requests, _ in few.values()) <= 40
