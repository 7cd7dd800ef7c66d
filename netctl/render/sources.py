"""What rendering reads: files that the profile and the pack name. Read once, so that rendering itself is pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from netctl.fleet import Fleet
from netctl.pack_model import PlacedFile, Root
from netctl.packs import PACKAGE, Pack


@dataclass(frozen=True, slots=True)
class Sources:
    """Contents by path (None where a file is missing), and which of the pack's wanted and unwanted files are there."""

    contents: Mapping[Path, bytes | None] = field(repr=False)
    present: frozenset[Path]

    def read(self, path: Path) -> bytes | None:
        """A file's content, None where it is missing or cannot be read."""
        return self.contents.get(path)


def place(root: Root, path: str, fleet: Fleet, pack: Pack) -> Path | None:
    """Where a pack's path lies; None for the checkout of a fleet that has none."""
    if root == "code":
        return None if fleet.code.path is None else fleet.code.path / path
    return (pack.root if root == "pack" else PACKAGE) / path


def places(file: PlacedFile, fleet: Fleet, pack: Pack) -> tuple[Path, ...]:
    """Where a wanted or unwanted file may lie, the nearest first; none for the checkout of a fleet that has none."""
    found = place(file.root, file.path, fleet, pack)
    if found is None or not file.above:
        return () if found is None else (found,)
    root = Path(str(found).removesuffix(f"/{file.path}") or "/")
    return (found, *(parent / file.path for parent in root.parents))


def read_sources(fleet: Fleet, pack: Pack) -> Sources:
    """Read everything that this fleet's neurons are rendered from; a file that cannot be read counts as missing."""
    named = {*_named_by_profile(fleet), *_named_by_pack(fleet, pack), *_named_by_nodes(fleet)}
    contents = {path: _read(path) for path in named}
    watched = {path for path in _watched(fleet, pack) if path.exists()}
    return Sources(contents, frozenset(watched))


def environment_file(fleet: Fleet) -> Path:
    """What a virtual environment says of the interpreter that it was made with."""
    return fleet.code.python.parent.parent / "pyvenv.cfg"


def _named_by_nodes(fleet: Fleet) -> Iterator[Path]:
    if fleet.swarm is not None and fleet.swarm.image is None:
        yield environment_file(fleet)


def _named_by_profile(fleet: Fleet) -> Iterator[Path]:
    for neuron in fleet.neurons:
        yield from neuron.env_files
        yield from (source for _, source in neuron.files)


def _named_by_pack(fleet: Fleet, pack: Pack) -> Iterator[Path]:
    roles = {neuron.role for neuron in fleet.neurons} & set(pack.spec.roles)
    seeds = [(seed.root, seed.source) for role in roles for seed in pack.role(role).seeds]
    lists = [(pack.spec.zipcodes.root, pack.spec.zipcodes.path)] if pack.spec.zipcodes else []
    for root, path in (*seeds, *lists):
        found = place(root, path, fleet, pack)
        if found is not None:
            yield found


def _watched(fleet: Fleet, pack: Pack) -> Iterator[Path]:
    yield fleet.code.python
    if fleet.code.path is not None:
        yield fleet.code.path
    for needs in (pack.spec.needs, *(role.needs for role in pack.spec.roles.values())):
        for file in (*needs.present, *needs.absent):
            yield from places(file, fleet, pack)


def _read(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except OSError:
        return None
