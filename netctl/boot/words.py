"""How systemd wants words and paths in its units."""

from __future__ import annotations

import re
from pathlib import Path


def quoted(word: str) -> str:
    """One word of a unit's setting."""
    word = word.replace("%", "%%")
    if re.fullmatch(r"[\w./:@%+,=$-]+", word):
        return word
    escaped = word.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\t", "\\t")
    return f'"{escaped}"'


def path_word(path: Path) -> str:
    """A path where systemd takes the rest of the line: nothing is quoted there."""
    return str(path).replace("%", "%%")
