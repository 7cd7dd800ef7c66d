"""Where each neuron stands in its subnet, beyond having a uid: who lost one, and which validators are not heard.

Asks the chain more only where a metagraph shows that something is amiss.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from netctl import deregistered, heard
from netctl.fleet import Fleet
from netctl.heard import Since
from netctl.ports import KeyFacts, Metagraph, MetagraphRow, World


@dataclass(frozen=True, slots=True)
class Footing:
    """By neuron: how it is known that one without a uid had one, and what a validator lacks to be heard."""

    lost: Mapping[str, str] = field(default_factory=dict)
    unheard: Mapping[str, str] = field(default_factory=dict)


async def footing_of(fleet: Fleet, world: World, keys: Mapping[str, KeyFacts], metagraph: Metagraph | None) -> Footing:
    """The footing of a fleet in this metagraph."""
    if metagraph is None:
        return Footing()
    rows = {name: row for name, key in keys.items() if (row := metagraph.of_hotkey(key.hotkey_ss58 or "")) is not None}
    left = await deregistered.traces(fleet, world, keys, rows)
    lost = await deregistered.observe(fleet, world, keys, metagraph, left)
    return Footing(lost, await _unheard(fleet, world, metagraph, rows))


async def _unheard(
    fleet: Fleet, world: World, metagraph: Metagraph, rows: Mapping[str, MetagraphRow]
) -> Mapping[str, str]:
    miners = heard.miners_of(fleet) if fleet.validators else heard.Miners()
    lacking = [
        (neuron.name, row)
        for neuron in fleet.validators
        if (row := rows.get(neuron.name)) is not None and heard.lack_of(row, miners) is not None
    ]
    if not lacking:
        return {}
    epoch = await world.chain.next_epoch(fleet.netuid)
    traces = await world.chain.traces(fleet.netuid, [(row.hotkey, row.coldkey) for _, row in lacking])
    found = {}
    for name, row in lacking:
        since = Since(traces[row.hotkey].staked_at, epoch)
        found[name] = heard.lack_of(row, miners, metagraph, since) or ""
    return found
