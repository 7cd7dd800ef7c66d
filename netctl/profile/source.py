"""A profile's file: bytes that are checked before a parser sees them, then values with their lines."""

from __future__ import annotations

import os
import re
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from netctl.errors import Fault
from netctl.profile import tree
from netctl.profile.place import Place, field_path, parents

LARGEST = 1_000_000
_UNPRINTABLE = re.compile(
    "[^\\t\\n\\r\\x20-\\x7e\\xa0-\\u2027\\u202a-\\ud7ff\\ue000-\\ufefe\\uff00-\\ufffd\\U00010000-\\U0010ffff]"
)
_UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")


@dataclass(frozen=True, slots=True)
class Document:
    """What a file holds: `value` is a mapping, or None where the file could not be read that far."""

    path: Path
    value: dict[str, Any] | None
    lines: dict[Place, int]
    texts: dict[Place, str]
    flaws: tuple[tree.Flaw, ...]
    text: str = ""

    @property
    def faults(self) -> tuple[Fault, ...]:
        """The flaws as faults, each with its own line."""
        return tuple(Fault(self.path, f.line, field_path(f.place), f.message, f.hint) for f in self.flaws)

    def line_of(self, place: Place) -> int:
        """The line of a place, or of the nearest thing around it."""
        return next((self.lines[p] for p in parents(place) if p in self.lines), 1)

    def fault(self, place: Place, message: str, hint: str = "") -> Fault:
        """A fault at this place."""
        return Fault(self.path, self.line_of(place), field_path(place), message, hint)


def read(path: Path) -> Document:
    """Read a file as far as it can be read; what is wrong with it is in `flaws`, nothing is raised."""
    try:
        text = text_of(path)
    except tree.Refusal as refusal:
        return refused(path, refusal)
    return parse(text, path)


def text_of(path: Path) -> str:
    """The file's text; tree.Refusal where it cannot be read, or is none."""
    return _text(_bytes(path))


def refused(path: Path, refusal: tree.Refusal) -> Document:
    """What is known of a file that cannot be read any further."""
    return Document(path, None, {}, {}, (refusal.flaw,))


def parse(text: str, path: Path) -> Document:
    """The same of a text that has been read already."""
    try:
        root = _root(text)
    except tree.Refusal as refusal:
        return refused(path, refusal)
    found = tree.construct(root)
    return Document(path, found.value, found.lines, found.texts, found.flaws, text)


def _root(text: str) -> tree.Node:
    root = tree.compose(text)
    if root is None or (root.kind == "scalar" and not root.text):
        raise tree.Refusal(1, "the file is empty", "start from a commented one: netctl profile new")
    if root.kind != "mapping":
        kind = "single word" if root.kind == "scalar" else root.kind
        raise tree.Refusal(root.line, f"the file holds a {kind}, not a mapping", "start with `name: ...`")
    return root


def _bytes(path: Path) -> bytes:
    try:
        with os.fdopen(os.open(path, os.O_RDONLY | os.O_NONBLOCK), "rb") as file:
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                raise tree.Refusal(1, "not a regular file", "name the profile's .yaml file")
            content = file.read(LARGEST + 1)
    except (OSError, ValueError) as exc:
        reason = exc.strerror if isinstance(exc, OSError) and exc.strerror else "not a file name"
        raise tree.Refusal(1, f"cannot be read: {reason}", "name the profile's .yaml file") from exc
    if len(content) > LARGEST:
        raise tree.Refusal(
            1, f"larger than {LARGEST // 1_000_000} MB", "a profile is a short file; is this the right one?"
        )
    return content


def _text(content: bytes) -> str:
    if content.startswith(_UTF16_MARKS):
        raise tree.Refusal(1, "the file is UTF-16", "save it as UTF-8")
    nul = content.find(b"\0")
    if nul >= 0:
        raise tree.Refusal(_line(content, nul), "a NUL byte: the file is not text", "name the profile's .yaml file")
    try:
        text = content.decode("utf-8").removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    except UnicodeDecodeError as exc:
        raise tree.Refusal(_line(content, exc.start), "bytes that are not UTF-8", "save the file as UTF-8") from exc
    odd = _UNPRINTABLE.search(text)
    if odd is not None:
        line = text.count("\n", 0, odd.start()) + 1
        raise tree.Refusal(line, f"the character U+{ord(odd[0]):04X}, which cannot be seen", "take it out")
    return text


def _line(content: bytes, offset: int) -> int:
    return content.count(b"\n", 0, offset) + 1
