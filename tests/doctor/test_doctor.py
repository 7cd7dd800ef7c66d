"""`netctl doctor` as a program: without anything, and on a rehearsal that is well, then ill, then gone."""

from __future__ import annotations

import re
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from netctl.doctor.registry import ROWS
from tests.cli.program import Ended, run, small_profile

VERDICTS = ["good", "warning", "failed", "unseen"]
ROW = {
    "type": "object",
    "required": ["area", "name", "what", "verdict", "found", "why", "next"],
    "properties": {"verdict": {"enum": VERDICTS}, "next": {"type": ["string", "null"]}},
}
SCHEMA = {
    "type": "object",
    "required": ["ok", "fleet", "network", "rows"],
    "properties": {"ok": {"type": "boolean"}, "rows": {"type": "array", "items": ROW}},
}


def doctor(here: Path, *words: str, code: int, **environ: str) -> dict[str, dict[str, Any]]:
    """The rows of ``netctl doctor --json`` by their names."""
    ended = run("doctor", "--json", *words, cwd=here, **{"HOME": str(here / "home"), **environ})
    assert ended.code == code, (re.findall(r'"(?:failed|warning)",\s*"found": .*', ended.out), ended.err)
    document = ended.document
    jsonschema.validate(document, SCHEMA)
    assert document["ok"] is (code == 0)
    rows = {row["name"]: row for row in document["rows"]}
    assert list(rows) == [row.name for area, rows in ROWS.items() if area != "swarm" for row in rows]
    return rows


@pytest.fixture
def nowhere(tmp_path: Path) -> Path:
    """An empty directory with an empty HOME in it."""
    (tmp_path / "home").mkdir()
    return tmp_path


def test_without_a_profile_it_looks_at_the_machine(nowhere: Path) -> None:
    rows = doctor(nowhere, code=0)
    assert rows["tmux"]["verdict"] == "good"
    unseen = [row for row in rows.values() if row["verdict"] == "unseen"]
    assert {row["found"] for row in unseen} == {"not looked at: no profile was named"}
    assert len(unseen) == len(rows) - 3
    assert [path.name for path in nowhere.rglob("*")] == ["home"]


def test_for_people_the_reason_is_said_once(nowhere: Path) -> None:
    ended = run("doctor", cwd=nowhere, HOME=str(nowhere / "home"))
    assert ended.code == 0
    assert ended.out.count("no profile was named") == 1
    assert ended.err.endswith("3 ok, 25 not looked at\n")


def test_a_profile_that_is_wrong_is_an_error_of_usage(nowhere: Path) -> None:
    (nowhere / "bad.yaml").write_text("name: bad\nnetwork: tset\n")
    assert run("doctor", "-p", "bad.yaml", cwd=nowhere).code == 2
    assert run("doctor", "-p", "none.yaml", cwd=nowhere).code == 2


@pytest.mark.slow
def test_a_rehearsal_that_was_never_up_can_be_examined(nowhere: Path) -> None:
    (nowhere / "small.yaml").write_text(small_profile())
    rows = doctor(nowhere, "-p", "small.yaml", "--rehearse", code=0)
    assert rows["startable"]["verdict"] == "good"
    assert rows["subnet"]["found"] == "not looked at: the rehearsal's chain does not run"
    assert sorted(path.name for path in nowhere.iterdir()) == ["home", "small.yaml"]
    ended = run("doctor", "-p", "small.yaml", "--rehearse", cwd=nowhere, HOME=str(nowhere / "home"))
    assert ended.err.splitlines()[-1].endswith("want the fleet named, too: -p small.yaml --rehearse")


def test_a_public_network_that_does_not_answer_fails_one_row(nowhere: Path) -> None:
    (nowhere / "small.yaml").write_text(small_profile().replace("network: test", "network: ws://127.0.0.1:9"))
    rows = doctor(nowhere, "-p", "small.yaml", code=1)
    assert rows["chain"]["verdict"] == "failed"
    assert rows["balance"]["found"] == "not looked at: the chain does not answer"


