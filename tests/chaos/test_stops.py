"""Stops, on real processes: who ends them when the one who made them is gone."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psutil
import pytest

from netctl.chaos import guard, signals, watchdog
from netctl.errors import SessionError
from tests.sessions.conftest import wait_until

SLEEPER = "import time\nwhile True: time.sleep(0.05)"
NETCTL_TO_BE = """
import sys, time
from pathlib import Path
from netctl.chaos import guard, signals
import signal
pid, seconds, state = int(sys.argv[1]), float(sys.argv[2]), Path(sys.argv[3])
birth = signals.birth_of(pid)
with guard.standing_by(state, seconds=seconds, until=time.time() + seconds, targets=[(pid, birth)]) as dog:
    print(dog, flush=True)
    time.sleep(float(sys.argv[4]))
    signals.send(pid, birth, signal.SIGSTOP)
    print("stopped", flush=True)
    time.sleep(float(sys.argv[5]))
print("armed", flush=True)
time.sleep(600)
"""


@pytest.fixture
def leader() -> Iterator[subprocess.Popen[bytes]]:
    """A process that leads a group of its own, as a neuron does."""
    process = subprocess.Popen([sys.executable, "-S", "-c", SLEEPER], start_new_session=True)
    yield process
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def netctl_that_stops(
    pid: int, seconds: float, state: Path, *, stops_after_s: float = 0.0, arms_after_s: float = 0.0
) -> subprocess.Popen[str]:
    """A process that stops that one for so long; it says its watchdog's pid, `stopped` and `armed`."""
    words = [str(pid), str(seconds), str(state), str(stops_after_s), str(arms_after_s)]
    return subprocess.Popen([sys.executable, "-c", NETCTL_TO_BE, *words], stdout=subprocess.PIPE, text=True)


def status(pid: int) -> str:
    return str(psutil.Process(pid).status())


def is_gone(pid: int) -> bool:
    with suppress(psutil.NoSuchProcess):
        return status(pid) == psutil.STATUS_ZOMBIE
    return True


def test_a_stop_ends_in_time_though_netctl_was_killed_in_the_middle_of_it(
    leader: subprocess.Popen[bytes], tmp_path: Path
) -> None:
    with netctl_that_stops(leader.pid, 3.0, tmp_path) as netctl:
        assert netctl.stdout is not None
        dog = int(netctl.stdout.readline())
        assert [netctl.stdout.readline() for _ in range(2)] == ["stopped\n", "armed\n"]
        netctl.kill()
    assert status(leader.pid) == psutil.STATUS_STOPPED
    assert os.getsid(dog) == dog != os.getsid(0)
    wait_until(lambda: status(leader.pid) != psutil.STATUS_STOPPED, "it runs again", 30)
    wait_until(lambda: is_gone(dog), "the watchdog ends by itself", 30)


def test_a_netctl_that_is_killed_before_its_watchdog_is_armed_leaves_nothing_stopped(
    leader: subprocess.Popen[bytes], tmp_path: Path
) -> None:
    with netctl_that_stops(leader.pid, 600.0, tmp_path, arms_after_s=600.0) as netctl:
        assert netctl.stdout is not None
        assert int(netctl.stdout.readline())
        assert netctl.stdout.readline() == "stopped\n"
        wait_until(lambda: status(leader.pid) == psutil.STATUS_STOPPED, "it is stopped", 30)
        netctl.kill()
    wait_until(lambda: status(leader.pid) != psutil.STATUS_STOPPED, "it runs again", 30)


def test_a_stop_that_comes_after_its_own_end_is_ended_all_the_same(
    leader: subprocess.Popen[bytes], tmp_path: Path
) -> None:
    """On a machine so busy that the watchdog's time is over before the signal is sent: its SIGCONT must come last."""
    with netctl_that_stops(leader.pid, 0.2, tmp_path, stops_after_s=0.6) as netctl:
        assert netctl.stdout is not None
        assert [netctl.stdout.readline() for _ in range(3)][1:] == ["stopped\n", "armed\n"]
        netctl.kill()
    wait_until(lambda: status(leader.pid) != psutil.STATUS_STOPPED, "it runs again", 30)


