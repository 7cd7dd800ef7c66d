"""Texts made to fit: lines within a width, sizes in units that people read."""

from __future__ import annotations

from textwrap import wrap


def hanging(head: str, text: str, width: int) -> list[str]:
    """Head and text on one line where they fit; else what is left goes on below the text, broken between words."""
    if len(head) + len(text) <= width:
        return [head + text]
    lines = wrap(text, max(20, width - len(head)), break_long_words=False, break_on_hyphens=False)
    return [(head if place == 0 else " " * len(head)) + line for place, line in enumerate(lines)]


def size_text(size_bytes: int) -> str:
    """A file's size: ``22 kB``, ``5.1 MB``."""
    return f"{size_bytes / 1e6:.1f} MB" if size_bytes >= 1e6 else f"{size_bytes / 1e3:.0f} kB"