def quick_profile() -> str:
    """Two neurons, and weights every few seconds: a rehearsal's tempos are five seconds long."""
    return small_profile().replace("defaults: {", "defaults: {env: {MINER_EVAL_PERIOD_MINUTES: 5}, ")


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A directory with a fleet of one miner and one validator, up in a rehearsal; taken down afterwards."""
    here = tmp_path_factory.mktemp("place")
    (here / "small.yaml").write_text(quick_profile())
    (here / "home").mkdir()
    up = _netctl(here, "fleet", "up", "small.yaml", "--rehearse", "--yes")
    try:
        assert up.code == 0, up.err
        yield here
    finally:
        _netctl(here, "fleet", "down", "small.yaml", "--rehearse")


def _netctl(here: Path, *argv: str) -> Ended:
    return run(*argv, cwd=here, HOME=str(here / "home"))


@pytest.mark.slow
def test_a_rehearsal_that_runs_is_well(place: Path) -> None:
    rows = until_no_warning(place)
    assert [name for name, row in rows.items() if row["verdict"] == "unseen"] == ["clock"]
    assert "reads the chain" in rows["sdk"]["found"]
    assert rows["ports"]["found"] == "0 free, 2 held by this fleet's own neurons"
    assert list((place / "home").iterdir()) == []


def until_no_warning(place: Path) -> dict[str, dict[str, Any]]:
    """The rows once none is a warning: on a busy machine weights may come late."""
    deadline = time.monotonic() + 60
    while True:
        rows = doctor(place, code=0)
        odd = [row for row in rows.values() if row["verdict"] not in ("good", "unseen")]
        if not odd:
            return rows
        assert time.monotonic() < deadline, odd


@pytest.mark.slow
def test_looking_changes_nothing(place: Path) -> None:
    before = _netctl(place, "status", "--json").document["neurons"]
    journal = _netctl(place, "journal", "--json").out
    doctor(place, code=0)
    after = _netctl(place, "status", "--json").document["neurons"]
    assert [neuron["pid"] for neuron in after] == [neuron["pid"] for neuron in before]
    assert _netctl(place, "journal", "--json").out == journal
    assert _netctl(place, "fleet", "plan", "small.yaml", "--rehearse", "--json").document["steps"] == []


@pytest.mark.slow
def test_what_is_wrong_is_named_with_its_cure_and_the_cure_works(place: Path) -> None:
    (hotkey,) = (place / ".netctl").glob("*/wallets/w1/hotkeys/h1")
    hotkey.chmod(0o644)
    rows = doctor(place, code=1)
    assert [name for name, row in rows.items() if row["verdict"] == "failed"] == ["keyfiles"]
    ended = _netctl(place, "doctor")
    assert ended.code == 1
    assert "FAIL" in ended.out
    assert f"next: {rows['keyfiles']['next']}" in ended.out
    subprocess.run(["/bin/sh", "-c", rows["keyfiles"]["next"]], check=True)
    assert doctor(place, code=0)["keyfiles"]["verdict"] == "good"


@pytest.mark.slow
def test_a_chain_that_is_paused_is_a_warning_and_does_not_fail(place: Path) -> None:
    assert _netctl(place, "chain", "pause").code == 0
    try:
        assert doctor(place, code=0)["chain"]["verdict"] == "warning"
    finally:
        assert _netctl(place, "chain", "resume").code == 0


@pytest.mark.slow
def test_it_works_without_tmux(place: Path) -> None:
    bare = place / "bin"
    bare.mkdir()
    (bare / "ls").symlink_to(str(shutil.which("ls")))
    rows = doctor(place, code=1, PATH=str(bare))
    assert [name for name, row in rows.items() if row["verdict"] == "failed"] == ["tmux"]
    assert rows["keyfiles"]["verdict"] == "good"


@pytest.mark.slow
def test_a_fleet_that_is_down_can_be_examined(place: Path) -> None:
    """The last one: it ends the fleet that the others look at."""
    assert _netctl(place, "fleet", "down").code == 0
    rows = doctor(place, code=0)
    assert rows["ports"]["found"] == "2 free, 0 held by this fleet's own neurons"
    assert rows["balance"]["verdict"] == "unseen"
