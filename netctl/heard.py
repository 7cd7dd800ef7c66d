"""Whether miners answer a validator: it needs a permit, and the stake S[uid] that their own limit asks for."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from netctl import packs
from netctl.errors import NetctlError
from netctl.fleet import Fleet, NeuronSpec
from netctl.money import Rao, rao_from_tao, tao_short
from netctl.packs import Pack
from netctl.ports import Metagraph, MetagraphRow
from netctl.render.context import context
from netctl.render.neuron import rendered_text

SHOWN_RAO = 100_000
"""Figures are told to four decimals: what there is rounded down, what is missing up."""


@dataclass(frozen=True, slots=True)
class Miners:
    """What the fleet's miners ask of a validator: a stake of `limit_rao`, the highest among them; 0 for none."""

    limit_rao: Rao = 0


@dataclass(frozen=True, slots=True)
class Since:
    """What tells since when: the block in which the coldkey last moved stake, and the subnet's next epoch."""

    staked_at: int | None = None
    next_epoch: int | None = None


def miners_of(fleet: Fleet) -> Miners:
    """The limit as the miners will be started with it; none where the pack names none or cannot be read."""
    try:
        return miners_under(packs.load(fleet.code.pack, fleet.profile_path.parent), fleet)
    except NetctlError:
        return Miners()


def miners_under(pack: Pack, fleet: Fleet) -> Miners:
    """The same for a pack at hand; PrerequisiteError where it cannot be rendered."""
    return Miners(max(_limits(fleet, pack), default=0))


def _limits(fleet: Fleet, pack: Pack) -> Iterator[Rao]:
    for neuron in fleet.miners:
        text = _limit_text(fleet, neuron, pack)
        try:
            yield rao_from_tao(text) if text else 0
        except ValueError:
            continue


def _limit_text(fleet: Fleet, neuron: NeuronSpec, pack: Pack) -> str:
    """The profile's option, else the pack's, else what the code takes by itself."""
    role = pack.role(neuron.role)
    declared = role.vpermit_tao_limit
    if declared is None:
        return ""
    names = context(fleet, neuron, None)
    given = {f"--{name}": value for name, value in neuron.args}
    if declared.option is not None:
        own = given.get(declared.option)
        if own:
            return own
        set_by_pack = role.options.get(declared.option)
        text = rendered_text(pack, f"option {declared.option}", set_by_pack, names) if set_by_pack else ""
        if text:
            return text
    return rendered_text(pack, "vpermit_tao_limit", declared.default, names).strip()


def lack_of(
    row: MetagraphRow, miners: Miners, metagraph: Metagraph | None = None, since: Since | None = None
) -> str | None:
    """What a registered validator lacks to be heard, by how much and since when; None where it lacks nothing."""
    since = since or Since()
    lacks = []
    if row.total_stake_rao < miners.limit_rao:
        have_rao = row.total_stake_rao // SHOWN_RAO * SHOWN_RAO
        stake, limit = tao_short(have_rao), tao_short(miners.limit_rao)
        missing = tao_short(miners.limit_rao - have_rao)
        text = f"its stake of {stake} is {missing} below the miners' limit of {limit}"
        lacks.append(text + (f", since block {since.staked_at} or before" if since.staked_at else ""))
    if not row.validator_permit:
        lacks.append(_without_permit(row, metagraph, since))
    return "; ".join(lacks) or None


def _without_permit(row: MetagraphRow, metagraph: Metagraph | None, since: Since) -> str:
    text = "it has no validator permit"
    if metagraph is None:
        return text
    if metagraph.last_epoch:
        text += f": the epoch in block {metagraph.last_epoch} gave it none"
    if since.next_epoch is not None:
        text += f", the next epoch is in {max(0, since.next_epoch - metagraph.block)} blocks"
    others = sorted((each.total_stake_rao for each in metagraph.rows if each.validator_permit), reverse=True)
    if metagraph.max_validators is not None and len(others) >= metagraph.max_validators > 0:
        least = others[metagraph.max_validators - 1]
        if least >= row.total_stake_rao:
            lacking_rao = -(-(least - row.total_stake_rao) // SHOWN_RAO) * SHOWN_RAO
            text += f", and lacks {tao_short(lacking_rao)} to the last of {len(others)} who have one"
    elif row.total_stake_rao == 0:
        text += ", and no stake to get one"
    return text
