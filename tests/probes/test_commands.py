"""A probe that cannot be used is told by the commands before anything is made or paid."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.program import SMALL, call

pytestmark = pytest.mark.fast
BAD = f"{SMALL}defaults: {{probes: [{{name: silnt, within: 20m}}]}}\n"
TOLD = "small.yaml:9: defaults.probes[0].name: no probe 'silnt' to change, and no kind: for a new one"


@pytest.mark.parametrize(
    "words",
    [
        ("profile", "validate", "small.yaml"),
        ("fleet", "up", "small.yaml", "--rehearse", "--yes"),
    ],
)
def test_a_probe_that_cannot_be_used_is_told_before_anything_is_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], words: tuple[str, ...]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("small.yaml").write_text(BAD)
    ended = call(capsys, *words)
    assert ended.code == 2
    assert f"{TOLD} (did you mean silent?)" in ended.err
    assert [path.name for path in tmp_path.iterdir()] == ["small.yaml"]


def test_a_profile_with_good_probes_is_good(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("small.yaml").write_text(BAD.replace("silnt", "silent"))
    assert call(capsys, "profile", "validate", "small.yaml").code == 0
