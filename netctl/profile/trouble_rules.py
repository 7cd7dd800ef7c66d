"""Rules for planted trouble that need the rest of the profile: whose it is, and whether it can be theirs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from netctl.profile.draft import neurons_of
from netctl.profile.place import Place
from netctl.profile.source import Document
from netctl.profile.suggest import did_you_mean
from netctl.profile.troubles import API, KEYS

Finding = tuple[Place, str, str]
OF_VALIDATORS = ("copies_weights",)
OF_TWO = ("duplicates", "copies_weights")


def check(document: Document) -> Iterator[Finding]:
    """Every fault of a profile's planted trouble."""
    rehearsal = (document.value or {}).get("rehearsal")
    written = rehearsal.get("trouble") if isinstance(rehearsal, dict) else None
    if not isinstance(written, Mapping):
        return
    here: Place = ("rehearsal", "trouble")
    if isinstance(rehearsal, dict) and rehearsal.get("neurons") is not None:
        yield here, "only stand-ins make trouble, and the rehearsal has neurons of its own", "take out one of the two"
    roles = {neuron.name: neuron.member.role for neuron in neurons_of(document) if neuron.name is not None}
    for name, trouble in written.items():
        if name == API or trouble is None:
            continue
        if name not in roles:
            yield (*here, name), f"no neuron {name[:60]!r}", did_you_mean(name, list(roles)) or "name one of the fleet"
            continue
        yield from _of_neuron((*here, name), name, trouble, roles)


def _of_neuron(place: Place, name: str, trouble: Any, roles: Mapping[str, str]) -> Iterator[Finding]:
    items = {trouble: None} if isinstance(trouble, str) else trouble
    for key, item in items.items() if isinstance(items, Mapping) else ():
        if key not in KEYS:
            continue
        where = place if isinstance(trouble, str) else (*place, key)
        wanted = "validator" if key in OF_VALIDATORS else "miner"
        if roles[name] != wanted:
            yield where, f"{key} is nothing to a {roles[name]}", f"give it to a {wanted}"
        elif key in OF_TWO:
            yield from _of_two(where, name, item, roles)


def _of_two(place: Place, name: str, whom: Any, roles: Mapping[str, str]) -> Iterator[Finding]:
    others = [other for other, role in roles.items() if role == roles[name] and other != name]
    if not others:
        yield place, f"there is no other {roles[name]} to copy", f"add another {roles[name]}"
    elif isinstance(whom, str) and whom not in others:
        hint = did_you_mean(whom, others) or f"one of {', '.join(others[:5])}"
        yield place, f"{whom[:60]!r} is no other {roles[name]}", hint
