"""Paths in our own JSON files, where they stand as text."""

from __future__ import annotations

from pathlib import Path


def path_from(kind: type, value: object) -> object:
    """The `dec_hook` of msgspec for documents whose only foreign type is Path; NotImplementedError for another."""
    if kind is Path and isinstance(value, str):
        return Path(value)
    raise NotImplementedError(f"no {kind} from {value!r}")
