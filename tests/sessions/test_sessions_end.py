"""Nothing outlives its session: not when tmux is killed, not when a guardian is, not a child that went its own way."""

from __future__ import annotations

import os
import signal
import sys
from typing import Any

import psutil
import pytest

from netctl.adapters import processes
from netctl.errors import SessionError
from netctl.ports import FAULT
from tests.sessions.conftest import Stage, wait_until

STUBBORN = (
    "import signal,time;[signal.signal(s,signal.SIG_IGN) for s in (signal.SIGHUP,signal.SIGINT,signal.SIGTERM)];"
    "print('deaf',flush=True);time.sleep(120)"
)
PARENT = (
    "import subprocess,sys,time;"
    "p=subprocess.Popen(['/bin/sleep','119'],start_new_session={detached});print('child',p.pid,flush=True);{then}"
)


def child_of(stage: Stage, name: str) -> int:
    """The pid that the program has written behind the word child."""
    stage.says(name, "child")
    return int(stage.log(name).split()[1])


def is_gone(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def tmux_pid(stage: Stage) -> int:
    pid = stage.host.server.pid()
    assert pid is not None
    return pid


def test_neurons_die_with_the_tmux_server_even_when_they_are_deaf(stage: Stage) -> None:
    stage.launch("miner_1", "/bin/sleep", "118")
    stage.launch("miner_2", sys.executable, "-c", STUBBORN)
    stage.launch("miner_3", sys.executable, "-c", PARENT.format(detached=False, then="time.sleep(120)"))
    stage.says("miner_2", "deaf")
    pids = [*(stage.pid(name) for name in ("miner_1", "miner_2", "miner_3")), child_of(stage, "miner_3")]
    os.kill(tmux_pid(stage), signal.SIGKILL)
    wait_until(lambda: all(is_gone(pid) for pid in pids), "all are gone")
    assert stage.host.sessions() == {}
    assert not stage.host.is_alive()


def test_a_launch_after_the_server_died_never_runs_a_neuron_twice(stage: Stage) -> None:
    stage.launch("miner_1", sys.executable, "-c", STUBBORN)
    stage.says("miner_1", "deaf")
    first = stage.pid("miner_1")
    os.kill(tmux_pid(stage), signal.SIGKILL)
    wait_until(lambda: not stage.host.is_alive(), "the server is gone")
    stage.launch("miner_1", "/bin/sleep", "118")
    assert is_gone(first)
    assert stage.pid("miner_1") != first


def test_what_a_killed_guardian_leaves_is_ended_before_the_next_launch(stage: Stage) -> None:
    stage.launch("miner_1", "/bin/sleep", "118")
    orphan = stage.pid("miner_1")
    psutil.Process(orphan).parent().kill()  # type: ignore[union-attr]
    assert stage.ended("miner_1").exit_signal == signal.SIGKILL
    assert not is_gone(orphan)
    stage.launch("miner_1", "/bin/sleep", "117")
    assert is_gone(orphan)


def test_stop_reaches_what_a_killed_guardian_left(stage: Stage) -> None:
    stage.launch("miner_1", "/bin/sleep", "118")
    orphan = stage.pid("miner_1")
    psutil.Process(orphan).parent().kill()  # type: ignore[union-attr]
    stage.ended("miner_1")
    assert stage.host.stop(["miner_1"], grace_s=1) == ()
    assert is_gone(orphan)


def test_children_end_when_their_neuron_ends_by_itself(stage: Stage) -> None:
    stage.launch("miner_1", sys.executable, "-c", PARENT.format(detached=False, then="sys.exit(5)"))
    child = child_of(stage, "miner_1")
    assert stage.ended("miner_1").exit_code == 5
    assert is_gone(child)


@pytest.mark.parametrize("detached", [False, True])
def test_stop_ends_children_also_those_with_a_session_of_their_own(stage: Stage, detached: bool) -> None:
    stage.launch("miner_1", sys.executable, "-c", PARENT.format(detached=detached, then="time.sleep(120)"))
    child, pid = child_of(stage, "miner_1"), stage.pid("miner_1")
    assert stage.host.stop(["miner_1"], grace_s=3) == ()
    assert is_gone(pid)
    assert is_gone(child)
    assert stage.host.sessions() == {}


def test_the_end_of_a_run_spares_the_one_that_took_its_place_and_its_children(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    spec = stage.launch("miner_1", sys.executable, "-c", PARENT.format(detached=True, then="time.sleep(120)"))
    left = child_of(stage, "miner_1")
    first = stage.host.sessions()["miner_1"]
    really_end = processes.end

    def end_and_launch(*args: Any, **more: Any) -> set[int]:
        survivors = really_end(*args, **more)
        monkeypatch.setattr(processes, "end", really_end)
        stage.host.launch([spec])
        wait_until(lambda: stage.log("miner_1").count("child") == 2, "the next run has its child")
        return survivors

    monkeypatch.setattr(processes, "end", end_and_launch)
    assert stage.host.stop_run(first, grace_s=5, leave={FAULT: "it was silent"}) == ()
    found, child = stage.host.sessions()["miner_1"], int(stage.log("miner_1").split()[-1])
    assert (found.restarts, found.is_dead, found.labels.get(FAULT)) == (1, False, None)
    assert (is_gone(left), is_gone(child)) == (True, False)
    assert stage.host.stop_run(first, grace_s=5, leave={FAULT: "it was silent"}) is None
    assert stage.host.sessions()["miner_1"] == found
    assert stage.host.stop_run(found, grace_s=5, leave={FAULT: "it was silent"}) == ()
    assert is_gone(child)


def test_stop_asks_first_and_kills_when_the_grace_is_over(stage: Stage) -> None:
    lives_on = "trap 'echo asked' TERM; echo ready; while :; do sleep 0.05; echo on; done"
    stage.launch("miner_1", "/bin/sh", "-c", lives_on)
    stage.says("miner_1", "ready")
    pid = stage.pid("miner_1")
    assert stage.host.stop(["miner_1"], grace_s=1) == ()
    assert is_gone(pid)
    _, _, after = stage.log("miner_1").partition("asked\n")
    assert after.count("on\n") > 1, "it was left the grace"


def test_a_neuron_that_wants_to_end_cleanly_is_let(stage: Stage) -> None:
    polite = "trap 'echo tidied up; exit 0' TERM; echo ready; while :; do sleep 0.05; done"
    stage.launch("miner_1", "/bin/sh", "-c", polite)
    stage.says("miner_1", "ready")
    assert stage.host.stop(["miner_1"], grace_s=5) == ()
    assert "tidied up" in stage.log("miner_1")


def test_a_stopped_neuron_is_ended_too(stage: Stage) -> None:
    stage.launch("miner_1", "/bin/sleep", "118")
    pid = stage.pid("miner_1")
    os.kill(pid, signal.SIGSTOP)
    assert stage.host.stop(["miner_1"], grace_s=3) == ()
    assert is_gone(pid)


def test_stopping_what_does_not_run_is_no_fault(stage: Stage) -> None:
    assert stage.host.stop(["miner_1"], grace_s=1) == ()
    assert stage.host.shut_down(grace_s=1) == ()


def _refuse(**_: object) -> None:
    raise psutil.AccessDenied


def test_a_server_that_does_not_answer_is_not_taken_for_an_empty_one(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage.launch("miner_1", "/bin/sleep", "118")
    server = tmux_pid(stage)
    monkeypatch.setattr("netctl.adapters.tmux_server.DEADLINE_S", 0.5)
    os.kill(server, signal.SIGSTOP)
    try:
        for look in (stage.host.sessions, stage.host.is_alive):
            with pytest.raises(SessionError, match="does not answer"):
                look()
    finally:
        os.kill(server, signal.SIGCONT)
    assert set(stage.host.sessions()) == {"miner_1"}


@pytest.mark.slow
@pytest.mark.parametrize("everything_is_told", [True, False])
def test_a_port_tells_its_owner(stage: Stage, monkeypatch: pytest.MonkeyPatch, everything_is_told: bool) -> None:
    """Also where a machine tells a person's own processes only, as macOS does."""
    if not everything_is_told:
        monkeypatch.setattr(psutil, "net_connections", _refuse)

    listen = (
        "import socket,time;s=socket.socket();s.bind(('127.0.0.1',0));s.listen();"
        "print('child',s.getsockname()[1],flush=True);time.sleep(99)"
    )
    stage.launch("miner_1", sys.executable, "-c", listen)
    port = child_of(stage, "miner_1")
    assert stage.host.port_owner(port) == stage.pid("miner_1")
    assert stage.host.listeners([port])[port].marker == f"{stage.host.state}/miner_1"
    stage.host.stop(["miner_1"], grace_s=2)
    assert stage.host.port_owner(port) is None
