"""What keeps a neuron from starting: code that is missing, files in the way, variables without a value."""

from __future__ import annotations

from collections.abc import Iterator

from netctl.fleet import Fleet, NeuronSpec
from netctl.pack_model import Needs
from netctl.packs import Pack
from netctl.render.environment import Environment
from netctl.render.sources import Sources, places
from netctl.step import Blocked


def unmet(fleet: Fleet, neuron: NeuronSpec, pack: Pack, env: Environment, sources: Sources) -> list[Blocked]:
    """Everything that this neuron's role needs and does not have, each with what to do."""
    found = list(_code_faults(fleet, neuron, pack, sources))
    for needs in (pack.spec.needs, pack.role(neuron.role).needs):
        if not found:
            found += _file_faults(fleet, neuron, pack, needs, sources)
        found += _variable_faults(neuron, needs, env)
    for target, path in neuron.files:
        if sources.read(path) is None:
            found.append(
                Blocked(neuron.name, f"files: {path} for {target} cannot be read", "write the file, or fix its path")
            )
    return found


def _code_faults(fleet: Fleet, neuron: NeuronSpec, pack: Pack, sources: Sources) -> Iterator[Blocked]:
    path, python = fleet.code.path, fleet.code.python
    if pack.spec.needs.code and path is None:
        yield Blocked(neuron.name, f"pack {pack.name} needs the subnet's code", "set neurons.path in the profile")
    elif path is not None and path not in sources.present:
        yield Blocked(neuron.name, f"the subnet's code is not at {path}", "clone it there, or set neurons.path")
    elif python not in sources.present:
        yield Blocked(neuron.name, f"no interpreter at {python}", "netctl neurons install")
    if "=" in str(python):
        yield Blocked(neuron.name, f"the interpreter's path holds a =: {python}", "move it to a plainer place")


def _file_faults(fleet: Fleet, neuron: NeuronSpec, pack: Pack, needs: Needs, sources: Sources) -> Iterator[Blocked]:
    for file in needs.present:
        found = places(file, fleet, pack)
        if found and not any(path in sources.present for path in found):
            yield Blocked(neuron.name, f"{found[0]} is missing", file.why or "check the revision of the subnet's code")
    for file in needs.absent:
        for path in (path for path in places(file, fleet, pack) if path in sources.present):
            yield Blocked(neuron.name, f"{path} is in the way", file.why or "move it away")


def _variable_faults(neuron: NeuronSpec, needs: Needs, env: Environment) -> Iterator[Blocked]:
    values = env.values()
    complained = " ".join(env.missing)
    for name in needs.variables:
        if not values.get(name) and f"${name} " not in complained:
            yield Blocked(neuron.name, f"{name} has no value", f"add `{name}: ${name}` under env: and export it")
