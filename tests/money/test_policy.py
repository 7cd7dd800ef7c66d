"""What may be spent and who must agree, as a table."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from netctl.errors import ChainUnreachable, ExtrinsicRejected, NotIncluded, OutcomeUnknown, PolicyError
from netctl.fleet import Fleet, FundingSpec, Network, NeuronsCode, RegistrationSpec
from netctl.money import RAO_PER_TAO as TAO
from netctl.paying.policy import (
    check_answer,
    check_budget,
    check_burn,
    check_network,
    must_ask,
    needed_consent,
)
from netctl.paying.refusals import can_pass, is_passing

pytestmark = pytest.mark.fast

KINDS = ("finney", "test", "local", "rehearsal", "custom")


def fleet(kind: Any = "test", **rules: Any) -> Fleet:
    given = {"max_burn_rao": None, "budget_rao": None, "budget_total_rao": None, **rules}
    return Fleet(
        name="day2",
        title="day2",
        profile_path=Path("profiles/day2.yaml"),
        network=Network(kind, "ws://127.0.0.1:9944"),
        netuid=428,
        state=Path("state"),
        wallet_path=Path("wallets"),
        encrypt=True,
        code=NeuronsCode(None, Path("python"), "resi"),
        neurons=(),
        registration=RegistrationSpec(stagger="all", attempts=5, deadline_s=60, **given),
        funding=FundingSpec(None, 0),
        subnet={},
        block_time_s=None,
        time_scale=1.0,
    )


def spent(rao: int) -> list[dict[str, Any]]:
    intent = {
        "kind": "intent",
        "hash": "0x01",
        "signer": "5F",
        "nonce": 0,
        "first_block": 1,
        "last_block": 64,
        "genesis": "0x00",
        "call": "c",
        "purpose": "register",
        "neuron": None,
        "amount_rao": rao,
        "fee_rao": 0,
    }
    return [intent, {"kind": "outcome", "hash": "0x01", "result": "included", "fee_rao": 0}]


@pytest.mark.parametrize(
    ("budget", "total", "before", "planned", "allowed"),
    [
        (None, None, 10 * TAO, 10 * TAO, True),
        (TAO, None, 0, TAO, True),
        (TAO, None, 0, TAO + 1, False),
        (TAO, None, 100 * TAO, TAO, True),
        (None, 3 * TAO, 2 * TAO, TAO, True),
        (None, 3 * TAO, 2 * TAO, TAO + 1, False),
        (0, None, 0, 0, True),
        (0, None, 0, 1, False),
        (None, TAO, 5 * TAO, 0, True),
        (TAO, 2 * TAO, 2 * TAO, 1, False),
    ],
)
def test_budgets_hold_to_the_rao(budget: Any, total: Any, before: int, planned: int, allowed: bool) -> None:
    wanted = fleet(budget_rao=budget, budget_total_rao=total)
    entries = spent(before) if before else []
    if allowed:
        check_budget(wanted, planned_rao=planned, entries=entries)
        return
    with pytest.raises(PolicyError) as refused:
        check_budget(wanted, planned_rao=planned, entries=entries)
    assert refused.value.exit_code == 7
    assert "nothing was signed" in refused.value.hint


def test_what_the_command_line_allows_binds_beside_the_budget_and_stands_for_no_cap_on_finney() -> None:
    check_budget(fleet(budget_rao=TAO, given_budget_rao=TAO), planned_rao=TAO, entries=())
    with pytest.raises(PolicyError, match=r"--budget allows 1\.0"):
        check_budget(fleet(budget_rao=2 * TAO, given_budget_rao=TAO), planned_rao=TAO + 1, entries=())
    with pytest.raises(PolicyError, match="the profile's budget"):
        check_budget(fleet(budget_rao=TAO, given_budget_rao=2 * TAO), planned_rao=TAO + 1, entries=())
    with pytest.raises(PolicyError, match=r"without registration\.budget"):
        check_network(fleet("finney", max_burn_rao=TAO, given_budget_rao=TAO), pays=True)


def test_an_open_intent_counts_against_the_total_budget() -> None:
    wanted = fleet(budget_total_rao=2 * TAO)
    with pytest.raises(PolicyError, match="earlier runs spent"):
        check_budget(wanted, planned_rao=TAO, entries=spent(TAO + 1)[:1])


def test_a_burn_above_its_cap_is_refused_and_one_at_the_cap_is_not() -> None:
    wanted = fleet(max_burn_rao=TAO)
    check_burn(wanted, neuron="miner_1", burn_rao=TAO)
    check_burn(fleet(), neuron="miner_1", burn_rao=1000 * TAO)
    with pytest.raises(PolicyError, match="miner_1"):
        check_burn(wanted, neuron="miner_1", burn_rao=TAO + 1)


@pytest.mark.parametrize(("max_burn", "budget"), [(None, None), (TAO, None), (None, TAO)])
def test_finney_pays_nothing_without_both_caps(max_burn: int | None, budget: int | None) -> None:
    wanted = fleet("finney", max_burn_rao=max_burn, budget_rao=budget)
    with pytest.raises(PolicyError) as refused:
        check_network(wanted, pays=True)
    assert ("max_burn" in refused.value.message, "budget" in refused.value.message) == (
        max_burn is None,
        budget is None,
    )
    check_network(wanted, pays=False)
    for kind in KINDS[1:]:
        check_network(replace(wanted, network=Network(kind, "ws://x")), pays=True)  # type: ignore[arg-type]


def test_finney_with_both_caps_may_pay() -> None:
    check_network(fleet("finney", max_burn_rao=TAO, budget_rao=0), pays=True)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("yes", [True, False])
@pytest.mark.parametrize("terminal", [True, False])
def test_who_is_asked_and_who_is_refused(kind: Any, yes: bool, terminal: bool) -> None:
    consent = needed_consent(Network(kind, "ws://x"), pays=True)
    asked_for_the_name = kind == "finney"
    assert consent == ("typed_name" if asked_for_the_name else "confirm")
    if yes and not asked_for_the_name:
        assert not must_ask(consent, yes=yes, terminal=terminal)
    elif terminal:
        assert must_ask(consent, yes=yes, terminal=terminal)
    else:
        with pytest.raises(PolicyError) as refused:
            must_ask(consent, yes=yes, terminal=terminal)
        assert refused.value.exit_code == 7


@pytest.mark.parametrize("kind", KINDS)
def test_what_pays_nothing_asks_nothing(kind: Any) -> None:
    consent = needed_consent(Network(kind, "ws://x"), pays=False)
    assert not must_ask(consent, yes=False, terminal=False)


@pytest.mark.parametrize(
    ("consent", "answer", "agreed"),
    [
        ("confirm", "y", True),
        ("confirm", " YES\n", True),
        ("confirm", "", False),
        ("confirm", "n", False),
        ("confirm", "yeah", False),
        ("typed_name", "finney", True),
        ("typed_name", "finney\n", True),
        ("typed_name", "Finney", False),
        ("typed_name", "y", False),
        ("typed_name", "yes", False),
        ("typed_name", "", False),
    ],
)
def test_only_the_right_answer_agrees(consent: Any, answer: str, agreed: bool) -> None:
    network = Network("finney", "ws://x")
    if agreed:
        check_answer(consent, answer, network=network)
    else:
        with pytest.raises(PolicyError, match="not confirmed"):
            check_answer(consent, answer, network=network)


@pytest.mark.parametrize(
    ("code", "passes"),
    [
        ("PriorityTooLow", True),
        ("PoolFull", True),
        ("Stale", True),
        ("AncientBirthBlock", True),
        ("RegistrationPriceLimitExceeded", True),
        ("TooManyRegistrationsThisBlock", True),
        ("TooManyRegistrationsThisInterval", True),
        ("StakingRateLimitExceeded", True),
        ("SlippageTooHigh", True),
        ("SubNetRegistrationDisabled", False),
        ("NotEnoughBalanceToStake", False),
        ("SubnetNotExists", False),
        ("HotKeyAlreadyRegisteredInSubNet", False),
        ("NonAssociatedColdKey", False),
        ("BadOrigin", False),
        ("Payment", False),
        ("BadProof", False),
        ("NeverHeardOf", False),
    ],
)
def test_what_can_pass_and_what_is_final(code: str, passes: bool) -> None:
    assert is_passing(code) is passes
    assert can_pass(ExtrinsicRejected("no", code=code)) is passes


def test_an_unknown_outcome_is_never_simply_tried_again() -> None:
    assert can_pass(ChainUnreachable("gone"))
    assert can_pass(NotIncluded("never was"))
    assert not can_pass(OutcomeUnknown("who knows"))
    assert not can_pass(PolicyError("no"))
