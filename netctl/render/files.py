"""A file that is rendered."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

SECRET = 0o600


@dataclass(frozen=True, slots=True)
class OneFile:
    """A file to be: its content may hold secrets, so it never shows in a repr."""

    path: Path
    content: bytes = field(repr=False)
    mode: int = SECRET
