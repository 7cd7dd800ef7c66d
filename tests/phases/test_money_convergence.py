"""The law of every money phase: apply the plan and the plan is empty; a second run spends nothing and sends nothing."""

from __future__ import annotations

import pytest

from netctl import reconcile
from netctl.fleet import Fleet
from netctl.money import Rao
from netctl.phases import funding, registration, stake, subnet, wallets
from netctl.plan import Plan
from netctl.standing import Outcome
from netctl.step import Phase
from tests.phases import fleets
from tests.phases.fleets import TAO
from tests.phases.twin import FEE, Twin, address

pytestmark = pytest.mark.fast
MONEY: tuple[Phase, ...] = (wallets, funding, subnet, registration, stake)
WANTED = {"tempo": 20, "min_burn": 500_000, "max_burn": TAO, "commit_reveal_weights_enabled": False}


def agree(plan: Plan, cost_rao: Rao) -> None:
    """Whoever runs the tests is asked nothing."""


async def up(fleet: Fleet, twin: Twin) -> Outcome:
    return await reconcile.up(fleet, twin.world(), confirm=agree, phases=MONEY)


async def plan(fleet: Fleet, twin: Twin) -> Plan:
    return await reconcile.plan(fleet, twin.world(), phases=MONEY)


FLEETS = {
    "the plan's experiment": fleets.day2(subnet=WANTED),
    "encrypted coldkeys": fleets.day2(encrypt=True),
    "one wallet for all": fleets.fleet(*[fleets.neuron(f"miner_{i}", wallet="w", hotkey=f"h{i}") for i in range(5)]),
    "paced under a cap": fleets.day2(subnet=WANTED, stagger="auto", max_burn_rao=TAO // 10),
    "two blocks apart": fleets.day2(stagger=("blocks", 2)),
    "half a minute apart": fleets.day2(stagger=30.0),
    "one neuron": fleets.fleet(fleets.neuron("miner_1")),
}


@pytest.mark.parametrize("fleet", FLEETS.values(), ids=FLEETS)
async def test_an_applied_plan_leaves_nothing_to_plan(fleet: Fleet) -> None:
    twin = Twin()
    outcome = await up(fleet, twin)
    assert outcome.failures == ()
    assert (await plan(fleet, twin)).is_empty
    registered = {hotkey for hotkey, _ in twin.chain.state.subnets[428].keys}
    assert {twin.keys.hotkeys[n.wallet, n.hotkey] for n in fleet.neurons} <= registered


@pytest.mark.parametrize("fleet", FLEETS.values(), ids=FLEETS)
async def test_a_second_run_sends_and_spends_nothing(fleet: Fleet) -> None:
    twin = Twin()
    await up(fleet, twin)
    sent, free = list(twin.chain.included), dict(twin.chain.state.free)
    second = await up(fleet, twin)
    assert (second.done, second.spent_rao) == ((), 0)
    assert (twin.chain.included, twin.chain.state.free) == (sent, free)


@pytest.mark.parametrize("fleet", FLEETS.values(), ids=FLEETS)
async def test_the_plan_before_anything_exists_has_the_steps_that_up_then_takes(fleet: Fleet) -> None:
    twin = Twin()
    planned = await plan(fleet, twin)
    done = (await up(fleet, twin)).done
    assert sorted((s.phase, s.neuron or "", s.action) for s in planned.steps) == sorted(
        (s.phase, s.neuron or "", s.action) for s in done
    )


async def test_spent_is_what_left_the_coldkeys() -> None:
    twin, fleet = Twin(), fleets.day2(subnet=WANTED)
    outcome = await up(fleet, twin)
    alice = address("//Alice")
    own = 1000 * TAO + FEE * twin.chain.state.nonces[alice]
    given = 1_000_000 * TAO - twin.chain.state.free[alice] - own
    left = sum(twin.chain.state.free[ss58] for ss58 in twin.keys.coldkeys.values())
    assert outcome.spent_rao == given - left
    assert 300 * TAO < outcome.spent_rao < 302 * TAO


async def test_fees_that_neurons_spend_meanwhile_cause_no_second_transfer() -> None:
    twin, fleet = Twin(), fleets.day2()
    await up(fleet, twin)
    for ss58 in twin.keys.coldkeys.values():
        twin.chain.state.free[ss58] = 1000
    assert (await plan(fleet, twin)).is_empty


async def test_another_neuron_costs_just_its_own_registration() -> None:
    twin = Twin()
    await up(fleets.day2(), twin)
    more = fleets.fleet(*fleets.day2().neurons, fleets.neuron("miner_9"))
    planned = await plan(more, twin)
    assert {step.neuron for step in planned.steps if step.phase != "funding"} == {"miner_9"}
    assert (await up(more, twin)).ok
    assert twin.chain.calls("register_limit") == 6


async def test_an_old_chain_without_a_price_limit_is_registered_on_all_the_same() -> None:
    twin = Twin()
    twin.chain.register_limit = False
    assert (await up(fleets.day2(), twin)).ok
    assert (twin.chain.calls("burned_register"), twin.chain.calls("register_limit")) == (5, 0)


async def test_the_chain_may_give_another_netuid() -> None:
    twin = Twin()
    twin.chain.first_netuid = 3
    outcome = await up(fleets.day2(), twin)
    assert (outcome.ok, outcome.fleet.netuid) == (True, 3)
    assert "the chain gave netuid 3, not 428; 3 is used" in twin.talk.said
    assert (await plan(fleets.day2(), twin)).is_empty


async def test_hyperparameters_end_as_the_profile_says() -> None:
    twin = Twin()
    await up(fleets.day2(subnet={**WANTED, "burn_increase_mult": 3 << 63, "kappa": 100}), twin)
    found = twin.chain.state.subnets[428].hyperparameters
    assert {name: found[name] for name in WANTED} == WANTED
    assert (found["burn_increase_mult"], found["kappa"]) == (1.5, 100)
    changed = fleets.day2(subnet={**WANTED, "tempo": 50})
    assert [step.summary for step in (await plan(changed, twin)).steps] == ["set on subnet 428: tempo 50"]


async def test_all_funding_goes_in_one_extrinsic_for_up_to_a_hundred_coldkeys() -> None:
    twin = Twin()
    crowd = fleets.fleet(*[fleets.neuron(f"miner_{i}") for i in range(101)], subnet={"max_burn": 500_000})
    assert (await up(crowd, twin)).ok
    blocks = [block for block, _, name, _ in twin.chain.included if name == "transfer_keep_alive"]
    assert (len(blocks), len(set(blocks))) == (101, 2)
