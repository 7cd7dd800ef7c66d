"""Every neuron has its environment, its files and its directories on disk, and nobody else's are left."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

from netctl import packs
from netctl.fleet import RESERVED_SESSIONS, Fleet
from netctl.money import Rao
from netctl.ports import FileFacts, World
from netctl.render.fleet import RenderedFleet, render_fleet
from netctl.step import Diff, PhaseName, Step

NAME: PhaseName = "files"


@dataclass(frozen=True, slots=True)
class FilesFacts:
    """What was rendered, and what lies in the state directory."""

    wanted: RenderedFleet
    found: Mapping[Path, FileFacts]


@dataclass(frozen=True, slots=True)
class _FileStep:
    neuron: str | None
    path: Path
    shown: str

    @property
    def phase(self) -> PhaseName:
        return NAME

    @property
    def lane(self) -> str:
        return f"files:{self.neuron or 'stale'}"

    def spend(self) -> Rao:
        """Files cost nothing."""
        return 0


@dataclass(frozen=True, slots=True)
class MakeDirectory(_FileStep):
    """A directory of the neuron's own, 0700."""

    @property
    def action(self) -> str:
        return "make_directory"

    def summary(self) -> str:
        """Which directory."""
        return f"make directory {self.shown}"

    async def apply(self, world: World) -> None:
        """Make it and what is missing above it."""
        world.host.make_directory(self.path)


@dataclass(frozen=True, slots=True)
class WriteFile(_FileStep):
    """A file, replaced whole; its content may be secret and is never shown."""

    content: bytes = field(repr=False)
    mode: int
    is_new: bool

    @property
    def action(self) -> str:
        return "write_file"

    def summary(self) -> str:
        """Which file, and whether it was there."""
        return f"{'write' if self.is_new else 'rewrite'} {self.shown}"

    async def apply(self, world: World) -> None:
        """Put it there by an atomic replacement."""
        world.host.replace(self.path, self.content, self.mode)


@dataclass(frozen=True, slots=True)
class RemoveFile(_FileStep):
    """A file of a neuron, or for a purpose, that is no more in the profile."""

    @property
    def action(self) -> str:
        return "remove_file"

    def summary(self) -> str:
        """Which file."""
        return f"remove {self.shown}, which the profile has no use for"

    async def apply(self, world: World) -> None:
        """Remove it, and its directory where that empties it."""
        world.host.remove(self.path)


async def observe(fleet: Fleet, world: World) -> FilesFacts:
    """Render the fleet in memory and list what is on disk; a plan before anything exists finds nothing there."""
    wanted = render_fleet(fleet, packs.load(fleet.code.pack, fleet.profile_path.parent), world.environ)
    found: dict[Path, FileFacts] = {}
    for folder in ("env", "files"):
        found |= world.host.listing(fleet.state / folder)
    for one in wanted.rendered:
        paths = (*one.directories, *(file.path for file in (*one.seeds, *one.files)))
        missing = [path for path in paths if path not in found]
        found |= {path: facts for path in missing if (facts := world.host.facts_of(path)) is not None}
    return FilesFacts(wanted, found)


def diff(fleet: Fleet, facts: FilesFacts) -> Diff:
    """Directories, then seeds where they are missing, then files that differ; at the end what is stale."""
    steps: list[Step] = []
    made: set[Path] = set()
    for one in facts.wanted.rendered:
        for path in one.directories:
            if path not in facts.found and path not in made:
                made.add(path)
                steps.append(MakeDirectory(one.neuron, path, _shown(path, fleet)))
        seeds = (seed for seed in one.seeds if seed.path not in facts.found)
        steps += [WriteFile(one.neuron, s.path, _shown(s.path, fleet), s.content, s.mode, is_new=True) for s in seeds]
        for file in one.files:
            there = facts.found.get(file.path)
            if there != FileFacts(sha256(file.content).hexdigest(), file.mode):
                shown = _shown(file.path, fleet)
                steps.append(WriteFile(one.neuron, file.path, shown, file.content, file.mode, is_new=there is None))
    names = {neuron.name for neuron in fleet.neurons}
    steps += [RemoveFile(o if o in names else None, path, _shown(path, fleet)) for o, path in _stale(fleet, facts)]
    return Diff(tuple(steps), facts.wanted.blocked, facts.wanted.notes)


def _stale(fleet: Fleet, facts: FilesFacts) -> Iterator[tuple[str, Path]]:
    """Whose and which files under env/ and files/ nobody asked for; those of a neuron that is not rendered stay."""
    wanted = {file.path for one in facts.wanted.rendered for file in one.files}
    unrendered = {neuron.name for neuron in fleet.neurons} - {one.neuron for one in facts.wanted.rendered}
    kept = unrendered | set(RESERVED_SESSIONS)
    for path, found in sorted(facts.found.items()):
        for folder in ("env", "files"):
            root = fleet.state / folder
            if found.sha256 is None or path in wanted or not path.is_relative_to(root):
                continue
            owner = path.relative_to(root).parts[0].removesuffix(".env")
            if owner not in kept:
                yield owner, path


def _shown(path: Path, fleet: Fleet) -> str:
    return str(path.relative_to(fleet.state)) if path.is_relative_to(fleet.state) else str(path)
