"""Stake as the metagraph has it: bought to the profile's amount on the embedded chain, once, whatever it already is."""

from __future__ import annotations

from dataclasses import replace

import pytest

from netctl import reconcile
from netctl.fleet import Fleet, Network
from netctl.phases import stake
from netctl.plan import Plan
from netctl.ports import Call, MetagraphRow, World
from tests.chains import RunningChain
from tests.phases import fleets
from tests.phases.fleets import TAO
from tests.phases.test_money_on_the_chain import own_fleet, plan, up


def validators(*stakes_tao: int) -> tuple[fleets.NeuronSpec, ...]:
    return tuple(fleets.neuron(f"validator_{i}", stake_rao=tao * TAO) for i, tao in enumerate(stakes_tao, 1))


async def row_of(world: World, fleet: Fleet, name: str) -> MetagraphRow:
    """The metagraph's row of one neuron, whose total_stake is what clients call S[uid]."""
    neuron = fleet.neuron(name)
    graph = await world.chain.metagraph(fleet.netuid)
    assert neuron is not None
    assert graph is not None
    row = graph.of_hotkey(world.keys.facts(neuron.wallet, neuron.hotkey).hotkey_ss58 or "")
    assert row is not None
    return row


async def sent(world: World, wallet: str, call: Call) -> None:
    signer = await world.keys.coldkey_signer(wallet)
    nonce = (await world.chain.accounts([signer.ss58]))[signer.ss58].next_nonce
    await world.chain.submit(await world.chain.sign(call, signer, nonce=nonce, lifetime_blocks=64))


async def faucet(node: RunningChain, world: World, wallet: str, tao: int) -> None:
    address = world.keys.coldkey_ss58(wallet)
    assert address is not None
    node.faucet(address, tao * TAO)


def public(fleet: Fleet, node: RunningChain) -> Fleet:
    """The same fleet where no dev account pays, and `up` stakes once."""
    return replace(
        fleet, network=Network("custom", node.url), registration=replace(fleet.registration, budget_rao=None)
    )


async def test_the_metagraph_shows_the_stake_of_the_profile(world: World) -> None:
    outcome = await up(own_fleet(neurons=validators(310, 20_000, 1)), world)
    assert outcome.failures == ()
    for name, wanted in (("validator_1", 310), ("validator_2", 20_000), ("validator_3", 1)):
        row = await row_of(world, outcome.fleet, name)
        assert wanted * TAO <= row.total_stake_rao <= wanted * TAO * 1.001
    assert (await plan(outcome.fleet, world)).is_empty


async def test_tao_on_root_counts_by_its_weight(world: World, node: RunningChain) -> None:
    fleet = (await up(own_fleet(neurons=validators(0)), world)).fleet
    hotkey = (await row_of(world, fleet, "validator_1")).hotkey
    await faucet(node, world, "wallet_validator_1", 2_000)
    arguments = {"hotkey": hotkey, "netuid": 0, "amount_staked": 1_000 * TAO}
    await sent(world, "wallet_validator_1", Call("SubtensorModule", "add_stake", arguments))
    had_rao = (await row_of(world, fleet, "validator_1")).total_stake_rao
    assert 40 * TAO < had_rao < 300 * TAO
    outcome = await up(replace(fleet, neurons=validators(310)), world)
    row = await row_of(world, fleet, "validator_1")
    assert 310 * TAO <= row.total_stake_rao <= 310.2 * TAO
    assert row.stake_rao == pytest.approx(310 * TAO - had_rao, rel=0.002)
    assert outcome.spent_rao == pytest.approx(310 * TAO - had_rao, rel=0.01)


async def test_a_price_that_moved_is_paid_and_nothing_is_paid_twice(world: World, node: RunningChain) -> None:
    """Somebody buys a third of the pool: alpha costs more than twice as much, and S is what was asked for."""
    fleet = (await up(own_fleet(neurons=validators(0)), world)).fleet
    row = await row_of(world, fleet, "validator_1")
    await faucet(node, world, "wallet_validator_1", 510_000)
    arguments = {"hotkey": await _owner(world, fleet), "netuid": fleet.netuid, "amount_staked": 500_000 * TAO}
    await sent(world, "wallet_validator_1", Call("SubtensorModule", "add_stake", arguments))
    wanted = public(replace(fleet, neurons=validators(310)), node)
    first = await up(wanted, world)
    assert first.failures == ()
    row = await row_of(world, fleet, "validator_1")
    assert 310 * TAO <= row.total_stake_rao <= 310.4 * TAO
    assert 2.2 < first.spent_rao / row.total_stake_rao < 2.3
    for _ in range(2):
        again = await up(wanted, world)
        assert (again.spent_rao, again.done) == (0, ())


