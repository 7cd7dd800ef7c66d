"""`netctl host` of profiles that have no machines for it, or none that can be begun with."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.program import call, small_profile

pytestmark = pytest.mark.fast


@pytest.mark.parametrize("words", [["setup", "--dry-run"], ["list"], ["list", "--json"]])
def test_a_fleet_of_one_machine_has_nothing_to_set_up(
    words: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("small.yaml").write_text(small_profile())
    ended = call(capsys, "host", words[0], "small.yaml", *words[1:])
    assert (ended.code, ended.out) == (2, "")
    assert "names no other machines" in ended.err
    assert not Path(".netctl").exists()
