"""`netctl metrics`, `run` and `compare` on a store that lies there: what they print, and what they refuse."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from netctl.fleets import Remembered, remember
from tests.cli.program import call
from tests.metrics.stored import RUN, full
from tests.runs.made import ended_at, put, run

pytestmark = pytest.mark.fast

SECOND = run("20261128-130000", began=4000.0, end=ended_at(4600.0, 390))


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A directory with the state of a fleet that is down, and two runs."""
    monkeypatch.chdir(tmp_path)
    state = tmp_path / ".netctl" / "day2-rehearsal"
    state.parent.mkdir()
    with full(state):
        put(state, run(began=1000.0, end=ended_at(3000.0, 300)), SECOND)
    names = ("miner_1", "validator_1")
    remember(Remembered("day2-rehearsal", state, tmp_path / "gone.yaml", True, None, names))
    return tmp_path


def test_runs_are_read_without_the_profile(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    ended = call(capsys, "run", "list", "--json")
    assert [(each["id"], each["seconds"]) for each in ended.document["runs"]] == [(RUN.id, 2000), (SECOND.id, 600)]
    rows = [line.split() for line in call(capsys, "run", "list").out.splitlines()]
    assert [row[0] for row in rows] == ["run", RUN.id, SECOND.id]
    shown = call(capsys, "run", "show", "last-1").out
    assert "d2c4d9a12b3c" in shown
    assert "seeds     WORLD_SEED 7 (miner_1)" in shown
    assert call(capsys, "run", "show", "last-1", "--json").document["profile"]["text"] == RUN.profile.text


def test_runs_are_compared_by_name_and_by_path(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for words in (("last-1", "last"), (f".netctl/day2-rehearsal/runs/{RUN.id}", ".netctl/day2-rehearsal")):
        told = call(capsys, "compare", *words, "--json").document
        assert (told["a"]["id"], told["b"]["id"]) == (RUN.id, SECOND.id)
    only = call(capsys, "compare", "last-1", "last", "--neuron", "miner_1", "--json").document["came_out"]
    assert {each["neuron"] for each in only} == {"miner_1"}


def test_what_is_now_is_text_or_json_with_the_same_samples(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    told = call(capsys, "metrics", "--json").document
    assert (told["fleet"], [each["name"] for each in told["metrics"]][:2]) == (
        "day2-rehearsal",
        ["netctl_fleet_info", "netctl_sampled"],
    )
    assert told["metrics"][1]["samples"] == [{"labels": {"fleet": "day2-rehearsal"}, "value": 0.0}]
    texts = [call(capsys, "metrics", *words).out.splitlines() for words in ((), ("--prometheus",))]
    plain, asked = ([line for line in text if not line.startswith("netctl_sample_age_seconds")] for text in texts)
    assert plain == asked
    assert 'netctl_sampled{fleet="day2-rehearsal"} 0.0' in plain


def test_files_hold_what_a_run_or_a_stretch_had(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def events(*words: str) -> list[str]:
        told = call(capsys, "metrics", "--csv", "out", *words, "--json")
        assert told.code == 0, told.err
        with Path("out/events.csv").open(newline="") as file:
            return [row["signal_name"] for row in csv.DictReader(file)]

    assert events() == ["scraped", "scraped", "evaluated", "evaluated", "evaluated"]
    assert events("--run", "last") == []
    assert events("--run", RUN.id, "--since", "1970-01-01T00:25:00") == ["evaluated", "evaluated", "evaluated"]
    assert events("--run", RUN.id, "--until", "1970-01-01T00:25:00") == ["scraped", "scraped", "evaluated"]
    rows = [line.split() for line in call(capsys, "metrics", "--csv", "out").out.splitlines()]
    assert rows[3] == ["events", "5", "out/events.csv"]


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (("metrics", "--serve", "--csv", "out"), 2, "four things to do"),
        (("metrics", "--csv", "out", "--parquet", "out"), 2, "four things to do"),
        (("metrics", "127.0.0.1:9428"), 2, "is for --serve"),
        (("metrics", "--since", "10m"), 2, "--since chooses rows of files"),
        (("metrics", "--csv", "out", "--since", "soon"), 2, "--since soon: no time"),
        (("metrics", "--csv", "out", "--run", "2025"), 2, "has no such run"),
        (("metrics", "--serve", "0.0.0.0:9428"), 2, "is not on loopback"),
        (("compare", "last-1", "last-7"), 2, "has no such run"),
        (("compare", "last-1", "last", "--neuron", "miner_9"), 2, "neither run had a neuron miner_9"),
        (("run", "show", "nowhere/run.json"), 2, "no run lies there"),
    ],
)
def test_what_cannot_be_done_is_refused_before_anything_is_written(
    place: Path, capsys: pytest.CaptureFixture[str], words: tuple[str, ...], code: int, told: str
) -> None:
    ended = call(capsys, *words)
    assert (ended.code, ended.out) == (code, "")
    assert told in ended.err
    assert "hint: " in ended.err
    assert not Path("out").exists()


def test_a_fleet_that_was_never_sampled_is_told_what_starts_that(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    state = tmp_path / ".netctl" / "day2"
    remember(Remembered("day2", state, tmp_path / "gone.yaml", False, None, ()))
    ended = call(capsys, "metrics")
    assert (ended.code, ended.out) == (1, "")
    assert "nothing was sampled yet" in ended.err
    assert call(capsys, "run", "list", "--json").document == {"fleet": "day2", "runs": [], "damaged": []}
    assert "has had no run yet" in call(capsys, "run", "list").err
