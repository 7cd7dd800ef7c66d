"""One guard over all nodes: who runs twice, and whose hotkey or port another neuron of the same machines has. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from netctl.fleet import Fleet
from netctl.identity.clashes import refusal
from netctl.ports import Placed

TWICE = "runs twice"


def problems(fleet: Fleet, placed: Sequence[Placed], hotkeys: Mapping[str, str]) -> Mapping[str, str]:
    """By neuron, what is wrong with it across the nodes, in words; those with which nothing is are left out.

    `hotkeys` are the addresses of the fleet's own keys, by neuron.
    """
    found: dict[str, list[str]] = {}
    own = {one.name: one for one in placed if one.is_ours}
    for neuron in fleet.neurons:
        if neuron.placing is None:
            continue
        whys = found.setdefault(neuron.name, [])
        mine = own.get(neuron.name)
        if mine is not None and len(mine.nodes) > 1:
            whys.append(f"{TWICE}, on {' and '.join(mine.nodes)}: one hotkey signs from both")
        nodes = () if mine is None else mine.nodes
        whys += others_with(placed, neuron.name, hotkeys.get(neuron.name, ""), nodes, neuron.ports)
    return {name: "; ".join(whys) for name, whys in found.items() if whys}


def others_with(
    placed: Sequence[Placed], name: str, hotkey: str, nodes: Sequence[str], ports: Sequence[int]
) -> list[str]:
    """What others that run somewhere have of a neuron of the host's own fleet, whose ports are those of these nodes."""
    whys = []
    for one in placed:
        if not one.nodes or (one.is_ours and one.name == name):
            continue
        if hotkey and one.hotkey == hotkey:
            whys.append(refusal("hotkey", f"hotkey {hotkey}", _who(one)))
            continue
        shared = sorted(set(one.ports) & set(ports)) if set(one.nodes) & set(nodes) else []
        whys += [refusal("port", f"port {port}", _who(one), on=one.nodes[0]) for port in shared]
    return whys


def _who(one: Placed) -> str:
    return f"{one.name} of fleet {one.fleet} on {' and '.join(one.nodes)}"
