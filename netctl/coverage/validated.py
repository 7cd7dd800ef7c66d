"""What validators have asked miners for, by the labels that their log lines name."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

from netctl.coverage.held import zipcode_in
from netctl.coverage.universe import Universe
from netctl.pack_model import Holdings


@dataclass(frozen=True, slots=True)
class Naming:
    """Events of one validator and signal that name one label of one miner: how many, and when the last was."""

    validator: str
    signal: str
    label: str
    hotkey: str | None
    uid: int | None
    count: int
    last_s: float | None


@dataclass(frozen=True, slots=True)
class Asked:
    """How often a zipcode was asked for and how often it was not good; `validators` are who asked."""

    zipcode: str
    asked: int
    refused: int
    validators: tuple[str, ...]
    last_s: float | None


@dataclass(frozen=True, slots=True)
class Validated:
    """What is known of one miner. `zipcodes` are those of the list that a validator's line names."""

    zipcodes: Mapping[str, Asked] = field(default_factory=dict)


def validated_of(
    namings: Iterable[Naming], addresses: Collection[str], uids: Collection[int], spec: Holdings, universe: Universe
) -> Validated:
    """All that names this miner: by its hotkey, or by its uid where the line has no hotkey."""
    by_zipcode: dict[str, list[Asked]] = {}
    for naming in namings:
        its = naming.hotkey in addresses if naming.hotkey is not None else naming.uid in uids
        zipcode = zipcode_in(naming.label, spec)
        if its and zipcode in universe.places:
            by_zipcode.setdefault(zipcode, []).append(_asked(zipcode, naming, spec))
    return Validated({zipcode: summed(zipcode, found) for zipcode, found in by_zipcode.items()})


def summed(zipcode: str, parts: Iterable[Asked]) -> Asked:
    """What several sources say of one zipcode, as one."""
    parts = list(parts)
    return Asked(
        zipcode=zipcode,
        asked=sum(part.asked for part in parts),
        refused=sum(part.refused for part in parts),
        validators=tuple(sorted({name for part in parts for name in part.validators})),
        last_s=max((part.last_s for part in parts if part.last_s is not None), default=None),
    )


def _asked(zipcode: str, naming: Naming, spec: Holdings) -> Asked:
    refused = naming.signal in spec.refused
    return Asked(
        zipcode, 0 if refused else naming.count, naming.count if refused else 0, (naming.validator,), naming.last_s
    )
