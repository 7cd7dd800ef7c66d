"""Where a rehearsal's axons listen: at the profile's ports, or a whole block of ports further on.

So two rehearsals of one profile, or one beside the real fleet, run on one machine. The embedded chain's port is held
by one rehearsal alone, hence a block that is chosen by it can be no other rehearsal's. A `port:` that the profile
gives is never moved.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from netctl.embedded import FIRST_PORT, LAST_PORT, SESSION
from netctl.fleet import Fleet, NeuronSpec, ProxyPorts
from netctl.layout import files_of
from netctl.members import LAST_PORT as LAST_AXON_PORT
from netctl.ports import Host

BLOCK = 100
SLOTS = LAST_PORT - FIRST_PORT + 1


def as_last_time(fleet: Fleet) -> Fleet:
    """The fleet on the block of ports that it was given; unchanged where it was given none."""
    is_ours = fleet.rehearsal and fleet.swarm is None
    return (_moved(fleet, _given(fleet)) or fleet) if is_ours else fleet


def on_free_ports(fleet: Fleet, host: Host, *, chain_port: int) -> Fleet:
    """The fleet on the block of its chain's port: the one it has, or the first that no other process listens in.

    Reads only. Where none is free the fleet stays where it is, and the phase `sessions` says who holds its ports. What
    listens on this machine says nothing of nodes: a fleet of a swarm stays where it is.
    """
    if fleet.swarm is not None:
        return fleet
    given = _given(fleet)
    plain = _moved(fleet, -given) or fleet
    for distance in _distances(given, chain_port - FIRST_PORT):
        found = _moved(plain, distance)
        if found is not None and not _held_by_others(found, host):
            return found
    return fleet


def remember(fleet: Fleet, before: Fleet, host: Host) -> None:
    """Note the block for the commands that follow; nothing is written where it is the one it was."""
    moved = next(
        (
            new.axon_port - old.axon_port
            for new, old in zip(fleet.neurons, before.neurons, strict=True)
            if not new.port_fixed
        ),
        0,
    )
    if moved:
        host.replace(_note(fleet), f"{_given(before) + moved}\n".encode(), 0o600)


def _note(fleet: Fleet) -> Path:
    return files_of(fleet, SESSION) / "axon_ports"


def _given(fleet: Fleet) -> int:
    with suppress(OSError, ValueError):
        return int(_note(fleet).read_text(encoding="ascii"))
    return 0


def _distances(given: int, slot: int) -> Iterator[int]:
    if (given // BLOCK - slot) % SLOTS == 0:
        yield given
    yield from range(slot * BLOCK, LAST_AXON_PORT, SLOTS * BLOCK)


def _moved(fleet: Fleet, distance: int) -> Fleet | None:
    """The fleet that many ports further on; None where a port would be none, or one of another purpose."""
    neurons = tuple(n if n.port_fixed else _further(n, distance) for n in fleet.neurons)
    ports = [port for n in neurons for port in _all_ports(n)]
    moved = {port for n in neurons if not n.port_fixed for port in _all_ports(n)}
    is_clear = len(set(ports)) == len(ports) and not any(FIRST_PORT <= port <= LAST_PORT for port in moved)
    in_range = all(1024 < port <= LAST_AXON_PORT for port in moved)
    return replace(fleet, neurons=neurons) if distance == 0 or (is_clear and in_range) else None


def _further(neuron: NeuronSpec, distance: int) -> NeuronSpec:
    own = neuron.proxied
    # Two ports of the proxy go with each axon's, so that blocks of a hundred axons do not meet there either.
    moved = None if own is None else ProxyPorts(own.rpc + 2 * distance, own.bind + 2 * distance)
    return replace(neuron, axon_port=neuron.axon_port + distance, proxied=moved)


def _all_ports(neuron: NeuronSpec) -> tuple[int, ...]:
    return neuron.ports if neuron.proxied is None else (*neuron.ports, neuron.proxied.rpc)


def _held_by_others(fleet: Fleet, host: Host) -> bool:
    """Whether a process of another fleet, or of none, listens there; an unreadable one is ours if our neuron lives."""
    listeners = host.listeners([port for n in fleet.neurons if not n.port_fixed for port in _all_ports(n)])
    if not listeners:
        return False
    sessions = host.sessions()
    for neuron in fleet.neurons:
        session = sessions.get(neuron.name)
        for holder in filter(None, map(listeners.get, _all_ports(neuron))):
            if neuron.port_fixed or (holder.marker or "").startswith(f"{fleet.state}/"):
                continue
            if holder.pid or session is None or session.pid is None:
                return True
    return False
