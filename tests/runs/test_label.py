"""Which run a fleet is in: what its sessions say, and nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest

from netctl.runs import label
from tests.runs.made import put, run, session

pytestmark = pytest.mark.fast

NOW = 1795867200.0
A, B = {"run": "20261128-120000", "launched": "10.5"}, {"run": "20261128-130000", "launched": "20.25"}


def test_a_fleet_without_a_session_begins_a_run_and_one_with_any_is_in_its_own(tmp_path: Path) -> None:
    assert label.run_for({}, tmp_path, NOW) == "20261128-120000"
    assert label.run_for({"miner_1": session("miner_1", B)}, tmp_path, NOW) == B["run"]
    assert label.run_for({"miner_1": session("miner_1", B, dead=True)}, tmp_path, NOW) == B["run"]


def test_what_only_netctl_itself_runs_is_no_run(tmp_path: Path) -> None:
    sessions = {name: session(name, B) for name in ("chain", "supervisor", "keeper", "proxy")}
    assert label.open_run(sessions) is None
    assert label.run_for(sessions, tmp_path, NOW) == "20261128-120000"


def test_sessions_of_an_older_netctl_are_in_no_run_until_one_is_started_again() -> None:
    old = {"miner_1": session("miner_1", {}), "miner_2": session("miner_2", {"run": ""})}
    assert label.open_run(old) is None
    assert label.open_run({**old, "miner_3": session("miner_3", A), "miner_4": session("miner_4", B)}) == B["run"]


def test_a_run_gets_a_name_that_no_kept_one_has(tmp_path: Path) -> None:
    put(tmp_path, run("20261128-120000"), run("20261128-120000-2"))
    assert label.run_for({}, tmp_path, NOW) == "20261128-120000-3"


def test_who_was_started_is_told_from_who_ran_on_and_from_whom_the_supervisor_revived() -> None:
    before = {name: session(name, {"launched": "1.0"}) for name in ("same", "again", "revived", "gone")}
    after = {
        "same": session("same", {"launched": "1.0"}),
        "again": session("again", {"launched": "2.0"}),
        "revived": session("revived", {"launched": "2.0", "started": "2.0"}),
        "new": session("new", {"launched": "2.0"}),
        "supervisor": session("supervisor", {"launched": "2.0"}),
    }
    assert label.started_between(before, after) == ("again", "new")


def test_a_run_began_when_its_first_session_was_launched() -> None:
    sessions = {"x": session("x", {**A, "launched": "30.5"}), "y": session("y", A), "z": session("z", B)}
    assert label.began_at(A["run"], sessions) == 10.5
    assert label.began_at("20261128-140000", sessions) is None
    assert label.began_at(A["run"], {"x": session("x", {"run": A["run"]})}) is None
