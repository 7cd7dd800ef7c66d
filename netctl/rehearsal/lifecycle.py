"""Start and end of a program: until its work is done, or SIGTERM or SIGINT; then out, promptly."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
import threading
import traceback
from collections.abc import Callable, Coroutine
from typing import Any

STOP_PATIENCE_S = 2.0


class Refused(Exception):
    """A neuron that cannot start or go on; the reason was logged already."""


def run_program(work: Callable[[], Coroutine[Any, Any, None]]) -> int:
    """Run a neuron; returns its exit code: 0 after a signal, 1 when it was refused or broke."""
    return asyncio.run(_until_signal(work))


def leave(code: int) -> None:
    """End the process now. The SDK's connection may hang on closing (Python 3.11), so nothing waits for it."""
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


def report_dead_thread(name: str, exc: BaseException) -> None:
    """Put a traceback on stderr as an uncaught exception of a thread would: a validator evaluates on, without it."""
    sys.stderr.write(f"Exception in thread {threading.current_thread().name} ({name}):\n")
    traceback.print_exception(exc, file=sys.stderr)
    sys.stderr.flush()


async def _until_signal(work: Callable[[], Coroutine[Any, Any, None]]) -> int:
    loop = asyncio.get_running_loop()
    stopped = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopped.set)
    running = asyncio.ensure_future(work())
    stopping = asyncio.ensure_future(stopped.wait())
    await asyncio.wait({running, stopping}, return_when=asyncio.FIRST_COMPLETED)
    if not running.done():
        running.cancel()
        await asyncio.wait({running}, timeout=STOP_PATIENCE_S)
        leave(0)
    code = 0
    with contextlib.suppress(asyncio.CancelledError):
        try:
            running.result()
        except* Refused:
            code = 1
        except* Exception as group:  # noqa: BLE001 - the program's one error boundary
            traceback.print_exception(group, file=sys.stderr)
            code = 1
    leave(code)
    return code
