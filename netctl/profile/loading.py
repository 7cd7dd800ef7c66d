"""A file to a Profile, or to every fault that it has."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from pathlib import Path

from netctl.errors import Fault, ProfileError
from netctl.profile import draft, secrets, source, structure, validate
from netctl.profile.model import Profile
from netctl.profile.place import Place, parents


def load(path: Path, *, packs: Collection[str] | None = None) -> Profile:
    """Read and check a profile; ProfileError holds every fault at once, in the order of the file.

    `packs` are the names of the packs that are there; None leaves that unchecked. Files that the profile names are
    looked for beside it; the operator's environment is not looked at.
    """
    return _checked(source.read(path), packs)


def loads(text: str, path: Path) -> Profile:
    """The same of a text that was kept of the profile at `path`, which may be another by now."""
    return _checked(source.parse(text, path), None)


def _checked(document: source.Document, packs: Collection[str] | None) -> Profile:
    if document.value is None:
        raise ProfileError(secrets.hide(document.faults))
    leaks = secrets.find(document)
    leaked = {place for place, _ in leaks if place}
    flaws = [(flaw.place, fault) for flaw, fault in zip(document.flaws, document.faults, strict=True)]
    faults = [fault for _, fault in leaks] + [fault for place, fault in flaws if place not in leaked]
    known = leaked | {place for place, _ in flaws if place}
    profile, structural = structure.parse(document)
    faults += _elsewhere((*structural, *validate.check(document, packs)), known)
    if profile is None or faults:
        raise ProfileError(secrets.hide(sorted(set(faults), key=_in_order)))
    return profile


def neuron_names(path: Path) -> tuple[str, ...]:
    """The names of the neurons in the order of the file, as far as it can be read: for completion, never raises."""
    names = (neuron.name for neuron in draft.neurons_of(source.read(path)))
    return tuple(dict.fromkeys(name for name in names if name is not None))


def _in_order(fault: Fault) -> tuple[int, str, str]:
    return fault.line or 0, fault.field, fault.message


def _elsewhere(found: Iterable[tuple[Place, Fault]], known: set[Place]) -> list[Fault]:
    """The faults at places that have none yet: one word is not blamed twice."""
    return [fault for place, fault in found if not known.intersection(parents(place))]
