"""What a fleet still owes the chain: registrations and stake that are due, and what they will cost.

Read afresh by every phase that needs it; the arithmetic is pure.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from netctl import deregistered
from netctl.fleet import Fleet, NeuronSpec
from netctl.hyperparameters import real_multiplier
from netctl.money import RAO_PER_TAO, Rao
from netctl.paying import positions
from netctl.paying.positions import Position
from netctl.ports import BlockRef, BurnRule, KeyFacts, MetagraphRow, Subnet, Trace, World
from netctl.pricing import curve, pace
from netctl.pricing.pace import Impossible
from netctl.pricing.schedule import Schedule
from netctl.step import Blocked

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

PROBE_RAO: Rao = RAO_PER_TAO // 100
"""A stake too small to move the pool: what it buys tells the price of alpha."""


@dataclass(frozen=True, slots=True)
class Dues:
    """The chain and the keys at one block, as far as paying goes. `rule` is None where the price cannot be known.

    `has_limit` is whether the chain refuses a registration above the price that was signed.
    `lost` says why a neuron without a uid counts as deregistered, for each one that does.
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
    lost: Mapping[str, str] = field(default_factory=dict)


async def observe(fleet: Fleet, world: World) -> Dues:
    """Read everything that the money phases decide by at one block, one metagraph for all neurons."""
    chain = world.chain
    keys = {neuron.name: world.keys.facts(neuron.wallet, neuron.hotkey) for neuron in fleet.neurons}
    head = await chain.head()
    subnet = await chain.subnet(fleet.netuid, at=head)
    rule = await chain.burn_rule(fleet.netuid, at=head) if subnet is not None else None
    registered: dict[str, MetagraphRow] = {}
    held: Mapping[str, Position] = {}
    lost: Mapping[str, str] = {}
    if subnet is not None:
        metagraph = await chain.metagraph(fleet.netuid, at=head)
        rows = {row.hotkey: row for row in metagraph.rows} if metagraph is not None else {}
        registered = {name: rows[key.hotkey_ss58] for name, key in keys.items() if key.hotkey_ss58 in rows}
        traces = await deregistered.traces(fleet, world, keys, registered, at=head)
        lost = await deregistered.observe(fleet, world, keys, metagraph, traces)
        have = {
            neuron.name: row.total_stake_rao
            if (row := registered.get(neuron.name)) is not None
            else _left(neuron, traces)
            for neuron in fleet.validators
            if neuron.name not in lost or fleet.reregister
        }
        held = await positions.observe(fleet, world, subnet, have, head)
    return Dues(
        head=head,
        now=world.clock.now(),
        block_time_s=await chain.block_time_s(),
        keys=keys,
        subnet=subnet,
        rule=_expected_rule(fleet, rule),
        registered=registered,
        positions=held,
        lost=lost,
        has_limit=await chain.has_call("SubtensorModule", "register_limit"),
    )


def unregistered(fleet: Fleet, dues: Dues) -> tuple[NeuronSpec, ...]:
    """The neurons whose hotkey has no uid, in the fleet's order."""
    return tuple(neuron for neuron in fleet.neurons if neuron.name not in dues.registered)


def held_back(fleet: Fleet, dues: Dues, name: str) -> Blocked | None:
    """Why a neuron is not registered again: it lost its uid, and nobody asked for it, or no budget bounds it."""
    why = dues.lost.get(name)
    if why is None:
        return None
    if not fleet.reregister:
        return Blocked(name, f"deregistered: {why}", deregistered.remedy(name))
    if fleet.registration.budget_rao is None and not fleet.network.has_dev_accounts:
        hint = f"set registration.budget in {fleet.profile_path}"
        return Blocked(name, f"deregistered: {why}; registering again needs a budget", hint)
    return None


def to_register(fleet: Fleet, dues: Dues) -> tuple[NeuronSpec, ...]:
    """The neurons without a uid that may get one."""
    return tuple(neuron for neuron in unregistered(fleet, dues) if held_back(fleet, dues, neuron.name) is None)


def prices(fleet: Fleet, dues: Dues, count: int) -> tuple[Rao, ...]:
    """What each of the next `count` registrations would pay in turn, at most the cap; empty without a rule."""
    if dues.rule is None:
        return ()
    found = registrations(fleet, dues, count)
    if isinstance(found, Schedule):
        return tuple(turn.price_rao for turn in found.turns)
    cap = fleet.registration.max_burn_rao
    listed = curve.costs_in_sequence(dues.rule, count)
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


def stake_due(fleet: Fleet, neuron: NeuronSpec, dues: Dues) -> Rao:
    """TAO to stake now; 0 where nothing is due, or the neuron is held back, or the purchase is out of bounds."""
    position = position_of(fleet, neuron, dues)
    if held_back(fleet, dues, neuron.name) is not None or is_out_of_bounds(fleet, position):
        return 0
    return position.cost_rao


def position_of(fleet: Fleet, neuron: NeuronSpec, dues: Dues) -> Position:
    """As observed, or as forecast for a subnet that is not there yet."""
    if dues.subnet is None:
        return positions.forecast(fleet, neuron)
    return dues.positions.get(neuron.name, Position(0))


def is_out_of_bounds(fleet: Fleet, position: Position) -> bool:
    """Whether a purchase that is due would move the price further than the profile allows. Dev chains allow it all."""
    if fleet.network.has_dev_accounts or not position.alpha_rao:
        return False
    return position.short_of is not None or position.impact > fleet.stake_slippage


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
    return replace(rule, burn_rao=curve.clamped(rule, rule.burn_rao))


def _left(neuron: NeuronSpec, traces: Mapping[str, Trace]) -> Rao:
    trace = traces.get(neuron.name)
    return trace.stake_rao if trace is not None else 0
