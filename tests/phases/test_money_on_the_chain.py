"""The laws of the money phases again, on the embedded chain through the real SDK and real keyfiles."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from netctl import reconcile
from netctl.fleet import Fleet
from netctl.paying import dues
from netctl.phases import funding, registration, stake, subnet, wallets
from netctl.plan import Plan
from netctl.ports import BurnRule, Chain, Receipt, Signed, Turns, World
from netctl.pricing import curve
from netctl.standing import Outcome
from netctl.step import Phase
from tests.chains import ALICE, start_chain
from tests.fakes import Killed
from tests.phases import fleets
from tests.phases.fleets import TAO
from tests.phases.worlds import world_on

MONEY: tuple[Phase, ...] = (wallets, funding, subnet, registration, stake)
WANTED = {"tempo": 20, "min_burn": 500_000, "max_burn": TAO, "commit_reveal_weights_enabled": False}
UNLISTED = {"yuma3_enabled": False, "epoch_consensus": "Yuma"}
NUMBERS = itertools.count(1)


@pytest.fixture
async def new_world(tmp_path: Path) -> AsyncIterator[World]:
    """A chain of its own: each subnet costs twice as much as the one before, which many tests could not pay."""
    node = start_chain(tmp_path / "chain", seal="interval")
    world = world_on(node, tmp_path)
    yield world
    await world.chain.close()
    node.stop()


def own_fleet(**changes: Any) -> Fleet:
    """The plan's experiment on a subnet of its own, which does not exist yet."""
    number = next(NUMBERS)
    return fleets.day2(**{"subnet": WANTED, "netuid": 4000 + number, "name": f"fleet-{number}", **changes})


async def up(fleet: Fleet, world: World) -> Outcome:
    return await reconcile.up(fleet, world, confirm=lambda plan, cost: None, phases=MONEY)


async def plan(fleet: Fleet, world: World) -> Plan:
    return await reconcile.plan(fleet, world, phases=MONEY)


async def test_a_fleet_comes_up_and_a_second_run_does_nothing(world: World) -> None:
    fleet = own_fleet()
    planned = await plan(fleet, world)
    outcome = await up(fleet, world)
    assert outcome.failures == ()
    assert sorted((s.phase, s.neuron or "", s.action) for s in planned.steps) == sorted(
        (s.phase, s.neuron or "", s.action) for s in outcome.done
    )
    assert outcome.spent_rao == pytest.approx(planned.cost_rao, rel=0.01)
    alice = (await world.chain.accounts([ALICE]))[ALICE]
    second = await up(fleet, world)
    assert (second.done, second.spent_rao) == ((), 0)
    assert (await world.chain.accounts([ALICE]))[ALICE] == alice
    assert (await plan(fleet, world)).is_empty


async def test_the_subnet_ends_as_the_profile_says(world: World) -> None:
    fleet = own_fleet(
        subnet={**WANTED, "burn_increase_mult": 3 << 63, "max_validators": 7, "weights_rate_limit": 0, **UNLISTED}
    )
    netuid = (await up(fleet, world)).fleet.netuid
    found = await world.chain.subnet(netuid)
    assert found is not None
    assert found.started
    names = {**WANTED, "burn_increase_mult": 1.5, "max_validators": 7, "weights_rate_limit": 0, "yuma3_enabled": False}
    assert {name: found.hyperparameters.get(name) for name in names} == names


async def test_what_the_chain_does_not_list_is_read_and_set_also_after_a_death_in_between(world: World) -> None:
    fleet = own_fleet(subnet={**WANTED, **UNLISTED})
    facts = await subnet.observe(fleet, world)
    for step in subnet.diff(fleet, facts).steps[:2]:
        await step.apply(world)
    fleet = replace(fleet, netuid=await _netuid(fleet, world))
    (left,) = subnet.diff(fleet, await subnet.observe(fleet, world)).steps
    assert "yuma3_enabled False" in left.summary()
    await left.apply(world)
    assert subnet.diff(fleet, await subnet.observe(fleet, world)).steps == ()


async def test_the_burn_curve_is_the_one_that_the_chain_charges(world: World) -> None:
    fleet = own_fleet(subnet={"tempo": 20, "max_burn": 50 * TAO})
    before = await _rule_of_new_subnet(fleet, world)
    head = (await world.chain.head()).number
    later = await world.chain.wait_for_block(head + 10, timeout_s=30)
    after = await world.chain.burn_rule(await _netuid(fleet, world))
    assert after is not None
    blocks = range(later.number - head - 2, later.number - head + 3)
    forecasts = [curve.after_blocks(before, before.burn_rao, count) for count in blocks]
    assert min(forecasts) * 0.999 <= after.burn_rao <= max(forecasts) * 1.001


