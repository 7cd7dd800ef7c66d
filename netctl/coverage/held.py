"""What a miner's database was found to hold, sorted by the zipcodes that there are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from netctl.coverage.universe import Universe
from netctl.pack_model import Holdings


@dataclass(frozen=True, slots=True)
class Label:
    """All entities of one label. `first_s` and `last_s` are when the oldest and the newest were seen, if told."""

    label: str
    entities: int
    bytes: int = 0
    first_s: float | None = None
    last_s: float | None = None


@dataclass(frozen=True, slots=True)
class Reading:
    """A database as it was read: its labels, or why it could not be."""

    labels: tuple[Label, ...] = ()
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class Held:
    """A miner's holdings: `zipcodes` those of the list, `others` every other label.

    With a `problem` nothing is known of them.
    """

    miner: str
    path: str
    zipcodes: Mapping[str, Label] = field(default_factory=dict)
    others: tuple[Label, ...] = ()
    problem: str | None = None


def held_of(miner: str, path: str, reading: Reading, spec: Holdings, universe: Universe) -> Held:
    """Sort what was read by the whole list of zipcodes; the largest of the other labels come first."""
    zipcodes: dict[str, Label] = {}
    others: list[Label] = []
    for label in reading.labels:
        zipcode = zipcode_in(label.label, spec)
        if zipcode in universe.places:
            zipcodes[zipcode] = label
        else:
            others.append(label)
    others.sort(key=lambda label: (-label.entities, label.label))
    return Held(miner, path, zipcodes, tuple(others), reading.problem)


def zipcode_in(label: str, spec: Holdings) -> str:
    """What a label names behind the pack's prefix, "" for a label of another kind: it need be no zipcode."""
    return label.removeprefix(spec.prefix) if label.startswith(spec.prefix) else ""


def within(held: Held, universe: Universe) -> Held:
    """The same, with the zipcodes of a part of the list only."""
    kept = {zipcode: label for zipcode, label in held.zipcodes.items() if zipcode in universe.places}
    return Held(held.miner, held.path, kept, held.others, held.problem)
