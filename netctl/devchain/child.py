"""The chain's program as a child process: started, waited for, ended, and what it said if it did not start."""

from __future__ import annotations

import os
import re
import select
import subprocess
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO

from netctl.devchain.remote import DevChainError

START_S = 60.0
STOP_S = 15.0
_ERROR = re.compile(r"(?:.*?: )?error: (.*)")


def launch(command: Sequence[str], log: IO[bytes]) -> subprocess.Popen[bytes]:
    """Start it, to end with its input: with this process, however that ends."""
    # A session of its own: Ctrl-C is the test's to handle, and the chain must be there until it has.
    return subprocess.Popen(
        [*command, "--end-with-input"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=log,
        start_new_session=True,
    )


def ready_line(process: subprocess.Popen[bytes], log: Path, since: int) -> str:
    """What it prints when it serves; DevChainError with what it has logged since that byte if it does not."""
    assert process.stdout is not None  # noqa: S101  launch made it a pipe
    heard = b""
    deadline = time.monotonic() + START_S
    while not heard.endswith(b"\n"):
        if not select.select([process.stdout], [], [], max(0.0, deadline - time.monotonic()))[0]:
            raise DevChainError(f"the chain was not ready in {START_S:g} s: {_last_words(log, since)}")
        more = os.read(process.stdout.fileno(), 4096)
        if not more:
            raise DevChainError(f"the chain did not start: {_last_words(log, since)}")
        heard += more
    return heard.decode()


def _last_words(log: Path, since: int) -> str:
    """Its error and hint, else its last lines."""
    lines: list[str] = []
    with suppress(OSError), log.open("rb") as said:
        said.seek(since)
        lines = said.read().decode(errors="replace").splitlines()
    for place, line in reversed([*enumerate(lines)]):
        if found := _ERROR.fullmatch(line):
            return " / ".join([found[1], *lines[place + 1 :]])
    return " / ".join(lines[-3:]) or "it said nothing"


def end(process: subprocess.Popen[bytes], *, by_input: bool = True) -> None:
    """End the chain by its input, then by signals, and reap it whatever interrupts that."""
    steps: tuple[Callable[[], object], ...] = (process.stdin.close, process.terminate, process.kill)  # type: ignore[union-attr]
    try:
        for step in steps[0 if by_input else 1 :]:
            step()
            with suppress(subprocess.TimeoutExpired):
                process.wait(timeout=STOP_S)
                break
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                pipe.close()
