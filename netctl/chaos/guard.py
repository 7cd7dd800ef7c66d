"""Starting the watchdog that ends a stop, so that it stands before anything is stopped."""

from __future__ import annotations

import select
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from netctl.errors import SessionError
from netctl.render.environment import MARKER

READY_S = 10.0
NAME = ".chaos"
"""What its mark calls it: no session can have that name, and `fleet down` finds it by the mark."""


@contextmanager
def standing_by(state: Path, *, seconds: float, until: float, targets: Sequence[tuple[int, str]]) -> Iterator[int]:
    """A watchdog over these (pid, birth), by its pid; they are to be stopped while the block runs.

    Left in order, it watches from then on; by an error, or because netctl is killed in the block, it continues them
    at once. SessionError where it does not start.
    """
    program = Path(__file__).with_name("watchdog.py")
    words = [f"{pid}:{birth}" for pid, birth in targets]
    child = subprocess.Popen(
        [sys.executable, "-I", "-S", str(program), f"{seconds:.3f}", f"{until:.3f}", *words],
        cwd=state,
        env={"PATH": "/usr/bin:/bin", MARKER: f"{state}/{NAME}"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    if child.stdin is None or child.stdout is None:
        raise AssertionError("BUG: expected pipes")
    with child.stdin as ear:
        with child.stdout as mouth:
            said = mouth.readline() if select.select([mouth], [], [], READY_S)[0] else b""
        if said != b"ready\n":
            child.kill()
            child.wait()
            raise SessionError("the watchdog that would end the stop does not start; nothing was stopped", hint="again")
        # It outlives us on purpose, and is nobody's to wait for.
        child.returncode = 0
        yield child.pid
        ear.write(b"armed\n")
