"""Starting the watchdog that ends a stop, so that it stands before anything is stopped."""

from __future__ import annotations

import select
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from netctl.errors import SessionError
from netctl.render.environment import MARKER

READY_S = 10.0
NAME = ".chaos"
"""What its mark calls it: no session can have that name, and `fleet down` finds it by the mark."""


def post(state: Path, *, seconds: float, until: float, targets: Sequence[tuple[int, str]]) -> int:
    """Start a watchdog over these (pid, birth) and return its pid once it watches; SessionError when it does not."""
    program = Path(__file__).with_name("watchdog.py")
    words = [f"{pid}:{birth}" for pid, birth in targets]
    child = subprocess.Popen(
        [sys.executable, "-I", "-S", str(program), f"{seconds:.3f}", f"{until:.3f}", *words],
        cwd=state,
        env={"PATH": "/usr/bin:/bin", MARKER: f"{state}/{NAME}"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    said = b""
    if child.stdout is not None:
        with child.stdout as stream:
            if select.select([stream], [], [], READY_S)[0]:
                said = stream.readline()
    if said != b"ready\n":
        child.kill()
        child.wait()
        raise SessionError("the watchdog that would end the stop does not start; nothing was stopped", hint="try again")
    # It outlives us on purpose, and is nobody's to wait for.
    child.returncode = 0
    return child.pid
