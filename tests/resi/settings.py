"""Every single thing that a pack sets, by a name, and the pack without it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import yaml

from netctl import packs

Place = tuple[str | int, ...]
TOLD = {"pack", "title", "revision", "install.python", "install.note"}
"""What only people read, and the pack's own name: nothing runs differently without it."""
JUDGED = ("ignored", "causes", "signals", "activity", "api", "evaluation_period")
"""What only `netctl doctor`, `netctl why` and what judges by the store read.

Its own tests are test_every_end.py, tests/signals, tests/behaviour, tests/budget and tests/judge.
"""
LEAVES = {"program", "where", "target_zipcodes"}
"""Lists and mappings that are one setting: half a command line is none."""

WHOLE = {"zipcodes.premium.zipcodes"}
"""A list that is one setting, by its whole name: what is taken from it is merely another list."""


def of_the_pack() -> dict[str, Place]:
    """Name to place in pack.yaml of every setting of the pack `resi`, as the file has them now."""
    content = yaml.safe_load((packs.find("resi") / packs.FILE).read_text())
    for section in (content, *content["roles"].values()):
        for part in JUDGED:
            section.pop(part, None)
    content["holdings"].pop("validation", None)  # which signals tell of it: tests/coverage
    return {name: place for name, place in _below(content, "", ()) if name not in TOLD}


def take_away(content: dict[str, Any], place: Place) -> None:
    """Remove what lies there."""
    part: Any = content
    for step in place[:-1]:
        part = part[step]
    del part[place[-1]]


def _below(part: Any, name: str, place: Place) -> Iterator[tuple[str, Place]]:
    if isinstance(part, dict) and part and name.rpartition(".")[2] not in LEAVES:
        if name.startswith("strategies.") or name == "zipcodes":
            yield name, place
        for key, value in part.items():
            yield from _below(value, f"{name}.{key}".lstrip("."), (*place, key))
    elif isinstance(part, list) and name.rpartition(".")[2] not in LEAVES and name not in WHOLE:
        for number, value in enumerate(part):
            yield from _element(value, name, (*place, number))
    else:
        yield name, place


def _element(value: Any, name: str, place: Place) -> Iterator[tuple[str, Place]]:
    """One of a list: by its path, its name or its own text; what says when, or where else, is a setting of its own.

    A probe is one setting: none of its fields means anything alone.
    """
    if not isinstance(value, dict):
        yield f"{name}.{value if isinstance(value, str) else place[-1]}", place
        return
    own = f"{name}.{next(value[key] for key in ('path', 'what', 'name') if key in value)}"
    yield own, place
    if name.endswith(".probes"):
        return
    for key in value.keys() & {"when", "above", "kind", "default", "root", "until", "add"}:
        yield f"{own}.{key}", (*place, key)
