"""Rows about what the chain pays: owner's keys, permits, weights, immunity."""

from __future__ import annotations

from collections.abc import Iterator

from netctl import heard
from netctl.doctor.chain import subnet_of
from netctl.doctor.finding import Judged, Row, failed, good, listed, span, warning
from netctl.doctor.seen import Absent, OnChain, Seen, there
from netctl.fleet import NeuronSpec, Role
from netctl.money import Rao, tao_short
from netctl.ports import Metagraph, MetagraphRow, Subnet

OVERDUE_TEMPOS = 3
"""A validator that works may miss a tempo now and then; three in a row it does not."""


def _registered(seen: Seen, role: Role | None = None) -> list[tuple[NeuronSpec, MetagraphRow]]:
    """Neurons that have a uid, with their rows; Unseen where none has."""
    fleet, on_chain = there(seen.fleet), there(seen.on_chain)
    subnet_of(on_chain)
    rows = on_chain.money.dues.registered
    found = [(n, rows[n.name]) for n in fleet.neurons if n.name in rows and role in (None, n.role)]
    what = "neuron" if role is None else role
    return there(found or Absent(f"no {what} is registered yet", "netctl register"))


def _metagraph(on_chain: OnChain) -> Metagraph:
    return there(on_chain.metagraph if on_chain.metagraph is not None else Absent("there is no metagraph"))


def _owner(seen: Seen) -> Judged:
    fleet, on_chain, keys = there(seen.fleet), there(seen.on_chain), there(seen.keys)
    owner = subnet_of(on_chain).owner_coldkey
    burned = [n.name for n in fleet.miners if keys.facts[n.name].coldkey_ss58 == owner]
    if burned:
        return failed(
            f"on the subnet owner's coldkey: {listed(burned, between=', ')}",
            "give it a wallet of its own in the profile",
        )
    return good("no miner is on the subnet owner's coldkey")


def _permit(seen: Seen) -> Judged:
    on_chain = there(seen.on_chain)
    validators = _registered(seen, "validator")
    subnet, limit_rao = subnet_of(on_chain), _limit_rao(seen)
    lacks = [f"{n.name} {text}" for n, row in validators for text in _lacks(row, limit_rao, subnet.owner_hotkey)]
    if not lacks:
        least = min(row.total_stake_rao for _, row in validators)
        return good(f"{len(validators)} with a permit; the least stake is {tao_short(least)}")
    young = [n for n, row in validators if _metagraph(on_chain).block - row.registered_at <= subnet.tempo]
    if len(young) == len(validators):
        return warning(f"{listed(lacks)}; permits come with an epoch, every {subnet.tempo} blocks", "look again then")
    return failed(listed(lacks), "netctl stake; netctl metagraph shows who has a permit")


def _limit_rao(seen: Seen) -> Rao:
    """What the miners ask of a validator, 0 where their files could not be looked at."""
    if isinstance(seen.rendered, Absent):
        return 0
    return heard.miners_under(seen.rendered.pack, there(seen.fleet)).limit_rao


def _lacks(row: MetagraphRow, limit_rao: int, owner_hotkey: str) -> Iterator[str]:
    if not row.validator_permit and row.hotkey != owner_hotkey:
        yield "has no validator permit" if row.total_stake_rao else "has no stake, and so no validator permit"
    if row.total_stake_rao < limit_rao:
        yield f"has a stake of {tao_short(row.total_stake_rao)}, and the miners ask for {tao_short(limit_rao)}"


def _weights(seen: Seen) -> Judged:
    on_chain = there(seen.on_chain)
    subnet, graph = subnet_of(on_chain), _metagraph(on_chain)
    block_time_s = on_chain.money.dues.block_time_s
    ages = {n.name: graph.block - max(row.last_update, row.registered_at) for n, row in _registered(seen, "validator")}
    overdue = {name: age for name, age in ages.items() if age > OVERDUE_TEMPOS * subnet.tempo}
    if overdue:
        each = (f"{name} set none for {span(age, block_time_s)}" for name, age in overdue.items())
        name = next(iter(overdue))
        found, then = f"{listed(each)}, and a tempo is {subnet.tempo}", f"netctl logs {name}; netctl status"
        # A chain of one's own has tempos of seconds, which a validator with the subnet's usual pace cannot keep.
        return warning(found, then) if there(seen.fleet).network.has_dev_accounts else failed(found, then)
    return good(f"the oldest are {span(max(ages.values()), block_time_s)} old, a tempo is {subnet.tempo}")


