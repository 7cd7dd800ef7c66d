"""One writer per fleet, across processes and through kills."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from netctl.adapters.clock import SystemClock
from netctl.errors import LockHeld
from netctl.lock import fleet_lock

HOLDER = """
import sys
from pathlib import Path
from netctl.adapters.clock import SystemClock
from netctl.lock import fleet_lock
with fleet_lock(Path(sys.argv[1]), command="fleet up", clock=SystemClock()):
    print("held", flush=True)
    sys.stdin.readline()
"""


def holder(state: Path) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(state)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    return process


def end(process: subprocess.Popen[str]) -> None:
    process.communicate(timeout=10)


def test_a_second_process_is_told_who_holds_the_fleet_and_since_when(tmp_path: Path) -> None:
    other = holder(tmp_path / "day2")
    with pytest.raises(LockHeld) as held, fleet_lock(tmp_path / "day2", command="register", clock=SystemClock()):
        raise AssertionError("both hold it")
    assert held.value.exit_code == 9
    assert "day2" in held.value.message
    assert f"pid {other.pid}" in held.value.message
    assert "fleet up" in held.value.message
    assert " since 20" in held.value.message
    assert str(other.pid) in held.value.hint
    end(other)


def test_the_lock_is_free_once_the_holder_ends(tmp_path: Path) -> None:
    end(holder(tmp_path))
    with fleet_lock(tmp_path, command="up", clock=SystemClock()):
        assert str(os.getpid()) in (tmp_path / "lock").read_text()


def test_the_lock_is_free_once_the_holder_is_killed(tmp_path: Path) -> None:
    other = holder(tmp_path)
    other.send_signal(signal.SIGKILL)
    end(other)
    with fleet_lock(tmp_path, command="up", clock=SystemClock()):
        assert str(os.getpid()) in (tmp_path / "lock").read_text()


def test_a_child_that_outlives_the_holder_does_not_keep_the_lock(tmp_path: Path) -> None:
    with fleet_lock(tmp_path, command="up", clock=SystemClock()):
        child = subprocess.Popen(["cat"], stdin=subprocess.PIPE, close_fds=False)
    with fleet_lock(tmp_path, command="again", clock=SystemClock()):
        assert "again" in (tmp_path / "lock").read_text()
    child.communicate(timeout=10)


def test_fleets_do_not_lock_each_other(tmp_path: Path) -> None:
    clock = SystemClock()
    with fleet_lock(tmp_path / "a", command="up", clock=clock), fleet_lock(tmp_path / "b", command="up", clock=clock):
        assert {path.name for path in tmp_path.iterdir()} == {"a", "b"}


def test_a_lock_with_unreadable_content_still_holds(tmp_path: Path) -> None:
    other = holder(tmp_path)
    (tmp_path / "lock").write_bytes(b"\x00")
    with pytest.raises(LockHeld, match="has not said its name"), fleet_lock(tmp_path, command="", clock=SystemClock()):
        raise AssertionError("both hold it")
    end(other)
