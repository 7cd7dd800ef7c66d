"""Which run a fleet is in: what its sessions say, and nothing else."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from netctl.errors import ChainError
from netctl.ports import BlockRef, SessionSpec
from netctl.runs import label
from tests.runs.made import put, run, session

pytestmark = pytest.mark.fast

NOW = 1795867200.0
A = {"run": "20261128-120000", "run_start": "10.500 90"}
B = {"run": "20261128-130000", "run_start": "20.250 "}


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
    old, new = {"run": "r", "run_start": "1.0 5"}, {"run": "r", "run_start": "2.0 6"}
    before = {name: session(name, old) for name in ("same", "again", "gone")}
    before["revived"] = session("revived", old, dead=True)
    after = {
        "same": session("same", old),
        "again": session("again", new),
        "revived": session("revived", dict(label.passed_on(before["revived"]))),
        "new": session("new", new),
        "older": session("older", {}),
        "supervisor": session("supervisor", new),
    }
    assert label.started_between(before, after) == ("again", "new")
    assert after["revived"].labels == old
    assert label.passed_on(session("older", {"launched": "1.0"})) == {}


def test_a_run_began_when_its_first_session_was_started() -> None:
    sessions = {"x": session("x", {**A, "run_start": "30.5 93"}), "y": session("y", A), "z": session("z", B)}
    assert label.start_of(A["run"], sessions) == label.Start(10.5, 90)
    assert label.start_of(B["run"], sessions) == label.Start(20.25, None)
    assert label.start_of("20261128-140000", sessions) is None
    assert label.start_of(A["run"], {"x": session("x", {"run": A["run"]})}) is None


@dataclass
class Blocks:
    """A chain whose head is this, None for one that does not answer; as much of a world as a start looks at."""

    number: int | None

    @property
    def chain(self) -> Blocks:
        return self

    @property
    def clock(self) -> Blocks:
        return self

    def now(self) -> float:
        return 1795903236.88806

    async def head(self) -> BlockRef:
        if self.number is None:
            raise ChainError("no answer")
        return BlockRef(self.number, "0x")


def spec(*labels: tuple[str, str]) -> SessionSpec:
    return SessionSpec("miner_1", Path("x"), Path("x"), Path("x"), Path("x"), "hash", labels)


async def test_a_start_is_labelled_with_its_time_and_block_where_it_is_in_a_run() -> None:
    for number in (93, None):
        world: Any = Blocks(number)
        (started,) = await label.starting_now([spec(("run", A["run"]))], world)
        found = label.start_of(A["run"], {"miner_1": session("miner_1", dict(started.labels))})
        assert found == label.Start(1795903236.888, number)
    outside = spec(("hotkey", "5H"))
    assert await label.starting_now([outside], world) == (outside,)