async def test_a_purchase_that_moves_the_price_too_far_is_blocked_before_anything_is_funded(
    world: World, node: RunningChain
) -> None:
    fleet = (await up(own_fleet(neurons=validators(0)), world)).fleet
    dear = public(replace(fleet, neurons=validators(40_000)), node)
    (blocked,) = (await plan(dear, world)).blocked
    assert "would move its price by 8.5%, more than the 5.0% of staking.slippage" in blocked.why
    (blocked,) = (await plan(replace(dear, stake_slippage=0.09), world)).blocked
    assert blocked.why.startswith("needs 41")


@pytest.mark.parametrize(("attempts", "why"), [(1, "SlippageTooHigh"), (3, "the price of alpha has risen by")])
async def test_the_chain_is_given_the_limit_and_refuses_what_is_dearer(
    world: World, node: RunningChain, attempts: int, why: str
) -> None:
    """The price jumps by a tenth after it was looked at: the extrinsic carries a limit, and nothing is staked.

    Nor by another attempt at the new price: what was agreed to holds, not what alpha costs by then.
    """
    fleet = (await up(own_fleet(neurons=validators(0)), world)).fleet
    await faucet(node, world, "wallet_validator_1", 60_000)
    fleet = public(replace(fleet, neurons=validators(310)), node)
    fleet = replace(fleet, registration=replace(fleet.registration, attempts=attempts))
    jumping = Jumping(world, fleet, await _owner(world, fleet))
    outcome = await reconcile.up(fleet, replace(world, chain=jumping), confirm=_yes, phases=[stake])  # type: ignore[arg-type]
    assert [code for _, code in jumping.outcomes] == ["SlippageTooHigh"]
    assert why in outcome.neurons[0].why
    assert (await row_of(world, fleet, "validator_1")).total_stake_rao == 0


async def test_up_says_when_the_permit_comes(world: World) -> None:
    await up(own_fleet(neurons=validators(310)), world)
    said = world.talk.said  # type: ignore[attr-defined]
    assert any("its permit comes with an epoch, the next one in" in line for line in said)


async def test_two_who_stake_in_one_run_each_get_theirs_at_the_price_of_their_turn(world: World) -> None:
    fleet = (await up(own_fleet(neurons=validators(0, 0)), world)).fleet
    fleet = replace(fleet, neurons=validators(40_000, 40_000))
    first, second = [s.cost_rao or 0 for s in (await plan(fleet, world)).steps if s.phase == "stake"]
    assert (first / TAO, second / TAO) == (pytest.approx(41_900, rel=0.01), pytest.approx(45_600, rel=0.01))
    outcome = await up(fleet, world)
    assert outcome.failures == ()
    assert outcome.spent_rao == pytest.approx(first + second, rel=0.01)
    for name in ("validator_1", "validator_2"):
        row = await row_of(world, outcome.fleet, name)
        assert 40_000 * TAO <= row.total_stake_rao <= 40_000 * TAO * 1.002
    assert outcome.spent_rao > 86_000 * TAO


async def test_a_dev_chain_stakes_what_its_pool_has_and_comes_up(world: World) -> None:
    outcome = await up(own_fleet(neurons=validators(5_000_000)), world)
    assert outcome.failures == ()
    staked = (await row_of(world, outcome.fleet, "validator_1")).total_stake_rao
    assert 85_000 * TAO < staked < 1_000_000 * TAO
    again = await up(outcome.fleet, world)
    assert (again.spent_rao, again.failures) == (0, ())
    assert any("the pool holds no more alpha" in note for note in again.notes)


class Jumping:
    """The real chain, on which somebody buys a twentieth of the pool between netctl's look and its extrinsic."""

    def __init__(self, world: World, fleet: Fleet, owner: str) -> None:
        self._world, self._fleet, self._owner = world, fleet, owner
        self.outcomes: list[tuple[str, str]] = []

    def __getattr__(self, name: str) -> object:
        return getattr(self._world.chain, name)

    async def sign(self, call: Call, *args: object, **options: object) -> object:
        if call.function == "add_stake_limit":
            arguments = {"hotkey": self._owner, "netuid": self._fleet.netuid, "amount_staked": 50_000 * TAO}
            await sent(self._world, "wallet_validator_1", Call("SubtensorModule", "add_stake", arguments))
            options["nonce"] = int(str(options["nonce"])) + 1
        return await self._world.chain.sign(call, *args, **options)  # type: ignore[arg-type]

    async def submit(self, signed: object) -> object:
        from netctl.errors import ExtrinsicRejected

        try:
            return await self._world.chain.submit(signed)  # type: ignore[arg-type]
        except ExtrinsicRejected as refusal:
            self.outcomes.append(("add_stake_limit", refusal.code))
            raise


def _yes(_plan: Plan, _cost: int) -> None:
    return None


async def _owner(world: World, fleet: Fleet) -> str:
    subnet = await world.chain.subnet(fleet.netuid)
    assert subnet is not None
    return subnet.owner_hotkey
