"""Where an interpreter lies, as far as it must be carried into a container."""

from __future__ import annotations

import os
from pathlib import Path


def roots(python: Path) -> tuple[Path, ...]:
    """The directories that hold the interpreter and what its links lead to: a venv, and the Python it was made from."""
    found: list[Path] = []
    place = python
    for _ in range(16):
        found.append(_prefix(place))
        if not place.is_symlink():
            break
        place = Path(os.path.normpath(place.parent / place.readlink()))
    return tuple(dict.fromkeys((*found, _prefix(python.resolve()))))


def _prefix(python: Path) -> Path:
    """Above bin/; /bin is /usr/bin on every system that this is for."""
    above = python.parent.parent
    return Path("/usr") if above == Path("/") else above
