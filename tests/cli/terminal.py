"""netctl on a terminal of its own, with somebody who answers."""

from __future__ import annotations

import os
import pty
import select
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import psutil

from tests.cli.program import Ended

OWN_TERMINAL = """
import fcntl, sys, termios
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
from netctl.cli import main
raise SystemExit(main(sys.argv[1:]))
"""
PATIENCE_S = 60
CTRL_C = "\x03"


def until_it_sleeps(pid: int, deadline: float) -> None:
    """Until it waits for keys: Python loses an interrupt between the prompt and the call that waits for an answer."""
    while psutil.Process(pid).status() != psutil.STATUS_SLEEPING and time.monotonic() < deadline:
        time.sleep(0.01)


def on_a_terminal(*argv: str, answers: Sequence[tuple[str, str]], cwd: Path | None = None) -> Ended:
    """How it ended and all that was on the screen; each answer's keys are pressed once its question has been asked."""
    master, slave = pty.openpty()
    command = [sys.executable, "-c", OWN_TERMINAL, *argv]
    process = subprocess.Popen(command, cwd=cwd, stdin=slave, stdout=slave, stderr=slave, start_new_session=True)
    os.close(slave)
    seen, left, asked_from, deadline = "", list(answers), 0, time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        if not select.select([master], [], [], 0.1)[0]:
            continue
        try:
            seen += os.read(master, 65_536).decode(errors="replace")
        except OSError:
            break
        while left and left[0][0] in seen[asked_from:]:
            asked_from = seen.index(left[0][0], asked_from) + 1
            keys = left.pop(0)[1]
            if CTRL_C in keys:
                until_it_sleeps(process.pid, deadline)
            os.write(master, keys.encode())
    else:
        process.kill()
    os.close(master)
    return Ended(process.wait(30), seen, "")