def _immunity(seen: Seen) -> Judged:
    on_chain = there(seen.on_chain)
    subnet, graph = subnet_of(on_chain), _metagraph(on_chain)
    ours, period = _registered(seen), _number(subnet, "immunity_period", 0)
    left = {n.name: period - (graph.block - row.registered_at) for n, row in ours}
    soonest = min(left, key=lambda name: left[name])
    spans = f"{soonest} has the least, {span(left[soonest], on_chain.money.dues.block_time_s)}"
    if left[soonest] <= 0:
        spans = f"it is over for {listed((name for name, blocks in left.items() if blocks <= 0), between=', ')}"
    if subnet.neurons < subnet.max_neurons:
        return good(f"{spans}; nobody goes while {subnet.max_neurons - subnet.neurons} uids are free")
    leaving = next_to_go(subnet, graph)
    for neuron, row in ours:
        if row == leaving:
            immune = ", immune or not" if left[neuron.name] > 0 else ""
            found = f"the subnet is full, and {neuron.name} goes at the next registration{immune}"
            return failed(found, f"netctl logs {neuron.name}: why does it earn so little?")
    soon = OVERDUE_TEMPOS * subnet.tempo
    ending = [n.name for n, row in ours if 0 < left[n.name] <= soon and row.emission_rao == 0]
    if ending:
        found = f"the subnet is full, and without emission: {listed(ending, between=', ')}; {spans}"
        return warning(found, "netctl status; netctl metagraph")
    return good(f"{spans}; the next to go is none of ours")


def next_to_go(subnet: Subnet, graph: Metagraph) -> MetagraphRow | None:
    """Whose uid the next registration takes on a full subnet, by the runtime's rule (get_neuron_to_prune); None: none.

    Lowest emission, then longest registered, then lowest uid, among those past their immunity; among the immune where
    no more than MinNonImmuneUids are past it. The first ImmuneOwnerUidsLimit of the owner never go.
    """
    period = _number(subnet, "immunity_period", 0)
    owned = [row for row in graph.rows if row.coldkey == subnet.owner_coldkey or row.hotkey == subnet.owner_hotkey]
    owned.sort(key=lambda row: (row.hotkey != subnet.owner_hotkey, row.registered_at, row.uid))
    kept = {row.uid for row in owned[: _number(subnet, "owner_immune_neuron_limit", 1)]}
    rows = [row for row in graph.rows if row.uid not in kept]
    exposed = [row for row in rows if graph.block - row.registered_at >= period]
    immune = [row for row in rows if row not in exposed]
    candidates = exposed if len(exposed) > _number(subnet, "min_non_immune_uids", 0) else immune
    return min(candidates, key=lambda row: (row.emission_rao, row.registered_at, row.uid), default=None)


def _number(subnet: Subnet, name: str, otherwise: int) -> int:
    return int(subnet.hyperparameters.get(name, otherwise))


ROWS = (
    Row(
        "owner",
        "miners on the owner's coldkey",
        "what they earn is burned: the score looks fine, the emission is 0",
        _owner,
    ),
    Row(
        "permit",
        "validator permit and stake",
        "without both, miners refuse its requests and its weights do not count",
        _permit,
    ),
    Row(
        "weights",
        "age of weights",
        "consensus forgets a validator that is silent, and no error shows anywhere",
        _weights,
    ),
    Row(
        "immunity",
        "immunity",
        "on a full subnet the neuron with the least emission loses its uid, and pays again",
        _immunity,
    ),
)
