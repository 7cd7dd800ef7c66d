"""What lines look like when what changes from one to the next is taken out: which of them are most frequent."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

LOOKED_AT = 240
"""Characters: how a line goes on does not make it another one."""

MOST = 20_000
"""Shapes that are kept at the same time; beyond, those that came least often are forgotten."""

_PLACES = re.compile(
    r"(?P<url>\b(?:https?|wss?)://[^\s'\",)\]]+)"
    r"|(?P<uuid>\b[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}\b)"
    r"|(?P<hotkey>\b5[1-9A-HJ-NP-Za-km-z]{47}\b)"
    r"|(?P<hex>\b0x[0-9a-fA-F]+\b|\b(?=[a-fA-F]*\d)[0-9a-fA-F]{12,}\b)"
    r"|(?P<address>\b\d{1,3}(?:\.\d{1,3}){3}(?::\d+)?\b|\[[0-9a-fA-F:]*::[0-9a-fA-F:.]*\](?::\d+)?)"
    r"|(?P<time>\b\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:[.,]\d+)?)?(?:Z|[+-]\d\d:?\d\d)?)"
    r"|(?P<path>(?<![\w/.])(?:~|\.{1,2})?/[\w.@+=~-]+(?:/[\w.@+=~-]+)+/?)"
    r"|(?P<n>(?<![A-Za-z])[-+]?\d+(?:[.,]\d+)*(?:[eE][-+]?\d+)?|\d+)"
)
_LIST = re.compile(r"(<\w+>)(?:,? ?\1)+")


class Shape(NamedTuple):
    """Lines that differ in numbers, addresses and the like only: how many, and the first of them."""

    text: str
    times: int
    example: str


def shape_of(text: str) -> str:
    """The text with placeholders: `Found 12 properties in 77449` is `Found <n> properties in <n>`."""
    cut = text[:LOOKED_AT]
    masked = _PLACES.sub(lambda found: f"<{found.lastgroup}>", cut)
    return _LIST.sub(r"\1...", masked) + ("..." if len(text) > LOOKED_AT else "")


class Shapes:
    """Counts shapes in bounded memory."""

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._counts: Counter[str] = Counter()
        self._examples: dict[str, str] = {}

    def add(self, text: str) -> None:
        shape = shape_of(text)
        self._counts[shape] += 1
        if shape not in self._examples:
            self._examples[shape] = text[:LOOKED_AT]
            if len(self._counts) > self._most:
                self._forget()

    def most_frequent(self, number: int) -> Sequence[Shape]:
        """The most frequent first; of those as frequent the first that came."""
        return [Shape(text, count, self._examples[text]) for text, count in self._counts.most_common(number)]

    def _forget(self) -> None:
        kept = self._counts.most_common(self._most // 2)
        self._counts = Counter(dict(kept))
        self._examples = {text: self._examples[text] for text, _ in kept}
