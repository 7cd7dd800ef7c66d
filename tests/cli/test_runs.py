"""Runs through the real program: one from `up` to `down`, however often `up` comes in between; and two compared."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families

from netctl.adapters.tmux import TmuxHost
from netctl.errors import SessionError
from netctl.runs.label import RUN, neurons_of
from tests.cli.program import Ended, run, small_profile
from tests.sessions.conftest import wait_until

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

SEEDED = "defaults: {env: {REHEARSAL_WORLD_SEED: $REHEARSAL_WORLD_SEED, MINER_EVAL_PERIOD_MINUTES: 1}, "
UP = ("fleet", "up", "small.yaml", "--rehearse", "--yes")


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Path]:
    (tmp_path / "small.yaml").write_text(small_profile().replace("defaults: {", SEEDED))
    yield tmp_path
    netctl(tmp_path, "fleet", "down", "small.yaml", "--rehearse")


def netctl(here: Path, *argv: str, seed: int = 7) -> Ended:
    return run(*argv, cwd=here, timeout_s=180, HOME=str(here / "home"), REHEARSAL_WORLD_SEED=str(seed))


def done(ended: Ended) -> Ended:
    assert ended.code == 0, ended.err
    return ended


def runs(here: Path) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = done(netctl(here, "run", "list", "--json")).document["runs"]
    return found


def state_of(here: Path) -> Path:
    return here / ".netctl" / "small-rehearsal"


SHOWN = {"netctl_evaluation_score", "netctl_neuron_cpu_seconds_total", "netctl_weight_ratio", "netctl_chain_block"}


MEASURED = {"incentive", "emission", "score", "rank by score", "restarts", "memory, mean"}


def is_sampled(here: Path) -> bool:
    """Whether everything of a run is exposed."""
    families = text_string_to_metric_families(done(netctl(here, "metrics")).out)
    return {sample.name for family in families for sample in family.samples} >= SHOWN


def measured(here: Path) -> set[str]:
    """What of miner_1 is known in the last two runs."""
    came_out = done(netctl(here, "compare", "last-1", "last", "--json")).document["came_out"]
    both = [each for each in came_out if each["neuron"] == "miner_1" and None not in (each["a"], each["b"])]
    return {each["figure"] for each in both}


def test_a_run_is_one_until_down_and_the_next_is_another_that_can_be_compared(place: Path) -> None:
    done(netctl(place, *UP))
    (first,) = runs(place)
    assert (first["running"], first["changes"], first["ended"]) == (True, 0, None)
    record = state_of(place) / "runs" / first["id"] / "run.json"
    before = record.read_bytes()
    done(netctl(place, *UP))
    assert record.read_bytes() == before, "an up that finds nothing to do changes nothing"

    # Another neuron, by another profile: the same run, which says so.
    profile = place / "small.yaml"
    miner = "  - {name: miner_1, wallet: w1, hotkey: h1}\n"
    profile.write_text(profile.read_text().replace(miner, f"{miner}  - {{name: miner_2, wallet: w3, hotkey: h3}}\n"))
    done(netctl(place, *UP))
    shown = done(netctl(place, "run", "show", "--json")).document
    assert shown["id"] == first["id"]
    assert {member["name"]: member["uid"] for member in shown["neurons"]} == {
        "miner_1": 1,
        "validator_1": 2,
        "miner_2": 3,
    }
    (change,) = shown["changes"]
    assert change["started"] == ["miner_2", "validator_1"], "the ports behind it move on"
    assert "miner_2" in change["profile"]["text"]
    assert "miner_2" not in shown["profile"]["text"]
    assert "$REHEARSAL_WORLD_SEED" in shown["profile"]["text"]
    assert shown["seeds"]["miner_1"] == {"REHEARSAL_WORLD_SEED": 7}

    # What is exposed while it runs, once and by the endpoint; and its tables.
    wait_until(lambda: is_sampled(place), "the first evaluation, weights and use are exposed", deadline_s=120)
    assert run_of_endpoint(place) == first["id"]
    written = done(netctl(place, "metrics", "--csv", "out", "--run", first["id"], "--json")).document
    counts = {each["table"]: each["rows"] for each in written["tables"]}
    assert [table for table, rows in counts.items() if rows == 0] == []
    for path in state_of(place).rglob("*"):
        if path.parent.name == first["id"] or path.name == "runs":
            assert path.stat().st_mode & 0o077 == 0, path

    done(netctl(place, "fleet", "down", "small.yaml", "--rehearse"))
    (over,) = runs(place)
    assert (over["running"], over["ended_by"]) == (False, "netctl fleet down")
    assert over["first_block"] < over["last_block"]

    done(netctl(place, *UP, seed=8))
    wait_until(lambda: measured(place) >= MEASURED, "all of it is sampled in the second run too", deadline_s=120)
    done(netctl(place, "fleet", "down", "small.yaml", "--rehearse"))
    assert [each["id"] for each in runs(place)] == [first["id"], runs(place)[1]["id"]]
    compared = done(netctl(place, "compare", "last-1", str(state_of(place)), "--json")).document
    told = {each["what"]: (each["a"], each["b"]) for each in compared["ran"]["differs"]}
    assert told["seeds"] == ("REHEARSAL_WORLD_SEED 7", "REHEARSAL_WORLD_SEED 8")
    assert "code" in compared["ran"]["same"]
    figures = {(each["neuron"], each["figure"]): each for each in compared["came_out"]}
    assert compared["unknown"] == []
    assert {each["figure"] for each in compared["came_out"]} >= MEASURED
    assert figures["validator_1", "evaluated"]["b"] > 0
    table = done(netctl(place, "compare", first["id"], "last")).out
    assert "seeds" in table
    assert "miner_1" in table
    assert done(netctl(place, "fleet", "down", "small.yaml", "--rehearse", "--purge", "--yes")).code == 0
    assert not state_of(place).exists()


def run_of_endpoint(place: Path) -> str:
    """The run that is exposed by an endpoint, which ends by Ctrl-C."""
    words = [sys.executable, "-m", "netctl", "metrics", "--serve", ":0", "--json"]
    server = subprocess.Popen(words, cwd=place, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert server.stdout is not None
    url = json.loads(server.stdout.readline())["url"]
    with urllib.request.urlopen(url, timeout=20) as answer:
        families = list(text_string_to_metric_families(answer.read().decode()))
    server.send_signal(signal.SIGINT)
    _, err = server.communicate(timeout=20)
    assert (server.returncode, "Traceback" in err) == (130, False), err
    (info,) = (family for family in families if family.name == "netctl_fleet_info")
    return str(info.samples[0].labels["run"])


def test_an_up_that_was_killed_and_a_record_that_was_lost_leave_a_run_that_the_next_up_writes_down(place: Path) -> None:
    host = TmuxHost(state_of(place), "small-rehearsal")

    def labelled() -> set[str]:
        try:
            return {session.labels.get(RUN, "") for session in neurons_of(host.sessions()).values()}
        except SessionError:  # a server that is about to come up
            return set()

    words = [sys.executable, "-m", "netctl", *UP]
    environ = {**os.environ, "HOME": str(place / "home"), "REHEARSAL_WORLD_SEED": "7"}
    first = subprocess.Popen(words, cwd=place, env=environ, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        wait_until(lambda: bool(labelled()), "the first neuron is started", deadline_s=90)
    finally:
        first.kill()
        first.wait()
    (name,) = labelled()
    assert name
    assert runs(place) == []

    done(netctl(place, *UP))
    (found,) = runs(place)
    assert (found["id"], found["running"]) == (name, True)
    assert found["first_block"] > 0
    assert len(labelled()) == 1

    shutil.rmtree(state_of(place) / "runs")
    done(netctl(place, *UP))
    (again,) = runs(place)
    assert (again["id"], again["first_block"]) == (name, found["first_block"])

    # The machine was restarted: nobody said that the run is over.
    host.shut_down(grace_s=5)
    (lost,) = runs(place)
    assert (lost["running"], lost["ended_by"]) == (False, None)
    assert lost["ended"] is not None
    done(netctl(place, *UP))
    assert [each["running"] for each in runs(place)] == [False, True]
