"""What papers refer to: the links of a page of Markdown."""

from __future__ import annotations

import re
from pathlib import Path

_LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")


def links_of(paper: Path) -> list[str]:
    """Its links to files and parts of files, as they are written; what stands in blocks of code is none."""
    text = re.sub(r"```.*?```", "", paper.read_text(encoding="utf-8"), flags=re.DOTALL)
    return [link for link in _LINK.findall(text) if not link.startswith(("http://", "https://"))]
