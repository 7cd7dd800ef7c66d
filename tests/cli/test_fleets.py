"""Which fleet a command without ``-p`` means."""

from __future__ import annotations

from pathlib import Path

import pytest

from netctl.errors import UsageError
from netctl.fleets import NOTE, Remembered, choose, remember, remembered

pytestmark = pytest.mark.fast


def _fleet(root: Path, name: str, **words: object) -> Remembered:
    made = {"rehearse": False, "network": None, "neurons": ("miner_1", "validator_1"), **words}
    return Remembered(name=name, state=root / name, profile=Path(f"/p/{name}.yaml"), **made)  # type: ignore[arg-type]


def test_what_was_remembered_is_read_back(tmp_path: Path) -> None:
    fleets = (_fleet(tmp_path, "a", rehearse=True), _fleet(tmp_path, "b", network="ws://127.0.0.1:9944"))
    for fleet in fleets:
        remember(fleet)
    assert remembered(tmp_path) == fleets


def test_remembering_again_leaves_the_note_alone(tmp_path: Path) -> None:
    remember(_fleet(tmp_path, "a"))
    before = (tmp_path / "a" / NOTE).stat().st_mtime_ns
    remember(_fleet(tmp_path, "a"))
    assert (tmp_path / "a" / NOTE).stat().st_mtime_ns == before
    assert [path.name for path in (tmp_path / "a").iterdir()] == [NOTE]


@pytest.mark.parametrize("text", ["", "{", "[]", "null", '{"profile": 3}', "\x00"])
def test_a_broken_note_counts_as_none(tmp_path: Path, text: str) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / NOTE).write_text(text)
    assert remembered(tmp_path) == ()


def test_the_only_fleet_that_runs_is_meant(tmp_path: Path) -> None:
    a, b = _fleet(tmp_path, "a"), _fleet(tmp_path, "b")
    assert choose([a, b], lambda fleet: fleet is b) is b


def test_the_only_fleet_known_is_meant_when_none_runs(tmp_path: Path) -> None:
    a = _fleet(tmp_path, "a")
    assert choose([a], lambda _: False) is a


@pytest.mark.parametrize("running", [True, False])
def test_several_fleets_are_listed_and_none_is_chosen(tmp_path: Path, *, running: bool) -> None:
    a, b = _fleet(tmp_path, "a", rehearse=True), _fleet(tmp_path, "b", network="local")
    with pytest.raises(UsageError) as caught:
        choose([a, b], lambda _: running)
    assert "a (-p /p/a.yaml --rehearse); b (-p /p/b.yaml --network local)" in str(caught.value)
    assert ("run from" in str(caught.value)) == running


def test_no_fleet_at_all_says_what_to_type() -> None:
    with pytest.raises(UsageError) as caught:
        choose([], lambda _: True)
    assert "-p" in caught.value.hint
