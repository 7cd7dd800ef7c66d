"""What keeping a neuron's capsules takes, from the fleet and its pack."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from netctl.capsules.keeping import Keeping
from netctl.fleet import Fleet, NeuronSpec
from netctl.layout import error_log_of, log_of
from netctl.packs import Pack
from netctl.render.environment import public_names
from netctl.render.neuron import own_variables
from netctl.render.sources import Sources


def keepings_of(fleet: Fleet, pack: Pack | None) -> Mapping[str, Keeping]:
    """By neuron; nothing but the env files is read. Without a pack every variable counts as a secret."""
    contents = {path: _read(path) for neuron in fleet.neurons for path in neuron.env_files}
    sources = Sources(contents, frozenset())
    return {neuron.name: _keeping_of(fleet, neuron, pack, sources) for neuron in fleet.neurons}


def _keeping_of(fleet: Fleet, neuron: NeuronSpec, pack: Pack | None, sources: Sources) -> Keeping:
    role = None if pack is None else pack.spec.roles.get(neuron.role)
    own = [name for name, _ in own_variables(fleet, neuron)]
    public = () if role is None else public_names(neuron, own=own, pack=role.env, sources=sources)
    return Keeping(
        neuron=neuron.name,
        role=neuron.role,
        fleet=fleet.name,
        state=str(fleet.state),
        stdout=str(log_of(fleet, neuron.name)),
        stderr=str(error_log_of(fleet, neuron.name)),
        code=str(fleet.code.path or ""),
        python=str(fleet.code.python),
        public=public,
    )


def _read(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except OSError:
        return None
