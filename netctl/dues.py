"""What a fleet still owes the chain: registrations and stake that are due, and what they will cost.

Read afresh by every phase that needs it; the arithmetic is pure.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from netctl import pace, pricing
from netctl.fleet import Fleet, NeuronSpec
from netctl.hyperparameters import real_multiplier
from netctl.money import RAO_PER_TAO, Rao
from netctl.pace import Impossible
from netctl.ports import BlockRef, BurnRule, KeyFacts, MetagraphRow, Subnet, World
from netctl.schedule import Schedule

EXISTENTIAL_DEPOSIT_RAO: Rao = 500
"""Balances.ExistentialDeposit of the Subtensor runtime."""

FEE_BOUND_RAO: Rao = 500_000
"""More than any single call here costs: a transfer, a registration and a stake cost about 0.00017 TAO each."""

NEW_SUBNET_RULE = BurnRule(
    burn_rao=RAO_PER_TAO // 10,
    min_burn_rao=500_000,
    max_burn_rao=100 * RAO_PER_TAO,
    increase_mult=1.26,
    half_life_blocks=360,
)
"""A subnet on its first day: the runtime's own defaults of Burn, MinBurn, MaxBurn, BurnIncreaseMult, BurnHalfLife."""

STAKE_SLACK = 0.9
"""From nine tenths of what the wanted TAO would buy now, stake is whole: prices drift, payments are whole."""

STAKED_SHARE = 0.1
"""On a public network `up` takes stake for paid from a tenth on: what it is worth since is the market's doing."""

PROBE_RAO: Rao = RAO_PER_TAO // 100
"""A stake too small to move the pool: what it buys tells the price of alpha."""


@dataclass(frozen=True, slots=True)
class Position:
    """A validator's alpha on its hotkey now, and what its wanted TAO would buy now."""

    have_rao: Rao
    quote_rao: Rao


@dataclass(frozen=True, slots=True)
class Dues:
    """The chain and the keys at one block, as far as paying goes. `rule` is None where the price cannot be known.

    `has_limit` is whether the chain refuses a registration above the price that was signed.
    """

    head: BlockRef
    now: float
    block_time_s: float
    keys: Mapping[str, KeyFacts]
    subnet: Subnet | None
    rule: BurnRule | None
    registered: Mapping[str, MetagraphRow]
    positions: Mapping[str, Position]
    has_limit: bool = True


async def observe(fleet: Fleet, world: World) -> Dues:
    """Read everything that the money phases decide by at one block, one metagraph for all neurons."""
    chain = world.chain
    keys = {neuron.name: world.keys.facts(neuron.wallet, neuron.hotkey) for neuron in fleet.neurons}
    head = await chain.head()
    subnet = await chain.subnet(fleet.netuid, at=head)
    rule = await chain.burn_rule(fleet.netuid, at=head) if subnet is not None else None
    registered: dict[str, MetagraphRow] = {}
    positions: dict[str, Position] = {}
    if subnet is not None:
        metagraph = await chain.metagraph(fleet.netuid, at=head)
        rows = {row.hotkey: row for row in metagraph.rows} if metagraph is not None else {}
        registered = {name: rows[key.hotkey_ss58] for name, key in keys.items() if key.hotkey_ss58 in rows}
        positions = await _positions(fleet, world, keys, head)
    return Dues(
        head=head,
        now=world.clock.now(),
        block_time_s=await chain.block_time_s(),
        keys=keys,
        subnet=subnet,
        rule=_expected_rule(fleet, rule),
        registered=registered,
        positions=positions,
        has_limit=await chain.has_call("SubtensorModule", "register_limit"),
    )


def unregistered(fleet: Fleet, dues: Dues) -> tuple[NeuronSpec, ...]:
    """The neurons whose hotkey has no uid, in the fleet's order."""
    return tuple(neuron for neuron in fleet.neurons if neuron.name not in dues.registered)


