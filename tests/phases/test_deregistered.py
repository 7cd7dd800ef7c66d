"""Neurons that lost their uid: seen on the chain, told, and registered again only when somebody asks for it."""

from __future__ import annotations

import secrets
from dataclasses import replace
from pathlib import Path

import pytest

from netctl.fleet import Fleet, Network
from netctl.footing import footing_of
from netctl.ports import Call, World
from tests.chains import ALICE, RunningChain
from tests.phases import fleets
from tests.phases.fleets import TAO
from tests.phases.test_money_on_the_chain import WANTED, own_fleet, plan, up


async def by_alice(world: World, *calls: Call) -> None:
    alice = world.keys.dev_signer("//Alice")
    for call in calls:
        nonce = (await world.chain.accounts([ALICE]))[ALICE].next_nonce
        await world.chain.submit(await world.chain.sign(call, alice, nonce=nonce, lifetime_blocks=64))


def sudo(function: str, **arguments: int) -> Call:
    return Call("Sudo", "sudo", {"call": Call("AdminUtils", function, arguments)})


async def pruned(world: World, fleet: Fleet, by: int = 1) -> None:
    """Strangers take the uids of the fleet's first neurons: the subnet is full, and nobody is immune."""
    graph = await world.chain.metagraph(fleet.netuid)
    assert graph is not None
    count = len(graph.rows)
    await by_alice(
        world,
        sudo("sudo_set_min_allowed_uids", netuid=fleet.netuid, min_allowed_uids=1),
        sudo("sudo_set_max_allowed_uids", netuid=fleet.netuid, max_allowed_uids=count),
        sudo("sudo_set_min_non_immune_uids", netuid=fleet.netuid, min=0),
        sudo("sudo_set_immunity_period", netuid=fleet.netuid, immunity_period=0),
        *(
            Call("SubtensorModule", "burned_register", {"netuid": fleet.netuid, "hotkey": _stranger(world)})
            for _ in range(by)
        ),
    )


def _stranger(world: World) -> str:
    return world.keys.dev_signer(f"//{secrets.token_hex(8)}").ss58


def miners(count: int) -> tuple[fleets.NeuronSpec, ...]:
    return tuple(fleets.neuron(f"miner_{i}") for i in range(1, count + 1))


async def uids(world: World, fleet: Fleet) -> dict[str, int | None]:
    keys = {n.name: world.keys.facts(n.wallet, n.hotkey).hotkey_ss58 or "" for n in fleet.neurons}
    return {name: await world.chain.uid(fleet.netuid, hotkey) for name, hotkey in keys.items()}


async def lost(world: World, fleet: Fleet) -> dict[str, str]:
    keys = {n.name: world.keys.facts(n.wallet, n.hotkey) for n in fleet.neurons}
    return dict((await footing_of(fleet, world, keys, await world.chain.metagraph(fleet.netuid))).lost)


async def test_a_pruned_neuron_is_told_and_costs_nothing_until_it_is_asked_for(world: World) -> None:
    fleet = (await up(own_fleet(neurons=miners(3), subnet=WANTED), world)).fleet
    await pruned(world, fleet)
    assert (await uids(world, fleet))["miner_1"] is None
    (blocked,) = (await plan(fleet, world)).blocked
    assert (blocked.neuron, blocked.hint) == ("miner_1", "netctl register --reregister miner_1")
    assert blocked.why.startswith("deregistered: it was registered in block ")
    for _ in range(2):
        outcome = await up(fleet, world)
        assert (outcome.spent_rao, outcome.done) == (0, ())
        assert [n.ending for n in outcome.neurons] == ["blocked", "ok", "ok"]
    outcome = await up(replace(fleet, reregister=True), world)
    assert outcome.failures == ()
    assert (await uids(world, fleet))["miner_1"] is not None


