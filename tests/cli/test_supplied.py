"""Where a checkout is not: a profile that comes with netctl is named, and pages are where they can be read."""

from __future__ import annotations

from pathlib import Path

import pytest

from netctl.supplied import with_pages
from tests.cli.program import call

pytestmark = pytest.mark.fast


@pytest.mark.parametrize(
    ("path", "hint"),
    [
        ("profiles/day2.yaml", "netctl comes with one: netctl init"),
        ("some where/profiles/day2-geo.yaml", "netctl comes with one: netctl init 'some where'"),
        ("day2.yaml", "netctl comes with one, which netctl init writes to profiles/day2.yaml"),
    ],
)
@pytest.mark.parametrize(
    "words", [("fleet", "up", "{}", "--rehearse"), ("status", "-p", "{}"), ("profile", "validate", "{}")]
)
def test_of_a_profile_that_comes_with_netctl_it_is_told_how_to_get_at_it(
    path: str,
    hint: str,
    words: tuple[str, ...],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    ended = call(capsys, *(word.format(path) for word in words))
    assert (ended.code, ended.out) == (2, "")
    assert ended.err == f"error: {path}: no such profile\nhint: {hint}\n"


@pytest.mark.parametrize("path", ["profiles/mine.yaml", "schema.json", "day2", "profiles"])
def test_others_are_written_anew(
    path: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    ended = call(capsys, "fleet", "up", path)
    assert ended.err == f"error: {path}: no such profile\nhint: write one: netctl profile new my-fleet.yaml\n"


def test_a_page_is_named_where_the_wheel_has_it(tmp_path: Path) -> None:
    page = tmp_path / "shipped" / "docs" / "packs.md"
    page.parent.mkdir(parents=True)
    page.touch()
    hint = "mend it: docs/packs.md explains each key, docs/gone.md nothing"
    assert with_pages(hint, tmp_path) == f"mend it: {page} explains each key, docs/gone.md nothing"
    assert with_pages(hint, tmp_path / "elsewhere") == hint
