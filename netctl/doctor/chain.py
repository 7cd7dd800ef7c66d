"""Rows about the chain: does it answer, is it the right one, and what does the subnet allow."""

from __future__ import annotations

from netctl.doctor.finding import Judged, Row, about, failed, good, listed, unseen, warning
from netctl.doctor.seen import Absent, OnChain, Seen, there
from netctl.networks import NAMES, NETWORKS
from netctl.paying import dues
from netctl.ports import Subnet

FINALITY_BLOCKS = 20
"""A healthy chain finalizes within a few blocks, and nothing counts as paid before that."""

REQUESTS_AT_START = 12
"""What a neuron on the SDKs 9 and 10 asks before it serves: connecting, a metagraph, its registration, its axon."""

PUBLIC_BUDGET_PER_S = 1.0
"""What the public endpoints answer to one address, by the Subtensor documentation for local development."""

PATIENCE_S = 60.0


def _chain(seen: Seen) -> Judged:
    link, fleet = there(seen.link), there(seen.fleet)
    if link.trouble is not None:
        return failed(link.trouble, "check --network and the profile's endpoint; a node of your own: netctl chain up")
    pulse = there(seen.pulse)
    if pulse.syncing:
        return failed(f"the node is at block {pulse.head.number} and still syncing", "wait, or take another endpoint")
    if not pulse.fresh:
        found = f"no block came after {pulse.head.number} in {about(pulse.waited_s)}"
        if fleet.network.has_dev_accounts:
            return warning(f"{found}: is it paused?", "netctl chain resume; netctl chain status")
        return failed(f"{found}, and one is due every {pulse.block_time_s:g} s", "take another endpoint, or wait")
    lag = pulse.head.number - pulse.finalized
    if lag > FINALITY_BLOCKS:
        return warning(
            f"block {pulse.head.number}, the last final one is {lag} blocks behind", "payments wait: look again later"
        )
    return good(f"block {pulse.head.number} at {link.endpoint}, final up to {pulse.finalized}")


def _genesis(seen: Seen) -> Judged:
    link, fleet = there(seen.link), there(seen.fleet)
    if link.foreign is not None:
        return failed(link.foreign, "check --network and the profile's endpoint; nothing was signed")
    if link.genesis is None:
        return unseen("the chain does not answer")
    short = f"{link.genesis[:10]}..."
    if fleet.network.genesis is not None and not fleet.rehearsal:
        return good(f"{short} is {fleet.network.kind}'s")
    name = NAMES.get(link.genesis)
    return good(f"{short} is {name}'s" if name else f"{short} is no public network's")


def _subnet(seen: Seen) -> Judged:
    fleet, on_chain = there(seen.fleet), there(seen.on_chain)
    subnet = on_chain.subnet
    if subnet is None:
        if fleet.network.has_dev_accounts:
            return unseen(f"subnet {on_chain.netuid} is still to be made, which up does", "netctl fleet up")
        return failed(
            f"subnet {on_chain.netuid} is not on {fleet.network.kind}", "check netuid and network in the profile"
        )
    found = f"subnet {on_chain.netuid}: {subnet.neurons} of {subnet.max_neurons} uids taken, tempo {subnet.tempo}"
    if not subnet.started:
        return warning(f"{found}; not started yet: no emission, no stake", "its owner starts it: btcli subnets start")
    return good(found)


def subnet_of(on_chain: OnChain) -> Subnet:
    """The subnet; Unseen where there is none."""
    return there(on_chain.subnet if on_chain.subnet is not None else Absent(f"there is no subnet {on_chain.netuid}"))


def _registration(seen: Seen) -> Judged:
    fleet, on_chain = there(seen.fleet), there(seen.on_chain)
    subnet = subnet_of(on_chain)
    waiting = [neuron.name for neuron in dues.unregistered(fleet, on_chain.money.dues)]
    if not waiting:
        return good(f"all {len(fleet.neurons)} neurons are registered")
    if not subnet.registration_allowed:
        return failed(
            f"closed, and without a uid: {listed(waiting, between=', ')}", "its owner opens it; netctl register then"
        )
    if subnet.neurons >= subnet.max_neurons:
        return warning(
            f"open and full: whoever has the least emission makes room for {listed(waiting, between=', ')}",
            "netctl metagraph shows who that is",
        )
    return good(f"open; to be registered: {listed(waiting, between=', ')}")


def _requests(seen: Seen) -> Judged:
    fleet = there(seen.fleet)
    public = {network.endpoint for network in NETWORKS.values() if not network.has_dev_accounts}
    if fleet.network.endpoint not in public:
        return good(f"{fleet.network.endpoint or 'its own chain'} is no public endpoint")
    stagger_s = 0.0 if isinstance(seen.rendered, Absent) else seen.rendered.pack.spec.launch.stagger
    neurons = len(fleet.neurons)
    asked = neurons * REQUESTS_AT_START
    within_s = max(1.0, (neurons - 1) * stagger_s)
    late_s = asked / PUBLIC_BUDGET_PER_S - within_s
    found = f"{neurons} neurons ask about {asked} times when they start; {PUBLIC_BUDGET_PER_S:g} a second is answered"
    if late_s > PATIENCE_S:
        return warning(found, "run a node of your own, network: ws://...; or set launch: stagger in the pack")
    return good(found)


ROWS = (
    Row("chain", "the chain's head", "without a chain that goes on nothing is registered, paid or evaluated", _chain),
    Row("genesis", "which chain it is", "a wrong chain takes real TAO, or makes every figure meaningless", _genesis),
    Row("subnet", "the subnet", "every uid, price and weight belongs to one netuid", _subnet),
    Row("registration", "registration", "a neuron without a uid is neither asked nor paid", _registration),
    Row(
        "requests", "the endpoint's budget", "public endpoints answer 429 to an address that asks too often", _requests
    ),
)
