"""What validators have asked miners for, zipcode by zipcode, by the lines that name one."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

from netctl.coverage.universe import Universe
from netctl.pack_model import Validation


@dataclass(frozen=True, slots=True)
class Naming:
    """Events of one validator and signal that name one zipcode of one miner: how many, and when the last was."""

    validator: str
    signal: str
    zipcode: str
    hotkey: str | None
    uid: int | None
    count: int
    last_s: float | None


@dataclass(frozen=True, slots=True)
class Asked:
    """How often a zipcode was asked for, and how often what came was good or was not; `validators` are who asked."""

    zipcode: str
    asked: int
    passed: int
    refused: int
    validators: tuple[str, ...]
    last_s: float | None


@dataclass(frozen=True, slots=True)
class Validated:
    """What is known of one miner. `tells_passed`: the pack knows by which lines a zipcode has passed."""

    tells_passed: bool
    zipcodes: Mapping[str, Asked] = field(default_factory=dict)

    @property
    def asked(self) -> int:
        """How many zipcodes were asked for."""
        return len(self.zipcodes)

    @property
    def passed(self) -> int | None:
        """How many of them were good at least once; None where no line tells."""
        return sum(z.passed > 0 for z in self.zipcodes.values()) if self.tells_passed else None

    @property
    def refused(self) -> int:
        """How many of them were not good at least once."""
        return sum(z.refused > 0 for z in self.zipcodes.values())


def validated_of(
    namings: Iterable[Naming],
    addresses: Collection[str],
    uids: Collection[int],
    spec: Validation | None,
    universe: Universe,
) -> Validated:
    """All that names this miner: by its hotkey, or by its uid where the line has no hotkey."""
    by_zipcode: dict[str, list[Asked]] = {}
    for naming in namings:
        its = naming.hotkey in addresses if naming.hotkey is not None else naming.uid in uids
        if its and naming.zipcode in universe.places:
            by_zipcode.setdefault(naming.zipcode, []).append(_asked(naming, spec))
    found = {zipcode: summed(zipcode, parts) for zipcode, parts in by_zipcode.items()}
    return Validated(spec is not None and bool(spec.passed), found)


def summed(zipcode: str, parts: Iterable[Asked]) -> Asked:
    """What several sources say of one zipcode, as one."""
    parts = list(parts)
    return Asked(
        zipcode=zipcode,
        asked=sum(part.asked for part in parts),
        passed=sum(part.passed for part in parts),
        refused=sum(part.refused for part in parts),
        validators=tuple(sorted({name for part in parts for name in part.validators})),
        last_s=max((part.last_s for part in parts if part.last_s is not None), default=None),
    )


def _asked(naming: Naming, spec: Validation | None) -> Asked:
    def count(names: Collection[str]) -> int:
        return naming.count if naming.signal in names else 0

    asked = naming.count if spec is None else count(spec.asked)
    passed, refused = (0, 0) if spec is None else (count(spec.passed), count(spec.refused))
    return Asked(naming.zipcode, asked, passed, refused, (naming.validator,), naming.last_s)