def prices(fleet: Fleet, dues: Dues, count: int) -> tuple[Rao, ...]:
    """What each of the next `count` registrations would pay in turn, at most the cap; empty without a rule."""
    if dues.rule is None:
        return ()
    found = registrations(fleet, dues, count)
    if isinstance(found, Schedule):
        return tuple(turn.price_rao for turn in found.turns)
    cap = fleet.registration.max_burn_rao
    listed = pricing.costs_in_sequence(dues.rule, count)
    return listed if cap is None else tuple(min(price, cap) for price in listed)


def registrations(fleet: Fleet, dues: Dues, count: int) -> Schedule | Impossible:
    """When each of the next `count` registrations comes, and its price, as the profile paces them; needs a rule."""
    if dues.rule is None:
        raise ValueError("there is no price to plan by")
    spec = fleet.registration
    return pace.planned(
        spec, dues.rule, count, block_time_s=dues.block_time_s, allowance_rao=_left_for_prices(fleet, dues, count)
    )


def _left_for_prices(fleet: Fleet, dues: Dues, count: int) -> Rao | None:
    """What of the budget of one command is left for registrations when stake and fees are paid; None without one."""
    budget = fleet.registration.budget_rao
    if budget is None:
        return None
    stakes = [due for neuron in fleet.neurons if (due := stake_due(fleet, neuron, dues))]
    return budget - sum(stakes) - FEE_BOUND_RAO * (len(stakes) + count)


def enough_share(fleet: Fleet) -> float:
    """The share of what the wanted TAO buys now from which on no stake is due.

    On dev chains, and where the operator asks for it with `netctl stake`, what is missing is added from nine tenths
    down. On public networks `up` stakes once: the price of alpha would have to fall to a tenth before it paid again.
    """
    return STAKE_SLACK if fleet.network.has_dev_accounts or fleet.tops_up_stake else STAKED_SHARE


def stake_due(fleet: Fleet, neuron: NeuronSpec, dues: Dues) -> Rao:
    """TAO still to stake: all of it where there is no alpha yet, what is missing of less than enough, else 0."""
    if neuron.role != "validator" or neuron.stake_rao == 0:
        return 0
    position = dues.positions.get(neuron.name)
    if position is None or position.have_rao == 0:
        return neuron.stake_rao
    if position.have_rao >= position.quote_rao * enough_share(fleet):
        return 0
    return neuron.stake_rao - neuron.stake_rao * position.have_rao // position.quote_rao


def _expected_rule(fleet: Fleet, rule: BurnRule | None) -> BurnRule | None:
    """The rule as the phase `subnet` will leave it: on dev chains the profile's hyperparameters are on top."""
    if not fleet.network.has_dev_accounts:
        return rule
    rule = rule or NEW_SUBNET_RULE
    wanted = fleet.subnet
    rule = replace(
        rule,
        min_burn_rao=int(wanted.get("min_burn", rule.min_burn_rao)),
        max_burn_rao=int(wanted.get("max_burn", rule.max_burn_rao)),
        increase_mult=real_multiplier(wanted["burn_increase_mult"])
        if "burn_increase_mult" in wanted
        else rule.increase_mult,
        half_life_blocks=int(wanted.get("burn_half_life", rule.half_life_blocks)),
    )
    return replace(rule, burn_rao=pricing.clamped(rule, rule.burn_rao))


async def _positions(fleet: Fleet, world: World, keys: Mapping[str, KeyFacts], head: BlockRef) -> dict[str, Position]:
    wanting = [neuron for neuron in fleet.validators if neuron.stake_rao > 0]
    if not wanting:
        return {}
    pairs = {
        neuron.name: (key.hotkey_ss58, key.coldkey_ss58)
        for neuron in wanting
        if (key := keys[neuron.name]).hotkey_ss58 is not None and key.coldkey_ss58 is not None
    }
    known = {name: (hotkey, coldkey) for name, (hotkey, coldkey) in pairs.items() if hotkey and coldkey}
    stakes = await world.chain.stakes(fleet.netuid, list(known.values()), at=head) if known else {}
    quotes = {amount: await world.chain.quote_stake(fleet.netuid, amount) for amount in {n.stake_rao for n in wanting}}
    return {
        neuron.name: Position(
            stakes.get(known[neuron.name], 0) if neuron.name in known else 0, quotes[neuron.stake_rao]
        )
        for neuron in wanting
    }
