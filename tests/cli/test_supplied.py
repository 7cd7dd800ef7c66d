"""Where a checkout is not: a profile that comes with netctl is named, and pages are where they can be read."""

from __future__ import annotations

import re
import shlex
import subprocess
from pathlib import Path

import pytest

from netctl.supplied import profile_supplied, with_pages
from tests.cli.program import call

pytestmark = pytest.mark.fast


@pytest.mark.parametrize("path", ["profiles/day2.yaml", "day2.yaml", "some where/day2.yaml"])
@pytest.mark.parametrize(
    "words", [("fleet", "up", "{}", "--rehearse"), ("status", "-p", "{}"), ("profile", "validate", "{}")]
)
def test_a_profile_that_is_not_there_but_comes_with_netctl_can_be_copied_as_it_is_said(
    path: str,
    words: tuple[str, ...],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    ended = call(capsys, *(word.format(path) for word in words))
    assert ended.code == 2
    said = re.fullmatch(r"error: (.*): no such profile\nhint: netctl comes with one: (.*)\n", ended.err)
    assert said is not None
    assert said[1] == path
    subprocess.run(said[2], shell=True, check=True)
    shipped = profile_supplied(Path(path))
    assert shipped is not None
    assert (tmp_path / path).read_bytes() == shipped.read_bytes()
    assert call(capsys, "profile", "validate", path).code == 0


@pytest.mark.parametrize("path", ["profiles/mine.yaml", "schema.json", "day2", "profiles"])
def test_others_are_written_anew(
    path: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    ended = call(capsys, "fleet", "up", path)
    assert ended.err == f"error: {path}: no such profile\nhint: write one: netctl profile new my-fleet.yaml\n"


def test_a_copy_is_told_with_quotes_where_a_shell_needs_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    told = call(capsys, "fleet", "up", "a; b/day2.yaml").err.rpartition("comes with one: ")[2]
    assert shlex.split(told)[:3] == ["mkdir", "-p", "a; b"]


def test_a_page_is_named_where_the_wheel_has_it(tmp_path: Path) -> None:
    page = tmp_path / "shipped" / "docs" / "packs.md"
    page.parent.mkdir(parents=True)
    page.touch()
    hint = "mend it: docs/packs.md explains each key, docs/gone.md nothing"
    assert with_pages(hint, tmp_path) == f"mend it: {page} explains each key, docs/gone.md nothing"
    assert with_pages(hint, tmp_path / "elsewhere") == hint
