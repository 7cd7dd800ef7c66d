"""Neurons that had a uid and lost it: pruned for another once their immunity was over.

Registering again costs what the first time cost and may be lost as soon, so it is never done unasked. What shows it
is on the chain: alpha left behind the hotkey, somebody else on the expected uid of a hotkey that the chain knows, or
a registration of the journal whose block the chain still has.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from netctl.fleet import Fleet, NeuronSpec
from netctl.money import tao_short
from netctl.paying.intents import intents, outcomes
from netctl.ports import BlockRef, KeyFacts, Metagraph, Trace, World


async def traces(
    fleet: Fleet, world: World, keys: Mapping[str, KeyFacts], registered: Collection[str], *, at: BlockRef | None = None
) -> Mapping[str, Trace]:
    """What the chain keeps of the hotkeys that have no uid, by neuron; no request where all have one."""
    pairs = {
        neuron.name: (key.hotkey_ss58, key.coldkey_ss58)
        for neuron in fleet.neurons
        if neuron.name not in registered
        and (key := keys[neuron.name]).hotkey_ss58 is not None
        and key.coldkey_ss58 is not None
    }
    known = {name: (hotkey, coldkey) for name, (hotkey, coldkey) in pairs.items() if hotkey and coldkey}
    if not known:
        return {}
    found = await world.chain.traces(fleet.netuid, list(known.values()), at=at)
    return {name: found[hotkey] for name, (hotkey, _) in known.items()}


async def observe(
    fleet: Fleet,
    world: World,
    keys: Mapping[str, KeyFacts],
    metagraph: Metagraph | None,
    left: Mapping[str, Trace],
) -> Mapping[str, str]:
    """Why each neuron of `left` that lost its uid is known to have had one; those that never had are left out."""
    lost: dict[str, str] = {}
    entries = world.journal.entries() if left else ()
    for neuron in fleet.neurons:
        if neuron.name not in left:
            continue
        hotkey = keys[neuron.name].hotkey_ss58
        why = shown_by_chain(neuron, left[neuron.name], metagraph)
        if why is None and hotkey is not None:
            why = await _shown_by_journal(world, entries, fleet.netuid, hotkey)
        if why is not None:
            lost[neuron.name] = why
    return lost


def remedy(name: str) -> str:
    """What to type to pay for a uid again."""
    return f"netctl register --reregister {name}"


def shown_by_chain(neuron: NeuronSpec, trace: Trace, metagraph: Metagraph | None) -> str | None:
    """What the chain itself says of a hotkey without a uid; None where it says nothing."""
    if trace.alpha_rao > 0:
        return f"its hotkey has no uid any more, and {tao_short(trace.alpha_rao)} alpha are left on it"
    uid = neuron.expected_uid
    rows = metagraph.rows if metagraph is not None else ()
    if trace.owner is not None and uid is not None and uid < len(rows):
        return f"its hotkey has no uid any more, and uid {uid} is held by {rows[uid].hotkey}"
    return None


def registrations(entries: Sequence[Mapping[str, Any]], netuid: int, hotkey: str) -> list[tuple[int, str]]:
    """Block and block hash of each registration of this hotkey that the journal has as included, the latest first."""
    decided, end = outcomes(entries), f"register {netuid} {hotkey}"
    found = [decided.get(intent.hash, {}) for intent in intents(entries) if end in intent.ends]
    included = [o for o in found if o.get("result") == "included" and {"block", "block_hash"} <= o.keys()]
    return [(outcome["block"], outcome["block_hash"]) for outcome in reversed(included)]


async def _shown_by_journal(world: World, entries: Sequence[Mapping[str, Any]], netuid: int, hotkey: str) -> str | None:
    """That a paid registration is on this very chain: a purged or reverted one has another block there."""
    for number, block_hash in registrations(entries, netuid, hotkey):
        if await world.chain.block_hash(number) == block_hash:
            return f"it was registered in block {number}, and its hotkey has no uid any more"
    return None
