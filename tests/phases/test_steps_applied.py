"""Steps look before they act: applied again, or on a world that has moved on, they do what is left and no more."""

from __future__ import annotations

from typing import Any

import pytest

from netctl import reconcile
from netctl.errors import ChainError, OutcomeUnknown
from netctl.paying import insist, settling
from netctl.phases import funding, registration, stake, subnet, wallets
from netctl.phases.funding import Gift, Transfers
from netctl.phases.stake import AddStake
from tests.phases import fleets
from tests.phases.fleets import TAO
from tests.phases.reading_cases import diff_of
from tests.phases.twin import Twin

pytestmark = pytest.mark.fast


async def standing_subnet(twin: Twin) -> None:
    """The plan's experiment, all but the stake."""
    phases = (wallets, funding, subnet, registration)
    outcome = await reconcile.up(fleets.day2(), twin.world(), confirm=lambda plan, cost: None, phases=phases)
    assert outcome.ok


async def test_a_registration_that_cannot_be_paid_is_not_signed() -> None:
    """The chain would refuse it, and keep the fee."""
    twin = Twin()
    phases = (wallets, funding, subnet)
    await reconcile.up(fleets.day2(), twin.world(), confirm=lambda plan, cost: None, phases=phases)
    coldkey = twin.keys.coldkeys["wallet_miner_1"]
    twin.chain.state.free[coldkey] = 1_000
    outcome = await reconcile.up(fleets.day2(), twin.world(), confirm=lambda p, c: None, phases=(registration,))
    assert "holds 0.000001 TAO, and the price is" in str(outcome)
    assert twin.chain.state.free[coldkey] == 1_000


def add_stake() -> AddStake:
    return AddStake(
        neuron="validator_1",
        wallet="wallet_validator_1",
        hotkey="hotkey",
        netuid=428,
        wanted_rao=300 * TAO,
        alpha_rao=300 * TAO,
        amount_rao=301 * TAO,
        enough_rao=299 * TAO,
        slippage=0.05,
        any_impact=True,
    )


async def test_stake_is_added_once_however_often_the_step_is_applied() -> None:
    twin = Twin()
    await standing_subnet(twin)
    twin.chain.state.free[twin.keys.coldkeys["wallet_validator_1"]] = 1000 * TAO
    await add_stake().apply(twin.world())
    await add_stake().apply(twin.world())
    assert twin.chain.calls("add_stake_limit") == 1


async def test_what_came_in_meanwhile_is_not_bought_again() -> None:
    """A purchase of an unknown outcome, at a risen price: just what it left missing is bought."""
    twin = Twin()
    await standing_subnet(twin)
    coldkey, hotkey = twin.keys.coldkeys["wallet_validator_1"], twin.keys.hotkeys["wallet_validator_1", "hotkey"]
    twin.chain.state.free[coldkey] = 1000 * TAO
    twin.chain.state.subnets[428].stakes[hotkey, coldkey] = 250 * TAO
    await add_stake().apply(twin.world())
    assert 300 * TAO <= twin.chain.state.subnets[428].alpha_of(hotkey) <= 300.1 * TAO


async def test_a_price_that_rose_since_the_funding_takes_what_is_there() -> None:
    twin = Twin()
    await standing_subnet(twin)
    twin.chain.state.free[twin.keys.coldkeys["wallet_validator_1"]] = 2995 * TAO // 10
    await add_stake().apply(twin.world())
    hotkey = twin.keys.hotkeys["wallet_validator_1", "hotkey"]
    assert 299.3 * TAO < twin.chain.state.subnets[428].alpha_of(hotkey) < 299.5 * TAO


@pytest.mark.parametrize(("changes", "enough"), [({"tops_up_stake": True}, 280), ({}, 30), ({"kind": "local"}, 280)])
async def test_nine_tenths_of_a_purchase_show_that_it_came_in(changes: dict[str, Any], enough: int) -> None:
    """Also where the whole of the wanted stake is asked for: a price that rose must not make it look undone."""
    have = 100 if changes else 0
    fleet = {"kind": "test", "neurons": {"validator_1": {"stake_rao": 300}}, **changes}
    facts = {"subnet": {}, "rule": {"burn": 1}, "positions": {"validator_1": {"have": have, "cost": 200}}}
    (step,) = diff_of("stake", {"fleet": fleet, "facts": facts}).steps
    assert isinstance(step, AddStake)
    assert step.enough_rao / TAO == pytest.approx(enough, abs=0.2)


async def test_a_subnet_that_gives_no_alpha_does_not_pass_for_staked() -> None:
    twin = Twin()
    await standing_subnet(twin)
    twin.chain.state.subnets[428].started = False
    with pytest.raises(ChainError, match=r"subnet 428 has not been started"):
        await add_stake().apply(twin.world())


async def test_only_coldkeys_that_are_still_short_get_a_transfer() -> None:
    twin = Twin()
    for wallet in ("rich", "poor"):
        twin.keys.create_coldkey(wallet, password=None)
    twin.chain.state.free[twin.keys.coldkeys["rich"]] = TAO
    await Transfers("//Alice", (Gift("rich", TAO, 2 * TAO), Gift("poor", TAO, 2 * TAO)), ("a", "b")).apply(twin.world())
    assert twin.chain.state.free[twin.keys.coldkeys["rich"]] == TAO
    assert twin.chain.state.free[twin.keys.coldkeys["poor"]] == 2 * TAO


async def test_funding_before_the_subnet_exists_reckons_with_the_wanted_floor() -> None:
    twin = Twin()
    dear = fleets.day2(subnet={"min_burn": TAO, "max_burn": 50 * TAO})
    phases = (wallets, funding, subnet, registration, stake)
    outcome = await reconcile.up(dear, twin.world(), confirm=lambda plan, cost: None, phases=phases)
    assert outcome.failures == ()
    assert twin.chain.calls("transfer_keep_alive") == 5


async def test_what_is_done_already_is_not_done_again() -> None:
    async def is_done() -> bool:
        return True

    async def act() -> None:
        raise AssertionError("acted")

    await insist.until_done(
        Twin().world(), is_done=is_done, act=act, signer_ss58="5X", patience=insist.USUAL, say=lambda text: None
    )


async def test_an_unknown_outcome_is_settled_before_anything_else(monkeypatch: pytest.MonkeyPatch) -> None:
    order: list[str] = []

    async def settle(world: Any, ss58s: Any) -> None:
        order.append(f"settle {ss58s[0]}")

    async def is_done() -> bool:
        order.append("look")
        return len(order) > 3

    async def act() -> None:
        order.append("act")
        raise OutcomeUnknown("lost")

    monkeypatch.setattr(settling, "settle", settle)
    await insist.until_done(
        Twin().world(), is_done=is_done, act=act, signer_ss58="5X", patience=insist.USUAL, say=lambda text: None
    )
    assert order == ["look", "act", "settle 5X", "look"]


@pytest.mark.parametrize(("attempt", "shortest", "longest"), [(1, 0.5, 1), (2, 1, 2), (5, 8, 16), (12, 30, 60)])
def test_waits_double_up_to_a_minute(attempt: int, shortest: float, longest: float) -> None:
    assert insist.backoff_s(attempt, 1.0, 0.0) == shortest
    assert insist.backoff_s(attempt, 1.0, 1.0) == longest
