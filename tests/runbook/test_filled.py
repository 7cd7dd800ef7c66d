"""A runbook's Markdown on a terminal: filled to its width, links by their words, pages where they lie."""

from __future__ import annotations

from pathlib import Path

import pytest

from netctl.cli import runbook_show
from netctl.supplied import with_pages

pytestmark = pytest.mark.fast

TEXT = """A sentence that is broken
where its writer's editor broke it, see [docs/keys.md](../docs/keys.md).

```console
$ netctl status      # as it is

$ netctl logs
```

- an item
- another [one](x.md)
"""


def test_paragraphs_are_filled_and_the_rest_is_left() -> None:
    assert list(runbook_show.filled(TEXT, 200)) == [
        "A sentence that is broken where its writer's editor broke it, see docs/keys.md.",
        "",
        *["```console", "$ netctl status      # as it is", "", "$ netctl logs", "```"],
        "",
        *["- an item", "- another [one](x.md)"],
    ]
    assert max(map(len, runbook_show.filled(TEXT, 40))) <= 40


def test_an_expectation_goes_by_its_links_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shelf = tmp_path / "shipped" / "docs"
    shelf.mkdir(parents=True)
    (shelf / "keys.md").touch()
    monkeypatch.setattr(runbook_show, "with_pages", lambda text: with_pages(text, tmp_path))
    said = "an end;\nsee [tear-down.md](tear-down.md) and [docs/keys.md](../docs/keys.md)"
    assert " ".join(runbook_show.hung("expect: ", said, 400)) == (
        f"expect: an end; see tear-down.md and {shelf / 'keys.md'}"
    )
