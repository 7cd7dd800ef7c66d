"""What a page is made of, before it is HTML or Markdown: sections of blocks of plain text, escaped by nobody yet."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from netctl.report.told import Evidence

Tone = Literal["", "good", "bad", "open", "faint"]


@dataclass(frozen=True, slots=True)
class Cell:
    """A text in a table; numbers stand to the right."""

    text: str
    tone: Tone = ""
    number: bool = False


@dataclass(frozen=True, slots=True)
class Text:
    """A paragraph."""

    text: str
    tone: Tone = ""
    kind: Literal["text"] = "text"


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of as many cells as there are headers."""

    headers: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    kind: Literal["table"] = "table"


@dataclass(frozen=True, slots=True)
class Picture:
    """An SVG of ours, whose texts are escaped in it; `lines` say the same in characters, where there is no SVG."""

    svg: str
    caption: str
    lines: tuple[str, ...] = ()
    kind: Literal["picture"] = "picture"


@dataclass(frozen=True, slots=True)
class Point:
    """One thing with its mark: `head` says what, `facts` what was found, `proof` what shows it."""

    head: str
    tone: Tone
    mark: str
    facts: tuple[str, ...] = ()
    proof: tuple[Evidence, ...] = ()


@dataclass(frozen=True, slots=True)
class Points:
    """Points, one below the other."""

    points: tuple[Point, ...]
    kind: Literal["points"] = "points"


Block = Text | Table | Picture | Points


@dataclass(frozen=True, slots=True)
class Part:
    """A titled part of a section; "" for the section's own beginning."""

    title: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class Section:
    """A chapter; on paper it begins a page of its own with `own_page`."""

    title: str
    parts: tuple[Part, ...]
    own_page: bool = False


@dataclass(frozen=True, slots=True)
class Page:
    """The whole: the verdict is its head."""

    title: str
    subtitle: str
    verdict: str
    tone: Tone
    summary: tuple[str, ...]
    sections: tuple[Section, ...]
    footer: str


MARKS: dict[bool | None, tuple[str, Tone]] = {True: ("yes", "good"), False: ("no", "bad"), None: ("open", "open")}
"""How a verdict is written; the words tell it without a colour, too."""
