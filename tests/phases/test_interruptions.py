"""Whatever happens to one extrinsic, the next run converges, and the money moved is that of an undisturbed run."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from netctl import reconcile
from netctl.errors import ChainError
from netctl.fleet import Fleet
from netctl.phases import funding, registration, stake, subnet, wallets
from netctl.standing import Outcome
from netctl.step import Phase
from tests.phases import fleets
from tests.phases.fleets import TAO
from tests.phases.twin import Fault, Killed, Twin

pytestmark = pytest.mark.fast
MONEY: tuple[Phase, ...] = (wallets, funding, subnet, registration, stake)
FLAT = {"min_burn": TAO // 10, "max_burn": TAO // 10, "tempo": 20}
"""A price that stands still, so that balances can be compared to the rao."""

DAY2 = fleets.day2(subnet=FLAT)
EXTRINSICS = 9  # one batch of transfers, three for the subnet, five registrations, one stake: the first is 0
MOVED = ("transfer_keep_alive", "register_network", "register_limit", "add_stake_limit")


async def up(fleet: Fleet, twin: Twin, phases: tuple[Phase, ...] = MONEY) -> Outcome:
    return await reconcile.up(fleet, twin.world(), confirm=lambda plan, cost: None, phases=phases)


@pytest.fixture(scope="module")
def calm() -> Twin:
    """After a run that nothing happened to: once for all that compare with it, and only looked at."""
    twin = Twin()
    assert asyncio.run(up(DAY2, twin)).ok
    assert sum(twin.chain.state.nonces.values()) == EXTRINSICS + 1
    return twin


def moved(twin: Twin) -> dict[str, int]:
    return {function: twin.chain.calls(function) for function in MOVED}


def balances(twin: Twin) -> list[int]:
    """Of all accounts, in order."""
    return sorted(twin.chain.state.free.values())


async def killed_then_again(twin: Twin) -> None:
    """A first run that may die, and a second one that must not."""
    try:
        await up(DAY2, twin)
    except* Killed:
        pass
    twin.chain.faults.clear()
    assert (await up(DAY2, twin)).failures == ()


@pytest.mark.parametrize("position", range(EXTRINSICS + 1))
@pytest.mark.parametrize("fault", ["kill_before", "kill_after", "answer_lost", "vanish", "unsent"])
async def test_the_next_run_converges_without_paying_twice_after_a_fault(
    fault: Fault, position: int, calm: Twin
) -> None:
    twin = Twin()
    twin.chain.faults = [None] * position + [fault]
    await killed_then_again(twin)
    assert moved(twin) == moved(calm)
    assert balances(twin) == balances(calm)


@pytest.mark.parametrize("position", range(EXTRINSICS + 1))
async def test_a_lost_journal_does_not_make_anything_be_paid_twice(position: int, calm: Twin) -> None:
    twin = Twin()
    twin.chain.faults = [None] * position + ["kill_after"]
    with pytest.raises(BaseExceptionGroup):
        await up(DAY2, twin)
    twin.journal.lines.clear()
    assert (await up(DAY2, twin)).ok
    assert moved(twin) == moved(calm)


@pytest.mark.parametrize("position", range(10))
async def test_keys_half_made_are_made_whole_by_the_next_run(position: int) -> None:
    twin, made = Twin(), 0

    def dies() -> None:
        nonlocal made
        made += 1
        if made == position + 1:
            raise Killed

    twin.keys.before_create = dies
    with pytest.raises(BaseExceptionGroup):
        await up(DAY2, twin)
    twin.keys.before_create = lambda: None
    assert (await up(DAY2, twin)).ok
    assert (len(twin.keys.coldkeys), len(twin.keys.hotkeys)) == (5, 5)


@pytest.mark.slow
async def test_a_steep_price_and_any_order_of_turns_need_no_second_transfer() -> None:
    steep = fleets.day2(subnet={"burn_increase_mult": 2 << 64, "burn_half_life": 60_000})
    twin = Twin()
    twin.chain.faults = [None] * 5 + ["kill_after"]
    with pytest.raises(BaseExceptionGroup):
        await up(steep, twin)
    backwards = fleets.day2(subnet=steep.subnet, neurons=tuple(reversed(steep.neurons)))
    assert (await up(backwards, twin)).ok
    assert twin.chain.calls("transfer_keep_alive") == 5


@pytest.mark.parametrize("code", ["TooManyRegistrationsThisBlock", "PriorityTooLow", "RegistrationPriceLimitExceeded"])
async def test_a_refusal_that_can_pass_is_tried_again(code: str) -> None:
    twin = Twin()
    await up(DAY2, twin, (wallets, funding, subnet))
    twin.chain.refusals = [code, code]
    assert (await up(DAY2, twin)).ok
    assert twin.chain.calls("register_limit") == 5


async def test_a_refusal_that_is_final_is_not_tried_again() -> None:
    twin = Twin()
    await up(DAY2, twin, (wallets, funding, subnet))
    twin.chain.refusals = ["NonAssociatedColdKey"]
    outcome = await up(DAY2, twin)
    (failed,) = [neuron for neuron in outcome.neurons if neuron.ending == "failed"]
    assert (failed.phase, failed.why) == ("registration", "refused: NonAssociatedColdKey")
    assert twin.chain.calls("register_limit") == 4


async def test_attempts_run_out() -> None:
    twin = Twin()
    await up(DAY2, twin, (wallets, funding, subnet))
    one = fleets.fleet(DAY2.neurons[0], attempts=3, subnet=FLAT)
    twin.chain.refusals = ["PriorityTooLow"] * 3
    outcome = await up(one, twin)
    assert [neuron.ending for neuron in outcome.neurons] == ["failed"]
    assert twin.chain.refusals == []
    assert any("attempt 2 of 3" in line for line in twin.talk.said)


async def test_a_neuron_registered_by_somebody_else_meanwhile_is_done() -> None:
    twin = Twin()
    await up(DAY2, twin, (wallets, funding, subnet))

    def overtake(call: Any) -> None:
        keys = twin.chain.state.subnets[428].keys
        hotkey = call.args.get("hotkey")
        cold = next((twin.keys.coldkeys[w] for (w, _), hot in twin.keys.hotkeys.items() if hot == hotkey), None)
        if call.function == "register_limit" and (hotkey, cold) not in keys and cold is not None:
            keys.append((hotkey, cold))

    twin.chain.before_submit = overtake
    assert (await up(DAY2, twin)).failures == ()


async def test_a_price_above_the_cap_is_waited_for() -> None:
    twin, capped = Twin(), fleets.day2(subnet={"max_burn": TAO}, max_burn_rao=TAO // 10)
    await up(capped, twin, (wallets, funding, subnet))
    twin.chain.state.subnets[428].burn = TAO // 5
    assert (await up(capped, twin)).failures == ()
    assert any("is above the cap of 0.1: waiting" in line for line in twin.talk.said)


async def test_a_paced_turn_may_come_later_than_the_deadline_of_one_registration() -> None:
    twin, paced = (
        Twin(),
        fleets.day2(
            subnet=FLAT | {"min_burn": 1, "max_burn": TAO}, max_burn_rao=TAO // 10, stagger="auto", deadline_s=5.0
        ),
    )
    outcome = await up(paced, twin)
    assert outcome.failures == ()
    blocks = [block for block, _, name, _ in twin.chain.included if name == "register_limit"]
    assert max(blocks) > 4 * 110


async def test_a_price_that_will_not_fall_in_time_fails_with_the_figures() -> None:
    twin, capped = Twin(), fleets.day2(subnet={"max_burn": 9 * TAO}, max_burn_rao=TAO // 10, deadline_s=10.0)
    await up(capped, twin, (wallets, funding, subnet))
    twin.chain.state.subnets[428].burn = 8 * TAO
    outcome = await up(capped, twin)
    assert "TAO is above the cap of 0.1; it falls there in" in outcome.neurons[0].why
    assert twin.chain.calls("register_limit") == 0


def test_stake_that_would_move_a_thin_pool_is_refused_on_public_networks() -> None:
    bought, probe = TAO * 20 // 12, 9_990_009  # of a pool of ten TAO and ten alpha
    with pytest.raises(ChainError, match=r"would move the price of alpha by 43\.7%"):
        stake.limit_price(2 * TAO, bought, probe, slippage=0.05, any_impact=False)
    assert stake.limit_price(2 * TAO, bought, probe, slippage=0.05, any_impact=True) == pytest.approx(
        1.44 * 1.05 * TAO, rel=0.01
    )


def test_stake_that_hardly_moves_the_pool_may_slip_as_far_as_the_profile_says() -> None:
    assert stake.limit_price(2 * TAO, 2 * TAO, stake.dues.PROBE_RAO, slippage=0.03, any_impact=False) == pytest.approx(
        1.03 * TAO
    )


async def test_a_call_that_sudo_swallows_is_noticed() -> None:
    twin = Twin()
    await up(DAY2, twin)
    swallow: Callable[[Any], None] = lambda call: None  # noqa: E731
    twin.chain._set = swallow
    outcome = await up(fleets.day2(subnet={**FLAT, "tempo": 99}), twin)
    assert outcome.neurons[0].why == "subnet 428: tempo did not take the profile's value"
    assert {neuron.ending for neuron in outcome.neurons} == {"failed"}
