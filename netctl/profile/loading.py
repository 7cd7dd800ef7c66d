"""A file to a Profile, or to every fault that it has."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from pathlib import Path

from netctl.errors import Fault, ProfileError
from netctl.profile import secrets, source, structure, validate
from netctl.profile.model import Profile
from netctl.profile.place import Place, parents


def load(path: Path, *, packs: Collection[str] | None = None) -> Profile:
    """Read and check a profile; ProfileError holds every fault at once, in the order of the file.

    `packs` are the names of the packs that are there; None leaves that unchecked. Files that the profile names are
    looked for beside it; the operator's environment is not looked at.
    """
    document = source.read(path)
    faults = [
        Fault(path, flaw.line, document.fault(flaw.place, "").field, flaw.message, flaw.hint) for flaw in document.flaws
    ]
    if document.value is None:
        raise ProfileError(faults)
    known = {flaw.place for flaw in document.flaws if flaw.place}
    leaks = secrets.find(document)
    known |= {place for place, _ in leaks}
    profile, structural = structure.parse(document)
    semantic = validate.check(document, packs)
    faults += [fault for _, fault in leaks]
    faults += _elsewhere((*structural, *semantic), known)
    if profile is None or faults:
        raise ProfileError(sorted(set(faults), key=lambda fault: (fault.line or 0, fault.field, fault.message)))
    return profile


def _elsewhere(found: Iterable[tuple[Place, Fault]], known: set[Place]) -> list[Fault]:
    """The faults at places that have none yet: one word is not blamed twice."""
    return [fault for place, fault in found if not known.intersection(parents(place))]
