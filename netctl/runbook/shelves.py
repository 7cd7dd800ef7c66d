"""Where runbooks lie, and which one a word means: the working directory's own, then those that netctl ships."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from netctl.errors import UsageError
from netctl.profile.suggest import did_you_mean
from netctl.runbook.model import Runbook
from netctl.supplied import supplied

FOLDER: Final = "runbooks"


def shelves() -> tuple[Path, ...]:
    """The directories that hold runbooks: ./runbooks, and where netctl's own are."""
    places = (Path(FOLDER), supplied(FOLDER))
    found = [path for path in places if path is not None and path.is_dir()]
    return tuple({path.resolve(): path for path in reversed(found)}.values())[::-1]


def runbooks() -> Iterator[Path]:
    """Every runbook's file, by shelf and name; one of the same name on an earlier shelf hides those behind it."""
    seen: set[str] = set()
    for shelf in shelves():
        for path in sorted(shelf.glob("*.md")):
            if path.stem not in seen and path.name != "README.md":
                seen.add(path.stem)
                yield path


def profile_of(runbook: Runbook) -> Path | None:
    """The profile that the runbook names: from here, from the runbook's own repository, or the shipped one.

    Where it is in none of them, it is from here: a step may write it. None where the runbook names none.
    """
    if runbook.profile is None:
        return None
    named = Path(runbook.profile).expanduser()
    own = supplied("profiles")
    places = [Path.cwd(), *_repository(runbook.path), *([own.parent] if own is not None else [])]
    return next((place / named for place in places if (place / named).is_file()), Path.cwd() / named)


def _repository(path: Path) -> Iterator[Path]:
    """The directories around a file, up to the root of its repository."""
    for place in path.resolve().parents:
        yield place
        if (place / ".git").exists():
            return


def find(word: str) -> Path:
    """The runbook of this path or name; UsageError where there is none."""
    path = Path(word).expanduser()
    if path.is_file():
        return path
    known = {found.stem: found for found in runbooks()}
    name = path.name.removesuffix(".md")
    if name in known and (word == name or len(path.parts) == 1 or path.parts == (FOLDER, path.name)):
        return known[name]
    hint = did_you_mean(name, known) or "netctl runbook list shows what there is"
    raise UsageError(f"no runbook {word}", hint=hint)
