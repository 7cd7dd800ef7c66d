"""Rules for what a profile names outside itself: files beside it, packs."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any

from netctl.members import PLACEHOLDER
from netctl.profile.draft import NeuronDraft, neurons_of
from netctl.profile.naming import Finding
from netctl.profile.place import Place
from netctl.profile.source import Document
from netctl.profile.suggest import did_you_mean


def check(document: Document, packs: Collection[str] | None) -> Iterator[Finding]:
    """Every file and pack that is not there; `packs` None leaves packs unchecked."""
    seen: set[tuple[Place, str]] = set()
    shared = (document.value or {}).get("defaults")
    for neuron in neurons_of(document):
        named = [*_named(shared, ("defaults",)), *_named(neuron.member.written, neuron.member.place)]
        for place, text in named:
            path = _fill(text, neuron)
            if (place, path) in seen:
                continue
            seen.add((place, path))
            if not _is_file(document.path.parent, path):
                yield place, f"no such file: {path[:120]}", "paths are relative to the profile"
    if packs is not None:
        yield from _packs(document, packs)


def _named(section: Any, place: Place) -> Iterator[tuple[Place, str]]:
    if not isinstance(section, dict):
        return
    files = section.get("files")
    for target, origin in files.items() if isinstance(files, dict) else ():
        if isinstance(origin, str) and origin.strip():
            yield (*place, "files", target), origin
    named = section.get("env_file")
    if isinstance(named, str) and named.strip():
        yield (*place, "env_file"), named
    for number, item in enumerate(named if isinstance(named, tuple) else ()):
        if isinstance(item, str) and item.strip():
            yield (*place, "env_file", number), item


def _fill(text: str, neuron: NeuronDraft) -> str:
    return text.replace(PLACEHOLDER, str(neuron.index))


def _is_file(base: Path, text: str) -> bool:
    try:
        return (base / Path(text).expanduser()).is_file()
    except (OSError, ValueError, RuntimeError):
        return False


def _packs(document: Document, packs: Collection[str]) -> Iterator[Finding]:
    value = document.value or {}
    rehearsal = value.get("rehearsal")
    for place, section in (
        (("neurons", "pack"), value.get("neurons")),
        (("rehearsal", "neurons", "pack"), rehearsal.get("neurons") if isinstance(rehearsal, dict) else None),
    ):
        pack = section.get("pack") if isinstance(section, dict) else None
        if isinstance(pack, str) and pack and "/" not in pack and pack not in packs:
            hint = did_you_mean(pack, packs) or f"there are: {', '.join(sorted(packs))}"
            yield place, f"no pack {pack[:60]!r}", hint
