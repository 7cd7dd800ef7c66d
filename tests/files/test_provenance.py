"""Which version of its code a fleet runs: what a pack leaves out of it, and what a broken pack makes of it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from netctl.fleet import Fleet, NeuronsCode
from netctl.provenance import CODE, code_now, label_of
from tests.checkouts import git
from tests.files.conftest import a_fleet


@pytest.fixture
def fleet(tmp_path: Path) -> Fleet:
    code, pack = tmp_path / "code", tmp_path / "own"
    for place in (code, pack):
        place.mkdir()
    (pack / "pack.yaml").write_text("pack: own\ntitle: t\nrewrites: [jobs.json]\nroles: {miner: {program: [a]}}\n")
    for name in ("jobs.json", "miner.py"):
        (code / name).write_text("1\n")
    git(code, "init", "-q")
    git(code, "add", ".")
    git(code, "commit", "-qm", "one")
    return a_fleet(tmp_path / "state", code=NeuronsCode(code, Path("/bin/sh"), str(pack)))


def test_what_the_programs_write_is_no_change_of_their_code(fleet: Fleet) -> None:
    assert fleet.code.path is not None
    before = label_of(code_now(fleet))
    assert before == {CODE: git(fleet.code.path, "rev-parse", "HEAD")}
    (fleet.code.path / "jobs.json").write_text("2\n")
    assert label_of(code_now(fleet)) == before
    (fleet.code.path / "miner.py").write_text("2\n")
    assert label_of(code_now(fleet)) != before


def test_stand_ins_and_a_pack_that_cannot_be_read_have_none_that_is_told(fleet: Fleet) -> None:
    assert code_now(replace(fleet, code=replace(fleet.code, path=None))) is None
    (Path(fleet.code.pack) / "pack.yaml").write_text("pack: [")
    found = code_now(fleet)
    assert found is not None
    assert (found.mark, label_of(found)) == (None, {})
    assert "pack.yaml" in str(found)
