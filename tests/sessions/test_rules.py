"""Rules 2, 4 and 10 of those drawn from others' bugs: see docs/upgrade.md."""

from __future__ import annotations

import fcntl
import os
import signal
import sys
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import psutil
import pytest

from netctl.adapters import processes, tmux, tmux_server
from netctl.adapters.tmux import TmuxHost
from netctl.errors import SessionError
from tests.cli.program import SMALL, call
from tests.money.test_lock import end, holder
from tests.sessions.conftest import Stage, wait_until
from tests.sessions.test_rolling import ALL, Roll, roll  # noqa: F401 - the fixture
from tests.sessions.test_sessions_end import PARENT, STUBBORN, child_of, is_gone, tmux_pid

MUTATING = (
    ("fleet", "up", "small.yaml", "--yes"),
    ("fleet", "restart", "-p", "small.yaml", "--yes"),
    ("fleet", "down", "-p", "small.yaml"),
    ("register", "-p", "small.yaml", "--yes"),
    ("stake", "-p", "small.yaml", "--yes"),
    ("wallet", "create", "-p", "small.yaml"),
)


def test_rule_2_one_mutating_command_at_a_time_per_fleet(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each is refused at once, told by whom, since when and doing what; a holder that was killed holds nothing."""
    monkeypatch.chdir(tmp_path)
    Path("small.yaml").write_text(SMALL)
    other = holder(tmp_path / ".netctl" / "small")
    for words in MUTATING:
        ended = call(capsys, *words)
        assert ended.code == 9, (words, ended.err)
        assert f"is held by pid {other.pid} on " in ended.err
        assert "(fleet up) since 20" in ended.err
        assert f"hint: wait for it, or end it: kill {other.pid}" in ended.err
    other.send_signal(signal.SIGKILL)
    end(other)
    assert call(capsys, *MUTATING[2]).code == 0


def test_rule_2_whoever_launches_or_ends_sessions_has_the_fleet_to_himself(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Commands and the supervisor alike; several that start the same session start it once."""
    spec = stage.spec("miner_1", sys.executable, "-c", "import time; print('begun', flush=True); time.sleep(600)")
    with monkeypatch.context() as hurried, (stage.host.state / tmux.TURNS).open("w") as turn:
        hurried.setattr(tmux, "TURN_DEADLINE_S", 0.1)
        fcntl.flock(turn, fcntl.LOCK_EX)
        for act in (partial(stage.host.launch, [spec]), partial(stage.host.stop, ["miner_1"], grace_s=1)):
            with pytest.raises(SessionError, match="another netctl launches or ends sessions of trial"):
                act()
    assert stage.host.sessions() == {}
    with ThreadPoolExecutor(4) as pool:
        starts = [pool.submit(TmuxHost(stage.host.state, stage.host.fleet).launch, [spec]) for _ in range(4)]
    assert [start.exception() for start in starts] == [None] * 4
    stage.says("miner_1", "begun")
    assert stage.log("miner_1") == "begun\n"
    assert processes.with_marker(f"{stage.host.state}/") == {"miner_1": {stage.pid("miner_1")}}


def test_rule_4_killing_is_by_group_with_escalation_and_verified(stage: Stage) -> None:
    """Deaf, stopped, with a child in the group and one that left it: all are gone when `stop` comes back."""
    stage.host.launch(
        [
            stage.spec("deaf", sys.executable, "-c", STUBBORN, grace_s=0.5),
            stage.spec("halted", "/bin/sleep", "118", grace_s=0.5),
            stage.spec("near", sys.executable, "-c", PARENT.format(detached=False, then="time.sleep(118)")),
            stage.spec("far", sys.executable, "-c", PARENT.format(detached=True, then="time.sleep(118)")),
        ]
    )
    stage.says("deaf", "deaf")
    pids = [child_of(stage, "near"), child_of(stage, "far"), *(stage.pid(name) for name in stage.host.sessions())]
    os.kill(stage.pid("halted"), signal.SIGSTOP)
    assert stage.host.stop(["deaf", "halted", "near", "far"], grace_s=1) == ()
    assert [pid for pid in pids if not is_gone(pid)] == []
    assert processes.with_marker(f"{stage.host.state}/") == {}


@pytest.mark.slow
def test_rule_4_a_survivor_is_reported_by_name(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """No process survives SIGKILL for a test: this one is not sent it."""
    away = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); import time; time.sleep(118)"
    program = (
        f"import subprocess,sys,time; p=subprocess.Popen([sys.executable, '-c', {away!r}], start_new_session=True)"
    )
    stage.launch("miner_1", sys.executable, "-c", f"{program}; print('child', p.pid, flush=True); time.sleep(118)")
    stage.launch("miner_2", "/bin/sleep", "118")
    child, kill = child_of(stage, "miner_1"), os.kill
    monkeypatch.setattr(processes.os, "kill", lambda pid, number: None if pid == child else kill(pid, number))
    try:
        assert stage.host.stop(["miner_1", "miner_2"], grace_s=1) == ("miner_1",)
    finally:
        kill(child, signal.SIGKILL)
    wait_until(lambda: not psutil.pid_exists(child) or is_gone(child), "it is gone")


async def test_rule_10_tmux_unreachable_is_not_nothing_running(
    roll: Roll,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A server that does not answer: `plan` and `up` say so, and start nothing a second time."""
    assert (await roll.up()).ok
    before = roll.forget()
    host = roll.world.host
    assert isinstance(host, TmuxHost)
    server = tmux_pid(Stage(host))
    monkeypatch.setattr(tmux_server, "DEADLINE_S", 0.5)
    os.kill(server, signal.SIGSTOP)
    try:
        for refused in (roll.plan, roll.up):
            with pytest.raises(SessionError, match="does not answer"):
                await refused()
    finally:
        os.kill(server, signal.SIGCONT)
    assert roll.pids() == before
    assert roll.events() == []
    assert set(processes.with_marker(f"{host.state}/")) == set(ALL)
    assert (await roll.up()).done == ()