async def test_a_burst_of_registrations_costs_what_was_forecast(world: World) -> None:
    fleet = own_fleet(neurons=tuple(fleets.neuron(f"miner_{i}", wallet="one", hotkey=f"h{i}") for i in range(6)))
    rule = await _rule_of_new_subnet(fleet, world)
    await reconcile.up(fleet, world, confirm=lambda plan, cost: None, phases=[wallets, funding])
    outcome = await reconcile.up(fleet, world, confirm=lambda plan, cost: None, phases=[registration])
    assert outcome.failures == ()
    forecast = sum(curve.costs_in_sequence(rule, 6))
    assert outcome.spent_rao == pytest.approx(forecast, rel=0.15)


async def test_a_new_subnet_has_the_price_that_the_first_funding_assumes(world: World) -> None:
    fleet = own_fleet(subnet={})
    rule = await _rule_of_new_subnet(fleet, world)
    assumed = dues.NEW_SUBNET_RULE
    assert rule.burn_rao <= assumed.burn_rao
    assert (rule.min_burn_rao, rule.max_burn_rao) == (assumed.min_burn_rao, assumed.max_burn_rao)
    assert (rule.increase_mult, rule.half_life_blocks) == (pytest.approx(1.26), assumed.half_life_blocks)


async def test_sixteen_coldkeys_register_within_four_blocks(world: World) -> None:
    crowd = tuple(fleets.neuron(f"miner_{i}") for i in range(16))
    fleet = own_fleet(neurons=crowd, subnet={**WANTED, "burn_increase_mult": 1 << 64})
    await reconcile.up(fleet, world, confirm=lambda plan, cost: None, phases=[wallets, funding, subnet])
    assert (await up(fleet, world)).failures == ()
    blocks = [
        entry["block"]
        for entry in world.journal.entries()
        if entry["kind"] == "outcome" and entry["hash"] in _hashes(world, "register")
    ]
    assert len(blocks) == 16
    assert max(blocks) - min(blocks) <= 4


async def test_a_value_out_of_the_chains_range_is_named(world: World) -> None:
    outcome = await up(own_fleet(subnet={"tempo": 20, "max_burn": 5}), world)
    assert "the chain refused new values of max_burn, tempo: ValueNotInBounds" in outcome.neurons[0].why


class Mortal:
    """The real chain for a process that dies before or after one of its extrinsics."""

    def __init__(self, chain: Chain, when: str, position: int) -> None:
        self._chain, self._when, self._left = chain, when, position

    def __getattr__(self, name: str) -> Any:
        return getattr(self._chain, name)

    async def submit(self, signed: Signed) -> Receipt:
        self._left -= 1
        its_turn = self._left == -1
        if its_turn and self._when == "before":
            raise Killed
        receipt = await self._chain.submit(signed)
        if its_turn:
            raise Killed
        return receipt


DEATHS = [("after", 0), ("after", 6)]
MORE_DEATHS = [(when, position) for when in ("before", "after") for position in range(10)]


@pytest.mark.parametrize(
    ("when", "position"), DEATHS + [pytest.param(*death, marks=pytest.mark.slow) for death in MORE_DEATHS]
)
async def test_dying_around_an_extrinsic_moves_the_same_money_once(new_world: World, when: str, position: int) -> None:
    world = new_world
    fleet = own_fleet(subnet={**WANTED, "burn_increase_mult": 1 << 64})
    mortal: Any = Mortal(world.chain, when, position)
    with pytest.raises(BaseExceptionGroup):
        await up(fleet, replace(world, chain=mortal, turns=Turns()))
    assert (await up(fleet, replace(world, turns=Turns()))).failures == ()
    included = {e["hash"] for e in world.journal.entries() if e.get("result") == "included"}
    paid = Counter(e["purpose"] for e in world.journal.entries() if e["kind"] == "intent" and e["hash"] in included)
    assert paid == {
        "fund": 1,
        "make_subnet": 1,
        "start_subnet": 1,
        "set_hyperparameters": 1,
        "register": 5,
        "stake": 1,
    }


def _hashes(world: World, purpose: str) -> set[str]:
    return {entry["hash"] for entry in world.journal.entries() if entry.get("purpose") == purpose}


async def _netuid(fleet: Fleet, world: World) -> int:
    netuid = await subnet.actual_netuid(fleet, world)
    assert netuid is not None
    return netuid


async def _rule_of_new_subnet(fleet: Fleet, world: World) -> BurnRule:
    assert (await reconcile.up(fleet, world, confirm=lambda plan, cost: None, phases=[subnet])).ok
    rule = await world.chain.burn_rule(await _netuid(fleet, world))
    assert rule is not None
    return rule
