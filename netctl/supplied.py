"""What comes with netctl as files: packs, profiles, runbooks, pages. A wheel has them inside, a checkout beside it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Literal

PACKAGE = Path(__file__).parent
Kind = Literal["docs", "profiles", "runbooks", "templates"]
_PAGE = re.compile(r"\bdocs/([a-z0-9-]+\.md)")


def supplied(kind: Kind, package: Path = PACKAGE) -> Path | None:
    """The directory of that kind; None where there is none.

    Beside the package it counts in netctl's own checkout only: beside an installed one are other people's files.
    """
    inside, beside = package / "shipped" / kind, package.parent / kind
    if inside.is_dir():
        return inside
    return beside if (package.parent / "pyproject.toml").is_file() and beside.is_dir() else None


def is_supplied(path: Path, package: Path = PACKAGE) -> bool:
    """Whether a profile that is called as the last part of the path comes with netctl."""
    shelf = supplied("profiles", package)
    return shelf is not None and path.suffix == ".yaml" and (shelf / path.name).is_file()


def with_pages(text: str, package: Path = PACKAGE) -> str:
    """The text with each docs/PAGE.md named where a wheel has it; as it is in a checkout, which has a docs/."""
    shelf = package / "shipped" / "docs"
    return _PAGE.sub(lambda page: str(shelf / page[1]) if (shelf / page[1]).is_file() else page[0], text)
