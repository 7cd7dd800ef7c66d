"""What a supervisor goes by: the fleet as it was brought up, on disk, whatever becomes of the profile meanwhile."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path

import msgspec

from netctl.errors import PrerequisiteError
from netctl.fleet import Fleet, NeuronSpec, Rolling
from netctl.json_paths import path_from
from netctl.placement import Node
from netctl.placing import addresses_of
from netctl.supervisor.restarts import SESSION

FILE = "orders.json"


def path_in(state: Path) -> Path:
    """Where the orders of the fleet with this state directory lie."""
    return state / "files" / SESSION / FILE


def encoded(fleet: Fleet) -> bytes:
    """The fleet as JSON, without what only one command asked for. It names secrets at most, and holds none."""
    lasting = replace(fleet, tops_up_stake=False, reregister=False, no_coldkey=False, rolling=Rolling(), run="")
    if fleet.swarm is not None:
        asked = {name for group in fleet.swarm.labelled for name, _ in group.labels}
        asked |= {name for neuron in fleet.neurons if neuron.placing for name, _ in neuron.placing.labels}
        used = {name for neuron in fleet.neurons for name, _ in addresses_of(fleet, neuron)}
        nodes = tuple(_as_ordered(one, asked) for one in fleet.swarm.nodes if not one.by_label or one.name in used)
        lasting = replace(lasting, swarm=replace(fleet.swarm, nodes=nodes), neurons=tuple(map(_sent, fleet.neurons)))
    return msgspec.json.encode(_Orders(digest_of(fleet.profile_path), lasting), enc_hook=str) + b"\n"


def _as_ordered(node: Node, asked: Collection[str]) -> Node:
    """A node without what comes and goes: whether it is up, and labels that nobody asks for, are no other orders.

    Nor are nodes that were found and on which nothing of the fleet may run.
    """
    if not node.by_label:
        return replace(node, is_open=True)
    return replace(node, is_open=True, manager=None, labels=tuple(each for each in node.labels if each[0] in asked))


def _sent(neuron: NeuronSpec) -> NeuronSpec:
    """Who chose its node is no order: one that was moved is the same as one that was allotted there."""
    return neuron if neuron.placing is None else replace(neuron, placing=replace(neuron.placing, is_fixed=False))


def digest_of(profile: Path) -> str:
    """SHA-256 of a profile as it lies there, "" where there is none to read."""
    try:
        return sha256(profile.read_bytes()).hexdigest()
    except OSError:
        return ""


def read(path: Path) -> Fleet:
    """The fleet of these orders; PrerequisiteError where they are none of this netctl."""
    try:
        return _decoded(path).fleet
    except (OSError, msgspec.MsgspecError) as error:
        raise PrerequisiteError(f"{path} holds no orders: {error}", hint="netctl fleet up writes them anew") from error


def lately(path: Path) -> Fleet | None:
    """The fleet of the last orders, whatever they were made from; None where there are none to read."""
    try:
        return _decoded(path).fleet
    except (OSError, msgspec.MsgspecError):
        return None


def still_valid(path: Path) -> Fleet | None:
    """The fleet of these orders, if its profile is, byte for byte, what they were made from; else None."""
    try:
        found = _decoded(path)
    except (OSError, msgspec.MsgspecError):
        return None
    return found.fleet if found.profile and found.profile == digest_of(found.fleet.profile_path) else None


@dataclass(frozen=True, slots=True)
class _Orders:
    profile: str
    fleet: Fleet


# Made here and once: two threads that are the first to decode a dataclass, at the same time, crash msgspec.
_DECODER = msgspec.json.Decoder(_Orders, dec_hook=path_from)


def _decoded(path: Path) -> _Orders:
    return _DECODER.decode(path.read_bytes())