async def test_one_that_never_had_a_uid_registers_beside_one_that_lost_it(world: World) -> None:
    fleet = (await up(own_fleet(neurons=miners(2), subnet=WANTED), world)).fleet
    await pruned(world, fleet)
    await by_alice(world, sudo("sudo_set_max_allowed_uids", netuid=fleet.netuid, max_allowed_uids=64))
    grown = replace(fleet, neurons=miners(3))
    outcome = await up(grown, world)
    assert [(n.name, n.ending) for n in outcome.neurons] == [
        ("miner_1", "blocked"),
        ("miner_2", "ok"),
        ("miner_3", "ok"),
    ]
    assert (await uids(world, grown))["miner_3"] is not None


@pytest.mark.slow
async def test_without_the_journal_alpha_left_on_the_hotkey_shows_it(world: World, tmp_path: Path) -> None:
    fleet = (await up(own_fleet(neurons=miners(2), subnet=WANTED), world)).fleet
    hotkey = world.keys.facts("wallet_miner_1", "hotkey").hotkey_ss58
    arguments = {"hotkey": hotkey, "netuid": fleet.netuid, "amount_staked": TAO}
    await by_alice(world, Call("SubtensorModule", "add_stake", arguments))
    await pruned(world, fleet)
    (tmp_path / "journal.jsonl").unlink()
    assert list(await lost(world, fleet)) == ["miner_1"]
    assert (await lost(world, fleet))["miner_1"].endswith(" alpha are left on it")
    assert (await up(fleet, world)).spent_rao == 0


@pytest.mark.slow
async def test_without_the_journal_a_stranger_on_the_expected_uid_shows_it(world: World, tmp_path: Path) -> None:
    first, second = miners(2)
    fleet = (await up(own_fleet(neurons=(first, second), subnet=WANTED), world)).fleet
    uid = (await uids(world, fleet))["miner_1"]
    await pruned(world, fleet)
    (tmp_path / "journal.jsonl").unlink()
    assert await lost(world, fleet) == {}
    expecting = replace(fleet, neurons=(replace(first, expected_uid=uid), second))
    assert f"uid {uid} is held by 5" in (await lost(world, expecting))["miner_1"]


async def test_a_new_key_on_a_uid_that_others_hold_was_never_registered(world: World) -> None:
    """The profile expects a uid that somebody has had all along: the hotkey is unknown to the chain."""
    fleet = (await up(own_fleet(neurons=miners(1), subnet=WANTED), world)).fleet
    fresh = replace(fleet, neurons=(*miners(1), fleets.neuron("miner_2", expected_uid=0)))
    outcome = await up(fresh, world)
    assert outcome.failures == ()


@pytest.mark.slow
async def test_a_registration_of_another_chain_is_no_evidence(world: World, tmp_path: Path) -> None:
    """The journal of a chain that was purged: the block of that number has another hash here."""
    fleet = (await up(own_fleet(neurons=miners(2), subnet=WANTED), world)).fleet
    await pruned(world, fleet)
    assert list(await lost(world, fleet)) == ["miner_1"]
    journal = tmp_path / "journal.jsonl"
    hashes = {e["block_hash"] for e in world.journal.entries() if e["kind"] == "outcome" and "block_hash" in e}
    text = journal.read_text()
    for known in hashes:
        text = text.replace(known, "0x" + "ab" * 32)
    journal.write_text(text)
    assert await lost(world, fleet) == {}


@pytest.mark.slow
async def test_registering_again_wants_a_budget_where_money_is_real(world: World, node: RunningChain) -> None:
    fleet = (await up(own_fleet(neurons=miners(2), subnet=WANTED), world)).fleet
    await pruned(world, fleet)
    node.faucet(world.keys.coldkey_ss58("wallet_miner_1") or "", 10 * TAO)
    public = replace(fleet, network=Network("custom", node.url), reregister=True)
    (blocked,) = (await plan(public, world)).blocked
    assert blocked.why.endswith("registering again needs a budget")
    bounded = replace(public, registration=replace(public.registration, budget_rao=5 * TAO))
    assert (await up(bounded, world)).failures == ()
    assert (await uids(world, fleet))["miner_1"] is not None
