"""Where a value stands in a profile: its path, as code has it and as a person writes it."""

from __future__ import annotations

import re
from collections.abc import Iterator

Place = tuple[str | int, ...]
LONGEST_KEY = 400
"""More of a key is not shown; long enough for a mnemonic to be seen whole, and so to be hidden."""
_SIMPLE = re.compile(r"[A-Za-z0-9_-]+")


def field_path(place: Place) -> str:
    """The path as a person writes it: ``miners[1].hotkey``, ``files["a/b.json"]``; empty for the whole file."""
    text = ""
    for part in place:
        if isinstance(part, int):
            text += f"[{part}]"
        elif not _SIMPLE.fullmatch(part):
            text += f'["{part[:LONGEST_KEY]}"]'
        else:
            text += f".{part}" if text else part
    return text


def parents(place: Place) -> Iterator[Place]:
    """The place itself and everything around it, innermost first."""
    for length in range(len(place), -1, -1):
        yield place[:length]
