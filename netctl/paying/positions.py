"""What validators have of the stake that the profile wants, and what the rest costs.

Stake is S[uid]: what the metagraph shows, and what miners compare with their limit. It is alpha, and TAO on root by
the chain's TaoWeight; it does not move with the price of alpha, so what was bought once stays enough.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from netctl.fleet import Fleet, NeuronSpec
from netctl.money import RAO_PER_TAO, Rao
from netctl.paying.purchase import guess_rao, tao_for
from netctl.ports import BlockRef, Subnet, World

ROOM_PARTS = 200
"""A part in so many is how far the price may drift between plan and purchase before the operator is asked again."""

AIM = 0.0005
"""So much more is bought than is missing: other people's trades in the same block must not leave stake short."""

STAKE_SLACK = 1 - 1 / ROOM_PARTS
"""On dev chains `up` adds what is missing from here down: less is what the room of one purchase leaves."""

STAKED_SHARE = 0.1
"""On a public network `up` takes stake for paid from a tenth on: what it lacks is the market's or somebody's doing."""

LEAST_RAO: Rao = 2_100_000
"""The chain stakes no less than 0.002 TAO, its fee on top."""

MOST_OF_A_POOL = 0.9
"""On dev chains, whose pools may be small, no more than this share of the alpha in the pool is bought."""

MOST_OF_A_PURSE_RAO: Rao = 100_000 * RAO_PER_TAO
"""Nor for more than a tenth of what the dev account has."""

NEW_POOL_RAO: Rao = 1_000_000 * RAO_PER_TAO
"""TAO and alpha in the pool of a subnet that the embedded chain makes: a million of each."""


@dataclass(frozen=True, slots=True)
class Position:
    """A validator's stake S now, and the purchase that is due, if any: alpha, TAO for it in its turn, all in rao.

    `impact` is the share by which all purchases of the fleet up to this one raise the price of alpha; `short_of` how
    much alpha the pool can give where that is less than is due.
    """

    have_rao: Rao
    alpha_rao: Rao = 0
    cost_rao: Rao = 0
    impact: float = 0.0
    short_of: Rao | None = None


def room_rao(amount_rao: Rao) -> Rao:
    """What a purchase may cost more than it would now."""
    return amount_rao // ROOM_PARTS


def enough_share(fleet: Fleet) -> float:
    """The share of the wanted stake from which on none is due.

    All of it where the operator asks with `netctl stake`, nearly all on dev chains. On public networks `up` stakes
    once: only who has less than a tenth gets any.
    """
    if fleet.tops_up_stake:
        return 1.0
    return STAKE_SLACK if fleet.network.has_dev_accounts else STAKED_SHARE


def alpha_due(fleet: Fleet, neuron: NeuronSpec, have_rao: Rao) -> Rao:
    """Alpha to buy for a validator that has this stake: what is missing and a little more, or nothing."""
    if neuron.role != "validator" or have_rao >= neuron.stake_rao * enough_share(fleet):
        return 0
    return missing_rao(neuron.stake_rao, have_rao)


def missing_rao(wanted_rao: Rao, have_rao: Rao) -> Rao:
    """Alpha that lifts a stake to what is wanted, and a little above."""
    return math.ceil((wanted_rao - have_rao) * (1 + AIM)) if have_rao < wanted_rao else 0


def buyable_rao(tao_in_rao: Rao, alpha_in_rao: Rao) -> Rao:
    """How much alpha of a pool a dev account buys at most."""
    affordable = alpha_in_rao * MOST_OF_A_PURSE_RAO // (tao_in_rao + MOST_OF_A_PURSE_RAO)
    return min(int(alpha_in_rao * MOST_OF_A_POOL), affordable)


def forecast(fleet: Fleet, neuron: NeuronSpec) -> Position:
    """The position of one on a subnet that is still to be made."""
    alpha_rao = min(alpha_due(fleet, neuron, 0), buyable_rao(NEW_POOL_RAO, NEW_POOL_RAO))
    return Position(0, alpha_rao, guess_rao(alpha_rao, NEW_POOL_RAO, NEW_POOL_RAO))


async def observe(
    fleet: Fleet, world: World, subnet: Subnet, have_rao: Mapping[str, Rao], head: BlockRef
) -> Mapping[str, Position]:
    """The positions of all validators of `have_rao`, which gives each one's stake now, in the fleet's order.

    What several buy is reckoned as if bought in turn: the first one's purchase makes the next one's dearer.
    """
    wanting = [neuron for neuron in fleet.validators if neuron.name in have_rao and neuron.stake_rao]
    due = {neuron.name: alpha_due(fleet, neuron, have_rao[neuron.name]) for neuron in wanting}
    share = _share_that_can_be_bought(fleet, subnet, list(due.values()))

    async def quote(tao_rao: Rao) -> Rao:
        return await world.chain.quote_stake(fleet.netuid, tao_rao, at=head)

    async def price_of(alpha_rao: Rao) -> Rao | None:
        pool = (subnet.tao_in_rao, subnet.alpha_in_rao)
        if not subnet.started:
            return guess_rao(alpha_rao, *pool) or None
        return await tao_for(alpha_rao, quote, tao_in_rao=pool[0], alpha_in_rao=pool[1])

    found: dict[str, Position] = {}
    sum_rao = paid_rao = 0
    for neuron in wanting:
        have, alpha_rao = have_rao[neuron.name], due[neuron.name]
        if share < 1:
            alpha_rao = 0 if have > 0 else int(alpha_rao * share)
        whole_rao = await price_of(sum_rao + alpha_rao) if alpha_rao else paid_rao
        if whole_rao is None:
            found[neuron.name] = Position(have, alpha_rao, short_of=max(0, subnet.alpha_in_rao - sum_rao))
            continue
        cost_rao = max(LEAST_RAO, whole_rao - paid_rao) if alpha_rao else 0
        sum_rao, paid_rao = sum_rao + alpha_rao, max(whole_rao, paid_rao)
        short = due[neuron.name] - alpha_rao
        found[neuron.name] = Position(
            have,
            alpha_rao,
            cost_rao,
            impact_of(subnet, sum_rao, paid_rao) if alpha_rao else 0.0,
            short_of=alpha_rao if short else None,
        )
    return found


def _share_that_can_be_bought(fleet: Fleet, subnet: Subnet, due: Sequence[Rao]) -> float:
    """1, or less on a dev chain whose pool does not hold what is due."""
    there, wanted = buyable_rao(subnet.tao_in_rao, subnet.alpha_in_rao), sum(due)
    return min(1.0, there / wanted) if fleet.network.has_dev_accounts and wanted > 0 else 1.0


def impact_of(subnet: Subnet, alpha_rao: Rao, tao_rao: Rao) -> float:
    """By which share buying so much raises the pool's price; the pool must hold more alpha than that."""
    before = subnet.tao_in_rao / subnet.alpha_in_rao
    return (subnet.tao_in_rao + tao_rao) / (subnet.alpha_in_rao - alpha_rao) / before - 1
