"""Asking the neurons' interpreter about itself: `sdk_probe` runs in it, in an empty HOME, and is ended in time."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import tempfile
from asyncio.subprocess import DEVNULL, PIPE, Process
from contextlib import suppress
from pathlib import Path
from typing import Any

from netctl.ports.machine import Interpreter

PATIENCE_S = 60.0
MARK = "NETCTL_PROBE "
SYSTEM_PATH = "/usr/local/bin:/usr/bin:/bin"
SOURCE = Path(__file__).with_name("sdk_probe.py")


async def ask(python: Path, *, endpoint: str | None, netuid: int | None, patience_s: float = PATIENCE_S) -> Interpreter:
    """What it says; `broken` where it does not run, or says nothing of use in time.

    However this ends, by cancellation too, no process of it is left.
    """
    words = [] if endpoint is None else [endpoint, str(-1 if netuid is None else netuid)]
    with tempfile.TemporaryDirectory(prefix="netctl-probe-", ignore_cleanup_errors=True) as home:
        environ = {"HOME": home, "PATH": f"{python.parent}:{SYSTEM_PATH}", "LANG": "C.UTF-8"}
        argv = [str(python), "-I", "-c", SOURCE.read_text(encoding="utf-8"), *words]
        try:
            process = await asyncio.create_subprocess_exec(
                *argv, cwd=home, env=environ, stdin=DEVNULL, stdout=PIPE, stderr=PIPE, start_new_session=True
            )
        except OSError as error:
            return Interpreter(python, broken=error.strerror or str(error))
        try:
            async with asyncio.timeout(patience_s):
                out, err = await process.communicate()
        except TimeoutError:
            return Interpreter(python, broken=f"it did not answer within {patience_s:g} s", asked=endpoint is not None)
        finally:
            await _end(process)
    return _read(python, _text(out), _text(err), process.returncode, asked=endpoint is not None)


async def _end(process: Process) -> None:
    """Its whole group: an SDK may have left threads and children."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    await process.wait()


def _text(said: bytes) -> str:
    return said.decode(errors="replace")


def _read(python: Path, out: str, err: str, code: int | None, *, asked: bool) -> Interpreter:
    lines = [line for line in out.splitlines() if line.startswith(MARK)]
    try:
        told: dict[str, Any] = json.loads(lines[-1].removeprefix(MARK))
    except (IndexError, ValueError):
        last = next((line.strip() for line in reversed(err.splitlines()) if line.strip()), f"it ended with {code}")
        return Interpreter(python, broken=last[:200], asked=asked)
    return Interpreter(
        python,
        python=told["python"],
        sdk=told["sdk"],
        unusable=told["unusable"],
        unread=told["unread"],
        asked=asked,
    )
