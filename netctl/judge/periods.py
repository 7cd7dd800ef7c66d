"""How long each neuron's evaluation period is: what its environment says, else what its program takes."""

from __future__ import annotations

from collections.abc import Mapping
from math import isfinite

from netctl.fleet import Fleet
from netctl.packs import Pack
from netctl.render.environment import environment
from netctl.render.sources import read_sources


def periods_of(fleet: Fleet, pack: Pack, operator: Mapping[str, str]) -> Mapping[str, float]:
    """Each neuron's in seconds of wall time; without those of whom it is not known.

    `operator` is the environment that `$NAME` is resolved by; a variable that it lacks leaves a neuron out.
    """
    period = pack.spec.evaluation_period
    if period is None:
        return {}
    sources = read_sources(fleet, pack)
    found: dict[str, float] = {}
    for neuron in fleet.neurons:
        made = environment(fleet, neuron, own=(), pack=(), operator=operator, sources=sources)
        text = made.values().get(period.variable)
        if text is None:
            if any(name == period.variable for name, _ in neuron.env):
                continue
            text = pack.role(neuron.role).env.get(period.variable)
        number = period.default if text is None else _number(text)
        if number is not None:
            found[neuron.name] = number * period.seconds / fleet.time_scale
    return found


def _number(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return number if isfinite(number) and number > 0 else None
