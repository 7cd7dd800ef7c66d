"""Where a value stands in a profile: its path, as code has it and as a person writes it."""

from __future__ import annotations

from collections.abc import Iterator

Place = tuple[str | int, ...]


def field_path(place: Place) -> str:
    """The path as a person writes it: ``miners[1].hotkey``; empty for the whole file."""
    text = ""
    for part in place:
        if isinstance(part, int):
            text += f"[{part}]"
        else:
            text += f".{part}" if text else part
    return text


def parents(place: Place) -> Iterator[Place]:
    """The place itself and everything around it, innermost first."""
    for length in range(len(place), -1, -1):
        yield place[:length]
