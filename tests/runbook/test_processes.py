"""Commands of runbooks as processes: their output, their end, and that they end with the runner."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil

from netctl.runbook.processes import Ended, run_process, still_runs

PATIENCE_S = 20


def ran(*argv: str, folder: Path, **environ: str) -> tuple[Ended, str]:
    """How it ended, and all that it wrote."""
    written: list[bytes] = []
    ended = run_process(
        argv,
        environ={**os.environ, **environ},
        cwd=folder,
        attended=False,
        output=written.append,
        began=lambda pid, at: None,
        idle=lambda: None,
    )
    return ended, b"".join(written).decode()


def sh(line: str, folder: Path, **environ: str) -> tuple[Ended, str]:
    return ran("sh", "-eu", "-c", line, folder=folder, **environ)


def until(what: str, path: Path) -> str:
    """The file's text, once it holds that."""
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        if path.exists() and what in (text := path.read_text()):
            return text
        time.sleep(0.02)
    raise AssertionError(f"{path} never held {what!r}")


def gone(pid: int) -> bool:
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        try:
            if psutil.Process(pid).status() == psutil.STATUS_ZOMBIE:
                return True
        except psutil.NoSuchProcess:
            return True
        time.sleep(0.02)
    return False


def test_both_streams_come_in_their_order_with_the_exit_code(tmp_path: Path) -> None:
    ended, written = sh("echo one; echo two >&2; echo $WORD; exit 7", tmp_path, WORD="three")
    assert ended == Ended(7)
    assert written == "one\ntwo\nthree\n"


def test_a_line_ends_at_its_first_failure_and_at_an_unset_variable(tmp_path: Path) -> None:
    assert sh("false; echo no", tmp_path) == (Ended(1), "")
    assert sh("echo $NOT_SET_AT_ALL", tmp_path)[0].code == 2


def test_what_cannot_be_started_says_so(tmp_path: Path) -> None:
    ended, written = ran("no-such-program", folder=tmp_path)
    assert ended == Ended(127)
    assert "No such file" in written


def test_nobody_answers_and_nothing_hangs_on_a_question(tmp_path: Path) -> None:
    ended, written = sh("read answer < /dev/tty || echo nobody; read more || echo nothing", tmp_path)
    assert (ended.code, written) == (0, "nobody\nnothing\n")


def test_a_daemon_that_holds_the_pipe_does_not_hold_the_runner(tmp_path: Path) -> None:
    began = time.monotonic()
    ended, written = sh("(trap '' HUP; touch on; exec sleep 30) & until test -e on; do :; done; echo $!", tmp_path)
    os.kill(int(written), signal.SIGKILL)
    assert ended.code == 0
    assert time.monotonic() - began < 10


def interrupted(line: str, folder: Path, presses: int) -> tuple[int, bool, str]:
    """The exit code, whether it was interrupted, and what was written, in a runner of its own that gets the Ctrl-C.

    The runner outlives a press that comes when its command has just ended.
    """
    program = """
import os, signal, sys
from pathlib import Path
from netctl.runbook.processes import run_process
signal.signal(signal.SIGINT, lambda *_: None)
written = []
ended = run_process(["sh", "-eu", "-c", sys.argv[1]], environ=os.environ, cwd=Path.cwd(), attended=False,
                    output=written.append, began=lambda pid, at: None, idle=lambda: None)
print(ended.code, ended.interrupted, b"".join(written).decode())
"""
    command = [sys.executable, "-c", program, line]
    with subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, text=True) as runner:
        until("ready", folder / "said")
        for _ in range(presses):
            os.kill(runner.pid, signal.SIGINT)
            time.sleep(0.1)
        told, _ = runner.communicate(timeout=PATIENCE_S)
    code, was, written = told.split(" ", 2)
    return int(code), was == "True", written


def test_a_ctrl_c_is_the_command_s(tmp_path: Path) -> None:
    line = "trap 'echo heard; exit 5' INT; echo ready > said; while :; do sleep 0.05; done"
    assert interrupted(line, tmp_path, 1) == (5, True, "heard\n\n")


def test_a_second_and_a_third_ctrl_c_end_what_does_not_listen(tmp_path: Path) -> None:
    line = "trap '' INT TERM; echo ready > said; while :; do sleep 0.05; done"
    assert interrupted(line, tmp_path, 3) == (-signal.SIGKILL, True, "\n")


def test_a_killed_runner_takes_its_command_with_it(tmp_path: Path) -> None:
    program = """
import os, sys
from pathlib import Path
from netctl.runbook.processes import run_process
run_process(["sh", "-c", "echo $$ > pid; while :; do sleep 0.05; done"], environ=os.environ, cwd=Path.cwd(),
            attended=False, output=print, began=lambda pid, at: None, idle=lambda: None)
"""
    runner = subprocess.Popen(["nohup", sys.executable, "-c", program], cwd=tmp_path)  # which has it ignore a hang-up
    pid = int(until("\n", tmp_path / "pid"))
    assert still_runs(pid, psutil.Process(pid).create_time())
    runner.kill()
    runner.wait()
    assert gone(pid)


def test_a_process_is_told_from_a_later_one_of_the_same_number() -> None:
    own = psutil.Process()
    assert still_runs(own.pid, own.create_time())
    assert not still_runs(own.pid, own.create_time() - 60)
    assert not still_runs(2**22 + 1, 0.0)
