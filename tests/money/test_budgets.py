"""Budgets hold before every payment, also when lanes pay at once and prices move after the plan was agreed to."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from netctl import reconcile
from netctl.errors import OutcomeUnknown, PolicyError
from netctl.fleet import Fleet, Network
from netctl.money import tao_short
from netctl.paying import payment
from netctl.paying.allowance import Budgets, room
from netctl.paying.dues import FEE_BOUND_RAO
from netctl.paying.ends import ends_of
from netctl.paying.intents import INTENT, OUTCOME, Purse, intents
from netctl.paying.policy import remembers
from netctl.phases import registration, stake, subnet, wallets
from netctl.phases.funding import batch
from netctl.ports import Call
from netctl.standing import Outcome
from tests.phases import fleets
from tests.phases.fleets import TAO
from tests.phases.twin import FEE, Twin, TwinJournal

pytestmark = pytest.mark.fast
PUBLIC = Network("test", "ws://twin")


def budgets(journal: TwinJournal | None = None, **rules: Any) -> Budgets:
    fleet = fleets.fleet(fleets.neuron("miner_1"), kind="test", **rules)
    return Budgets(Purse(journal or TwinJournal(), frozenset({"dev"})), fleet)


def written(journal: TwinJournal, digest: str, amount_rao: int, *, signer: str = "a", moved: int | None = None) -> None:
    """An intent, and its outcome where it is known what it moved."""
    facts: dict[str, Any] = {"hash": digest, "signer": signer, "nonce": 0, "first_block": 1, "last_block": 16}
    facts |= {"genesis": "0x00", "call": "A.b", "purpose": "register", "neuron": None}
    journal.append(INTENT, **facts, amount_rao=amount_rao, fee_rao=0)
    if moved is not None:
        journal.append(OUTCOME, hash=digest, result="included", fee_rao=0, moved_rao=moved)


@pytest.mark.parametrize(
    ("budget", "sharers", "granted"),
    [
        (None, 4, TAO),
        (4 * (TAO + FEE_BOUND_RAO), 4, TAO),
        (4 * (TAO + FEE_BOUND_RAO) - 1, 4, 300),
        (FEE_BOUND_RAO + 300, 4, 300),
        (FEE_BOUND_RAO + 299, 4, 299),
        (FEE_BOUND_RAO + 100, 4, 100),
    ],
)
def test_the_limit_is_the_cap_or_what_the_budget_bears(budget: int | None, sharers: int, granted: int) -> None:
    kept = budgets(budget_rao=budget)
    found = kept.most_rao(signer="a", least_rao=100, usual_rao=300, most_rao=TAO, sharers=sharers)
    assert found == granted


def test_less_than_the_price_is_refused_before_anything_is_signed() -> None:
    with pytest.raises(PolicyError, match=r"registration\.budget has") as refused:
        budgets(budget_rao=FEE_BOUND_RAO + 99).most_rao(
            signer="a", least_rao=100, usual_rao=300, most_rao=TAO, sharers=1
        )
    assert "nothing was signed" in refused.value.hint


@pytest.mark.parametrize(("own", "given", "left"), [(None, 500, 500), (300, 500, 300), (500, 300, 300)])
def test_the_budget_of_the_command_line_binds_beside_the_profiles(own: int | None, given: int, left: int) -> None:
    kept = budgets(budget_rao=own, given_budget_rao=given)
    name = "--budget" if left == given else "registration.budget"
    kept.check(signer="a", purpose="register", amount_rao=left, fee_rao=0, what="it")
    with pytest.raises(PolicyError, match=f"{name} has {tao_short(left)} left"):
        kept.check(signer="a", purpose="register", amount_rao=left + 1, fee_rao=0, what="it")


def test_what_another_lane_has_set_aside_is_waited_for_and_not_spent() -> None:
    kept = budgets(budget_rao=FEE_BOUND_RAO + 300)
    asked: dict[str, Any] = {"least_rao": 100, "usual_rao": 300, "most_rao": TAO, "sharers": 2}
    assert kept.most_rao(signer="a", **asked) == 300
    assert kept.most_rao(signer="b", **asked) is None
    with pytest.raises(PolicyError):
        kept.check(signer="b", purpose="register", amount_rao=100, fee_rao=0, what="it")
    kept.check(signer="a", purpose="register", amount_rao=300, fee_rao=0, what="it")
    kept.give_back("a")
    assert kept.most_rao(signer="b", **asked) == 300


def test_an_open_payment_of_this_command_is_waited_for_an_older_one_is_not() -> None:
    journal = TwinJournal()
    asked: dict[str, Any] = {"signer": "b", "least_rao": 100, "usual_rao": 300, "most_rao": TAO, "sharers": 2}
    kept = budgets(journal, budget_rao=FEE_BOUND_RAO + 300, budget_total_rao=None)
    written(journal, "0x01", 250)
    assert kept.most_rao(**asked) is None
    journal.append(OUTCOME, hash="0x01", result="included", fee_rao=0, moved_rao=150)
    assert kept.most_rao(**asked) == 150
    assert budgets(journal, budget_total_rao=FEE_BOUND_RAO + 250).most_rao(**asked) == 100


async def test_waiting_for_others_to_be_decided_has_an_end() -> None:
    twin, journal = Twin(), TwinJournal()
    kept = budgets(journal, budget_rao=FEE_BOUND_RAO + 300)
    written(journal, "0x01", 300)
    world = replace(twin.world(), allowance=kept)
    with pytest.raises(OutcomeUnknown, match="hold the budget"):
        async with room(world, signer="b", least_rao=100, usual_rao=300, most_rao=TAO):
            pass


def test_own_transfers_cost_their_fee_and_a_dev_accounts_nothing() -> None:
    kept = budgets(budget_rao=FEE)
    kept.check(signer="a", purpose="fund", amount_rao=9 * TAO, fee_rao=FEE, what="it")
    kept.check(signer="dev", purpose="register", amount_rao=9 * TAO, fee_rao=FEE, what="it")
    with pytest.raises(PolicyError):
        kept.check(signer="a", purpose="stake", amount_rao=1, fee_rao=FEE, what="it")


# Whole runs


async def prepared(**rules: Any) -> tuple[Twin, Fleet]:
    """Keys, a subnet, and a rich coldkey for each of four neurons, on a network that counts as public."""
    twin, local = Twin(), fleets.day2(subnet={"tempo": 20, "min_burn": 500_000, "max_burn": TAO})
    assert (await up(local, twin, wallets, subnet)).failures == ()
    for ss58 in twin.keys.coldkeys.values():
        twin.chain.state.free[ss58] = 1000 * TAO
    return twin, replace(fleets.day2(kind="test", **rules), network=PUBLIC)


async def up(fleet: Fleet, twin: Twin, *phases: Any) -> Outcome:
    return await reconcile.up(fleet, twin.world(), confirm=lambda _plan, _cost: None, phases=phases)


async def test_a_price_that_jumps_after_the_plan_spends_no_more_than_the_budget() -> None:
    budget = TAO
    twin, fleet = await prepared(budget_rao=budget, max_burn_rao=TAO // 2)
    rule = await twin.chain.burn_rule(428)
    assert rule is not None

    def jump(call: Call) -> None:
        if call.function == "register_limit":
            net = twin.chain.state.subnets[428]
            net.hyperparameters["max_burn"] = 100 * TAO
            net.burn = max(net.burn, TAO // 3)

    twin.chain.before_submit = jump
    outcome = await up(fleet, twin, registration)
    assert 0 < outcome.spent_rao <= budget
    assert any("registration.budget has" in why for _, why in outcome.failures)
    free = sum(twin.chain.state.free[ss58] for ss58 in twin.keys.coldkeys.values())
    assert outcome.spent_rao == 5 * 1000 * TAO - free


@pytest.mark.parametrize("cap", [None, TAO // 5])
async def test_a_price_that_jumps_after_the_plan_is_not_followed(cap: int | None) -> None:
    twin, fleet = await prepared(max_burn_rao=cap, deadline_s=5.0)
    planned = await reconcile.plan(fleet, twin.world(), phases=[registration])

    def jump(call: Call) -> None:
        net = twin.chain.state.subnets[428]
        net.hyperparameters["max_burn"] = 100 * TAO
        net.burn = 50 * TAO

    twin.chain.before_submit = jump
    outcome = await up(fleet, twin, registration)
    assert outcome.spent_rao < planned.cost_rao
    word = "the cap of" if cap else "what was planned, at most"
    assert len(outcome.failures) == 5
    assert all(f"TAO is above {word}" in why for _, why in outcome.failures)


async def test_the_limit_on_the_chain_is_the_profiles_cap() -> None:
    twin, fleet = await prepared(budget_rao=100 * TAO, max_burn_rao=TAO // 2)
    limits: list[int] = []
    twin.chain.before_submit = lambda call: limits.append(call.args["limit_price"])
    assert (await up(fleet, twin, registration)).ok
    assert limits == [TAO // 2] * 5


async def test_all_runs_together_spend_no_more_than_the_total() -> None:
    twin, fleet = await prepared(budget_total_rao=TAO)
    written(twin.journal, "0xff", TAO, moved=TAO - 1)
    with pytest.raises(PolicyError, match="earlier runs spent"):
        await up(fleet, twin, registration)
    assert twin.chain.calls("register_limit") == 0


@pytest.mark.parametrize("short_rao", [1, FEE + 1])
async def test_a_stake_beyond_the_budget_is_not_sent_whatever_was_planned(short_rao: int) -> None:
    twin, fleet = await prepared()
    world = twin.world()
    (validator,) = fleet.validators
    await up(fleet, twin, registration)
    (step,) = stake.diff(fleet, await stake.observe(fleet, world)).steps
    assert isinstance(step, stake.AddStake)
    budget_rao = step.amount_rao + FEE - short_rao
    fleet = replace(fleet, registration=replace(fleet.registration, budget_rao=budget_rao))
    world = replace(world, allowance=Budgets(Purse(twin.journal, ()), fleet))
    with pytest.raises(PolicyError, match=rf"{validator.name}: SubtensorModule\.add_stake_limit may cost 300"):
        await step.apply(world)
    assert twin.chain.calls("add_stake_limit") == 0
    signed = "add_stake_limit" in {call.function for call in twin.chain.signed()}
    assert signed is (short_rao <= FEE), "only where just the fee, known when it is signed, is too much"


async def test_a_command_that_goes_twice_has_one_budget() -> None:
    twin, fleet = await prepared(budget_rao=TAO)
    purse = reconcile.purse_of(fleet, twin.world())
    written(twin.journal, "0xff", TAO, moved=TAO - 1)
    with pytest.raises(PolicyError, match="the profile's budget"):
        await reconcile.up(fleet, twin.world(), confirm=lambda _plan, _cost: None, phases=[registration], purse=purse)
    assert twin.chain.calls("register_limit") == 0


# Finney

CAPS = {"max_burn_rao": TAO, "budget_rao": 10 * TAO}


FINNEY = Network("finney", "ws://twin", "0x" + "00" * 32)


async def prepared_on_finney(monkeypatch: pytest.MonkeyPatch, **rules: Any) -> tuple[Twin, Fleet]:
    """The same, and then the twin's chain is finney."""
    twin, fleet = await prepared(**rules)
    twin.journal.lines.clear()
    monkeypatch.setattr(payment, "NAMES", {FINNEY.genesis: "finney"})
    return twin, replace(fleet, network=FINNEY)