def test_a_watchdog_ends_early_where_nothing_is_left_to_watch(leader: subprocess.Popen[bytes], tmp_path: Path) -> None:
    birth = signals.birth_of(leader.pid) or ""
    with guard.standing_by(tmp_path, seconds=600, until=time.time() + 600, targets=[(leader.pid, birth)]) as dog:
        pass
    assert psutil.Process(dog).environ()["NETCTL_NEURON"] == f"{tmp_path}/.chaos"
    leader.kill()
    leader.wait()
    wait_until(lambda: is_gone(dog), "the watchdog ends", 30)


def test_a_watchdog_does_not_outlast_the_moment_also_when_the_clock_was_wrong(
    leader: subprocess.Popen[bytes], tmp_path: Path
) -> None:
    """`until` is the wall clock's: one of the two ends always comes."""
    birth = signals.birth_of(leader.pid) or ""
    with guard.standing_by(tmp_path, seconds=600, until=time.time() - 1, targets=[(leader.pid, birth)]):
        signals.send(leader.pid, birth, signal.SIGSTOP)
        wait_until(lambda: signals.is_stopped(leader.pid, birth), "it is stopped", 30)
    wait_until(lambda: not signals.is_stopped(leader.pid, birth), "it runs again", 30)


def test_no_signal_goes_to_a_process_that_has_the_pid_of_another(leader: subprocess.Popen[bytes]) -> None:
    birth = signals.birth_of(leader.pid) or ""
    assert not signals.send(leader.pid, f"{birth}1", signal.SIGSTOP)
    watchdog.watch(0.0, 0.0, [(leader.pid, f"{birth}1")])
    assert not signals.is_stopped(leader.pid, birth)
    assert signals.send(leader.pid, birth, signal.SIGSTOP)
    wait_until(lambda: signals.is_stopped(leader.pid, birth), "it is stopped", 30)
    watchdog.watch(0.0, 0.0, [(leader.pid, f"{birth}1")])
    assert signals.is_stopped(leader.pid, birth)
    watchdog.watch(0.0, 0.0, [(leader.pid, birth)])
    wait_until(lambda: not signals.is_stopped(leader.pid, birth), "it runs again", 30)


def test_a_process_that_leads_no_group_is_left_alone(leader: subprocess.Popen[bytes]) -> None:
    """Its group might be ours."""
    with subprocess.Popen([sys.executable, "-S", "-c", SLEEPER]) as follower:
        try:
            birth = signals.birth_of(follower.pid) or ""
            with pytest.raises(SessionError, match="leads no process group"):
                signals.send(follower.pid, birth, signal.SIGKILL)
            assert follower.poll() is None
        finally:
            follower.kill()


def test_the_watchdog_and_netctl_mean_the_same_by_a_birth(leader: subprocess.Popen[bytes]) -> None:
    """Where there is no /proc the watchdog asks ps; a birth that psutil tells is known there too."""
    assert watchdog.birth_of(leader.pid) == signals.birth_of(leader.pid)
    assert watchdog.is_there(leader.pid, f"time {psutil.Process(leader.pid).create_time():.2f}")
    assert not watchdog.is_there(leader.pid, f"time {psutil.Process(leader.pid).create_time() - 60:.2f}")


def test_a_process_that_is_no_more_has_no_birth(leader: subprocess.Popen[bytes]) -> None:
    birth = signals.birth_of(leader.pid) or ""
    leader.kill()
    wait_until(lambda: signals.birth_of(leader.pid) is None, "it is a zombie", 30)
    leader.wait()
    assert (signals.birth_of(leader.pid), watchdog.birth_of(leader.pid)) == (None, None)
    assert not signals.send(leader.pid, birth, signal.SIGCONT)
