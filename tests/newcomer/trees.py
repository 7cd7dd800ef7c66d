"""The three layouts of subnets, and what tests do with them."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

LAYOUTS = Path(__file__).parent / "layouts"
NAMES = ("subnet-template", "listings-universe", "bare")
"""As the subnet template has it, as data-universe has it, and one script."""
SUGGESTED = re.compile(
    r"^(?P<indent> *)# (?:(?:signals|args|rehearsal|validators|defaults):|axon_served: true|- \{name: silent.*)$"
)


def copied(name: str, to: Path) -> Path:
    """A layout as a checkout of its own, to be changed."""
    shutil.copytree(LAYOUTS / name, to, ignore=shutil.ignore_patterns("__pycache__"))
    return to


def written(place: Path, **files: str) -> Path:
    """A checkout of these files: ``a__b_py`` is a/b.py."""
    for name, text in files.items():
        folder, _, suffix = name.rpartition("_")
        path = place / f"{folder.replace('__', '/')}.{suffix}"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return place


def uncommented(text: str) -> str:
    """The text with every suggestion in it taken: whole blocks, not the remarks."""
    lines: list[str] = []
    block: str | None = None
    for line in text.split("\n"):
        match = SUGGESTED.match(line)
        if match is not None:
            block = match["indent"]
        if block is not None and line.startswith(f"{block}# "):
            lines.append(block + line[len(block) + 2 :])
        else:
            block = None
            lines.append(line)
    return "\n".join(lines)
