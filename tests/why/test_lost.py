"""A run that is lost with its tmux server: told once, by its logs from its own launch on, whoever else tells of it."""

from __future__ import annotations

import os
import signal
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import psutil
import pytest

from netctl.adapters import processes
from netctl.capsules import shelf
from tests.sessions.conftest import DEADLINE_S, wait_until
from tests.why.conftest import Trial


@pytest.mark.slow
def test_an_end_with_the_whole_tmux_server_is_told_by_the_logs(trial: Trial) -> None:
    trial.stage.launch("miner_1", "sh", "-c", "echo I live; sleep 600")
    trial.stage.says("miner_1", "I live")
    pid = trial.stage.pid("miner_1")
    trial.host.server.run("kill-server")
    wait_until(lambda: not Path(f"/proc/{pid}").exists(), "it ends")
    assert trial.why().says == "nothing saw it end: its session was gone with the fleet's tmux server"
    assert trial.capsules() == (), "asking keeps nothing"
    trial.stage.launch("miner_1", "sleep", "600")
    (found,) = trial.capsules()
    assert (found.unseen, found.how, found.stdout.lines) == (True, "unseen", ("I live",))
    assert trial.host.stop(["miner_1"], grace_s=3) == ()
    trial.stage.launch("miner_1", "sh", "-c", "echo I live again; sleep 600")
    trial.stage.says("miner_1", "again")
    assert trial.host.stop(["miner_1"], grace_s=3) == ()
    trial.stage.launch("miner_1", "sleep", "600")
    assert [one.unseen for one in trial.capsules()] == [False, False, True], (
        "a stop that was seen is no second unseen end"
    )


def lose_server(trial: Trial, *, keeps: int | None = None) -> None:
    """Kill the tmux server, and wait until all that ran in it is gone but one, if so asked."""
    marker, server = f"{trial.fleet.state}/", trial.host.server.pid()
    assert server is not None
    os.kill(server, signal.SIGKILL)
    wait_until(
        lambda: set().union(*processes.with_marker(marker).values()) <= {keeps} and not psutil.pid_exists(server),
        "all ends with the server",
    )


@pytest.mark.slow
def test_a_run_that_wrote_on_after_its_guardian_was_killed_is_told_once(trial: Trial, tmp_path: Path) -> None:
    word = tmp_path / "word"
    wait = f"echo one; until [ -e {word} ]; do sleep 0.05; done; echo two; exec sleep 600"
    spec = trial.stage.launch("miner_1", "sh", "-c", wait)
    trial.stage.says("miner_1", "one")
    pid = trial.stage.pid("miner_1")
    os.kill(psutil.Process(pid).ppid(), signal.SIGKILL)
    assert trial.kept(trial.stage.ended("miner_1")).how == "signal SIGKILL"
    word.touch()
    trial.stage.says("miner_1", "two")
    os.utime(spec.stdout, times=(time.time() + 5, time.time() + 5))
    lose_server(trial, keeps=pid)
    assert [one.unseen for one in trial.explained_ends()] == [False]
    trial.stage.launch("miner_1", "sleep", "600")
    assert [(one.how, one.stdout.lines) for one in trial.capsules()] == [("signal SIGKILL", ("one",))]


@pytest.mark.slow
def test_a_run_lost_with_its_server_is_told_from_its_own_launch_on_however_soon(trial: Trial) -> None:
    spec = trial.spec_of_ended("echo first")
    first = trial.capsules()[0]
    with spec.stdout.open("a") as log:
        log.write("a late word of the first\n")
    launched = trial.stage.launch("miner_1", "sh", "-c", "echo second; exec sleep 600")
    trial.stage.says("miner_1", "second")
    began = float(trial.host.sessions()["miner_1"].labels["launched"])
    lose_server(trial)
    os.utime(spec.stdout, times=(first.ended_at, first.ended_at))
    trial.stage.launch("miner_1", "sleep", "600")
    lost, told = trial.capsules()
    assert (lost.unseen, lost.stdout.lines, told.stdout.lines) == (True, ("second",), ("first",))
    assert (lost.restarts, lost.started_at, lost.spec_hash) == (1, began, launched.spec_hash)


@pytest.mark.slow
def test_an_end_that_is_told_late_is_told_once_and_without_the_next_runs_words(trial: Trial) -> None:
    trial.spec_of_ended("echo first")
    (path,) = shelf.folder_of(trial.fleet.state, "miner_1").glob("*.json")
    first = trial.host.sessions()["miner_1"]
    path.unlink()
    lose_server(trial)
    trial.stage.launch("miner_1", "sh", "-c", "echo second; exec sleep 600")
    trial.stage.says("miner_1", "second")
    (lost,) = trial.capsules()
    assert (lost.unseen, lost.stdout.lines) == (True, ("first",))
    trial.witness().ended(first, on_purpose=False)
    assert trial.capsules() == (lost,)
    path.unlink()
    assert trial.kept(first).stdout == lost.stdout


def test_an_end_that_a_supervisor_and_up_tell_at_once_is_told_once(trial: Trial) -> None:
    spec = trial.stage.launch("miner_1", "sh", "-c", "echo first")
    first = trial.stage.ended("miner_1")
    os.utime(spec.stdout, times=(time.time() + 5, time.time() + 5))
    lose_server(trial)
    start = Barrier(2)

    def supervisor() -> None:
        start.wait(DEADLINE_S)
        trial.witness().ended(first, on_purpose=False)

    def up() -> None:
        start.wait(DEADLINE_S)
        trial.stage.launch("miner_1", "sh", "-c", "echo second; exec sleep 600")

    with ThreadPoolExecutor() as racers:
        for racer in [racers.submit(supervisor), racers.submit(up)]:
            racer.result(DEADLINE_S)
    assert [one.stdout.lines for one in trial.capsules()] == [("first",)]
