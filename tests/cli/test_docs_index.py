"""docs/README.md has a line for every page, and no link of any paper leads nowhere."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.papers import links_of

pytestmark = pytest.mark.fast

ROOT = Path(__file__).parents[2]
INDEX = ROOT / "docs" / "README.md"
PAPERS = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]


def test_every_page_has_one_line() -> None:
    listed = re.findall(r"^- \[([^\]]+)\]\(\1\): .+\.$", INDEX.read_text(encoding="utf-8"), re.MULTILINE)
    pages = {str(path.relative_to(INDEX.parent)) for path in INDEX.parent.rglob("*.md")} - {"README.md"}
    assert pages - set(listed) == set(), "write `- [page.md](page.md): what it says.` into docs/README.md"
    assert sorted(listed) == sorted(set(listed))


def test_the_readme_leads_to_it() -> None:
    assert "](docs/README.md)" in (ROOT / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("paper", PAPERS, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_link_leads_somewhere(paper: Path) -> None:
    for link in links_of(paper):
        name, _, part = link.partition("#")
        target = (paper.parent / name).resolve() if name else paper
        assert target.exists(), f"{paper.name}: {link}"
        if part:
            assert part in _anchors(target), f"{paper.name}: {link}"


def _anchors(page: Path) -> set[str]:
    """What GitHub makes of headings: small letters, spaces to dashes, all else but dashes and underscores left out."""
    headings = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}
