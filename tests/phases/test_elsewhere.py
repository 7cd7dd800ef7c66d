"""A machine without coldkeys: what is done here, what is listed for elsewhere, and that nothing is ever signed."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from netctl import elsewhere, reconcile
from netctl.fleet import Fleet
from netctl.phases import registration, stake
from tests.phases import fleets
from tests.phases.fleets import TAO
from tests.phases.twin import Twin, TwinSigner, address

pytestmark = pytest.mark.fast

ELSEWHERE: Any = [phase for phase in elsewhere.PHASES if phase.NAME in ("wallets", "elsewhere")]
"""Files and sessions are the real ones' business: tests/cli/test_hotkey_box.py."""


def box_of(fleet: Fleet) -> tuple[Fleet, Twin]:
    """The fleet on a machine with hotkeys and public coldkeys, whose keystore fails the test when it is to sign."""
    twin = Twin()
    for neuron in fleet.neurons:
        twin.keys.coldkeys[neuron.wallet] = address(f"cold {neuron.wallet}")
        twin.keys.hotkeys[neuron.wallet, neuron.hotkey] = address(f"hot {neuron.wallet} {neuron.hotkey}")
        twin.keys.public_only.add(neuron.wallet)

    async def never(_wallet: str) -> TwinSigner:
        raise AssertionError("a coldkey was to be opened")

    twin.keys.coldkey_signer = never  # type: ignore[method-assign]
    return replace(fleet, no_coldkey=True), twin


async def with_subnet(fleet: Fleet, twin: Twin) -> None:
    phases = [phase for phase in reconcile.PHASES if phase.NAME == "subnet"]
    await reconcile.up(fleet, twin.world(), confirm=lambda _plan, _cost: None, phases=phases)


def refusing(_plan: object, _cost: object) -> None:
    raise AssertionError("somebody was asked to pay")


def test_without_coldkeys_everything_is_done_that_costs_nothing() -> None:
    free = [phase.NAME for phase in reconcile.PHASES if phase.NAME not in reconcile.MONEY]
    assert [phase.NAME for phase in elsewhere.PHASES if phase.NAME != "elsewhere"] == free


async def test_what_is_due_is_listed_in_the_order_in_which_it_can_be_paid() -> None:
    fleet, twin = box_of(fleets.day2(max_burn_rao=2 * TAO))
    await with_subnet(fleet, twin)
    owed = await elsewhere.observe(fleet, twin.world())
    kinds = [bill.kind for bill in owed.bills]
    assert kinds == ["transfer"] * 5 + ["register"] * 5 + ["stake"]
    transfers, registers = owed.bills[:5], owed.bills[5:10]
    assert {bill.coldkey_ss58 for bill in transfers} == set(twin.keys.coldkeys.values())
    assert all(bill.max_rao == 2 * TAO and 0 < bill.amount_rao <= 2 * TAO for bill in registers)
    assert (owed.bills[-1].amount_rao / TAO, owed.bills[-1].neurons) == (
        pytest.approx(300.2, abs=0.1),
        ("validator_1",),
    )
    assert owed.bills[4].amount_rao > 300 * TAO, "the validator's coldkey must hold its stake"


async def test_nobody_is_asked_and_nothing_is_sent_also_on_finney_without_caps() -> None:
    """Where paying would be refused, not paying is not."""
    fleet, twin = box_of(fleets.day2(kind="finney"))
    await with_subnet(replace(fleet, network=replace(fleet.network, kind="local")), twin)
    sent = len(twin.journal.entries())
    outcome = await reconcile.up(fleet, twin.world(), confirm=refusing, phases=ELSEWHERE)
    assert {neuron.phase for neuron in outcome.neurons} == {"elsewhere"}
    assert all(neuron.why.startswith("not registered: coldkey ") for neuron in outcome.neurons)
    assert len(twin.journal.entries()) == sent
    assert outcome.spent_rao == 0


async def test_who_is_paid_for_goes_on_and_a_validator_runs_before_its_stake() -> None:
    fleet, twin = box_of(fleets.day2())
    await with_subnet(fleet, twin)
    net = twin.chain.state.subnets[428]
    for name in ("miner_2", "validator_1"):
        net.keys.append((address(f"hot wallet_{name} hotkey"), twin.keys.coldkeys[f"wallet_{name}"]))
    before_sessions = [*ELSEWHERE[:2]]
    outcome = await reconcile.up(fleet, twin.world(), confirm=refusing, phases=before_sessions)
    assert {n.name for n in outcome.neurons if n.ending == "ok"} == {"miner_2", "validator_1"}
    outcome = await reconcile.up(fleet, twin.world(), confirm=refusing, phases=ELSEWHERE)
    assert {n.name for n in outcome.neurons if n.ending == "ok"} == {"miner_2"}
    (validator,) = (n for n in outcome.neurons if n.name == "validator_1")
    assert "must stake 300.240177138 TAO elsewhere" in validator.why
    assert "--no-coldkey" in validator.hint


async def test_a_hotkey_is_made_and_a_coldkey_never_is() -> None:
    fleet, twin = box_of(fleets.fleet(fleets.neuron("miner_1"), fleets.neuron("miner_2"), fleets.neuron("miner_3")))
    await with_subnet(fleet, twin)
    del twin.keys.hotkeys["wallet_miner_1", "hotkey"]
    del twin.keys.coldkeys["wallet_miner_2"]
    twin.keys.missing["wallet_miner_3", "hotkey"] = ("coldkeypub",)
    outcome = await reconcile.up(fleet, twin.world(), confirm=refusing, phases=ELSEWHERE)
    told = {neuron.name: (neuron.phase, neuron.why) for neuron in outcome.neurons}
    assert told["miner_1"][0] == "elsewhere"
    assert ("wallet_miner_1", "hotkey") in twin.keys.hotkeys
    assert told["miner_2"] == ("wallets", "coldkey of wallet wallet_miner_2: its public half is not here")
    assert told["miner_3"][0] == "wallets"
    assert "no coldkey is opened here" in told["miner_3"][1]
    assert "wallet_miner_2" not in twin.keys.coldkeys
    assert twin.keys.missing, "its public half was not written: that opens the coldkey"


async def test_without_the_subnet_nothing_can_be_paid_and_it_is_said() -> None:
    fleet, twin = box_of(fleets.day2())
    outcome = await reconcile.up(fleet, twin.world(), confirm=refusing, phases=ELSEWHERE)
    assert {neuron.why for neuron in outcome.neurons} == {"subnet 428 does not exist on ws://twin"}
    assert (await elsewhere.observe(fleet, twin.world())).bills == ()


async def test_the_usual_up_says_where_to_look_when_a_secret_is_not_here() -> None:
    fleet, twin = box_of(fleets.day2())
    await with_subnet(fleet, twin)
    fleet = replace(fleet, no_coldkey=False)
    facts = await stake.observe(fleet, twin.world())
    blocked = (*registration.diff(fleet, facts.dues).blocked, *stake.diff(fleet, facts).blocked)
    assert len(blocked) == 6
    assert all("netctl fleet plan --no-coldkey" in item.hint for item in blocked)
