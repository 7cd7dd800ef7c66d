"""Where a neuron's probe is written: the member's own entry, else that of `defaults:`, else the pack's."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from netctl.fleet import Fleet, NeuronSpec
from netctl.packs import FILE, Pack
from netctl.profile import draft, source
from netctl.profile.place import Place
from netctl.profile.source import Document


def place_of(fleet: Fleet, pack: Pack, neuron: NeuronSpec, probe: str, field: str) -> tuple[Document, Place]:
    """The file and place of a field of the probe as it was said last; the neuron's own place where nothing is found."""
    profile = source.read(fleet.profile_path)
    file = source.read(pack.root / FILE)
    member = next((one.member for one in draft.neurons_of(profile) if one.name == neuron.name), None)
    layers: list[tuple[Document, Any, Place]] = []
    if member is not None:
        layers.append((profile, member.written, member.place))
    layers.append((profile, (profile.value or {}).get("defaults"), ("defaults",)))
    roles = (file.value or {}).get("roles")
    layers.append((file, roles.get(neuron.role) if isinstance(roles, dict) else None, ("roles", neuron.role)))
    named = [(document, entry, place) for layer in layers for document, entry, place in _entries(layer, probe)]
    for document, entry, place in named:
        if field in entry:
            return document, (*place, field)
    return (named[0][0], named[0][2]) if named else (profile, member.place if member is not None else ())


def _entries(layer: tuple[Document, Any, Place], name: str) -> Iterator[tuple[Document, dict[str, Any], Place]]:
    document, section, place = layer
    probes = section.get("probes") if isinstance(section, dict) else None
    for number, entry in enumerate(probes if isinstance(probes, tuple) else ()):
        if isinstance(entry, dict) and entry.get("name") == name:
            yield document, entry, (*place, "probes", number)
