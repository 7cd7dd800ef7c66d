"""Files that are to lie in a directory, compared with what lies there already. Nothing is written here."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from netctl.supplied import Kind, supplied

SHELVES: tuple[Kind, ...] = ("profiles", "templates", "runbooks")
Standing = Literal["new", "same", "other"]
"""new: nothing lies there; same: these very bytes do; other: something else does, and stays."""


@dataclass(frozen=True, slots=True)
class Target:
    """A file to be: its path below the directory, and its content."""

    path: str
    content: bytes

    def standing(self, directory: Path) -> Standing:
        """What lies where it would lie."""
        place = directory / self.path
        if not (place.exists() or place.is_symlink()):
            return "new"
        try:
            return "same" if place.read_bytes() == self.content else "other"
        except OSError:
            return "other"


def shipped() -> tuple[Target, ...]:
    """What netctl brings with it, as it is copied out: a profile names the pack that lies beside it, to be edited."""
    found: dict[str, Target] = {}
    for shelf in SHELVES:
        if (root := supplied(shelf)) is None:
            continue
        for path in _files(root):
            name = f"{shelf}/{path.relative_to(root).as_posix()}"
            found[name] = Target(name, path.read_bytes())
    packs = {name.split("/")[1] for name in found if re.fullmatch(r"templates/[^/]+/pack\.yaml", name)}
    return tuple(_with_own_pack(found[name], packs) for name in sorted(found))


def _files(root: Path) -> Iterator[Path]:
    for path in sorted(root.rglob("*")):
        hidden = any(part.startswith(".") or part == "__pycache__" for part in path.relative_to(root).parts)
        if path.is_file() and not hidden and path.suffix != ".pyc":
            yield path


def _with_own_pack(target: Target, packs: set[str]) -> Target:
    if not re.fullmatch(r"profiles/[^/]+\.yaml", target.path):
        return target

    def beside(match: re.Match[str]) -> str:
        return f"{match[1]}../templates/{match[2]}" if match[2] in packs else match[0]

    text = re.sub(r"(?m)^(\s+pack:\s+)([\w-]+)(?=\s|$)", beside, target.content.decode())
    return Target(target.path, text.encode())


def sorted_by_standing(targets: Sequence[Target], directory: Path) -> dict[Standing, tuple[Target, ...]]:
    """The targets by what lies in their place."""
    found: dict[Standing, list[Target]] = {"new": [], "same": [], "other": []}
    for target in targets:
        found[target.standing(directory)].append(target)
    return {standing: tuple(each) for standing, each in found.items()}