async def test_without_a_journal_nothing_is_signed_on_finney_and_the_way_out_is_said(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    twin, fleet = await prepared_on_finney(monkeypatch, **CAPS)
    with pytest.raises(PolicyError, match=r"journal\.jsonl is not there") as refused:
        await up(fleet, twin, registration)
    assert "netctl journal --begin" in refused.value.hint
    assert twin.chain.calls("register_limit") == 0
    twin.journal.append("begun", network="test")
    with pytest.raises(PolicyError, match=r"journal\.jsonl says nothing of finney"):
        await up(fleet, twin, registration)
    twin.journal.append("begun", network="finney")
    assert (await up(fleet, twin, registration)).ok
    assert twin.chain.calls("register_limit") == 5
    assert remembers(FINNEY, [line for line in twin.journal.lines if line["kind"] != "begun"])


@pytest.mark.parametrize("lacking", ["max_burn_rao", "budget_rao"])
async def test_without_both_caps_nothing_is_signed_on_finney(monkeypatch: pytest.MonkeyPatch, lacking: str) -> None:
    twin, fleet = await prepared_on_finney(monkeypatch, **{n: rao for n, rao in CAPS.items() if n != lacking})
    twin.journal.append("begun", network="finney")
    with pytest.raises(PolicyError, match="on finney nothing is paid without"):
        await up(fleet, twin, registration)
    assert twin.chain.calls("register_limit") == 0


@pytest.mark.parametrize("kind", ["none", "unasked", "other network", "no caps", "no journal", "another journal"])
async def test_a_payment_that_comes_past_the_loop_is_refused_by_finneys_genesis(
    monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    twin, fleet = await prepared_on_finney(monkeypatch, **({} if kind == "no caps" else CAPS))
    if kind != "no journal":
        twin.journal.append("begun", network="test" if kind == "another journal" else "finney")
    network = PUBLIC if kind == "other network" else FINNEY
    kept = Budgets(Purse(twin.journal, ()), replace(fleet, network=network), agreed=kind != "unasked")
    world = replace(twin.world(), allowance=None if kind == "none" else kept)
    call = Call("Balances", "transfer_keep_alive", {"dest": "5x", "value": 1})
    with pytest.raises(PolicyError, match="on finney without caps, journal"):
        await payment.pay(
            world, call=call, signer=twin.keys.dev_signer("//A"), purpose="fund", neuron=None, amount_rao=1
        )
    assert intents(twin.journal.entries()) == ()


# Ends


def test_an_end_is_the_same_whoever_pays_and_by_which_call() -> None:
    limited = Call("SubtensorModule", "register_limit", {"netuid": 3, "hotkey": "5h", "limit_price": 9})
    burned = Call("SubtensorModule", "burned_register", {"netuid": 3, "hotkey": "5h"})
    assert ends_of(limited) == ends_of(burned) == ("register 3 5h",)
    stakes = [
        Call("SubtensorModule", name, {"netuid": 3, "hotkey": "5h", "amount_staked": 1})
        for name in ("add_stake", "add_stake_limit")
    ]
    assert {ends_of(call) for call in stakes} == {("stake 3 5h",)}
    assert ends_of(batch([("5b", 1), ("5a", 2)])) == ("transfer 5a", "transfer 5b")
    assert ends_of(Call("Sudo", "sudo", {"call": burned})) == ()
