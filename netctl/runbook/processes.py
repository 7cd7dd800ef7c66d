"""One command of a runbook as a process: on a terminal of its own where somebody can answer it, else with pipes.

Its session ends with the runner, however that ends: the kernel hangs its terminal up.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import pty
import select
import signal
import subprocess
import sys
import termios
import time
import tty
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

import psutil

PAUSE_S = 0.1
CHUNK = 65_536
NO_ANSWER = b"\x04" * 16
"""End of input, for whatever asks on a terminal where nobody is."""
ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGKILL)
INTERRUPTED = (130, -signal.SIGINT)


@dataclass(frozen=True, slots=True)
class Ended:
    """How a command ended: its exit code (minus the signal that ended it), and whether somebody interrupted it."""

    code: int
    interrupted: bool = False


def run_process(
    argv: Sequence[str],
    *,
    environ: Mapping[str, str],
    cwd: Path,
    attended: bool,
    output: Callable[[bytes], None],
    began: Callable[[int, float], None],
    idle: Callable[[], None],
) -> Ended:
    """Run it to its end. `output` gets what it writes, both streams in their order; `idle` is called all the while.

    `began` is told its pid and when the system says that it started. With `attended` the keys of this terminal are
    its own, Ctrl-C too; else a Ctrl-C here is passed on: once as such, then as TERM, then as KILL.
    """
    master, slave = pty.openpty()
    reading, writing = (master, slave) if attended else os.pipe()
    try:
        process = _started(argv, environ, cwd, slave, None if attended else writing)
    except OSError as error:
        output(f"{argv[0]}: {error.strerror or error}\n".encode())
        for handle in {master, slave, reading, writing}:
            os.close(handle)
        return Ended(127)
    for handle in {slave, writing}:
        os.close(handle)
    pressed: list[int] = []
    try:
        with contextlib.suppress(psutil.NoSuchProcess):
            began(process.pid, psutil.Process(process.pid).create_time())
        if attended:
            with _keys_of(master), _interrupts(process, pressed):
                _copy(process, reading, output, idle, keys=sys.stdin.fileno(), master=master)
        else:
            os.write(master, NO_ANSWER)
            with _interrupts(process, pressed):
                _copy(process, reading, output, idle)
    finally:
        _end(process)
        for handle in {master, reading}:
            os.close(handle)
    code = process.returncode
    return Ended(code, bool(pressed) or code in INTERRUPTED)


def still_runs(pid: int, started: float) -> bool:
    """Whether the process that had this pid then is there yet."""
    try:
        process = psutil.Process(pid)
        return process.create_time() == started and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def _started(
    argv: Sequence[str], environ: Mapping[str, str], cwd: Path, slave: int, pipe: int | None
) -> subprocess.Popen[bytes]:
    def own_terminal() -> None:
        signal.signal(signal.SIGHUP, signal.SIG_DFL)  # under nohup it would be ignored
        fcntl.ioctl(slave, termios.TIOCSCTTY, 0)

    return subprocess.Popen(
        argv,
        env=environ,
        cwd=cwd,
        stdin=slave if pipe is None else subprocess.DEVNULL,
        stdout=slave if pipe is None else pipe,
        stderr=subprocess.STDOUT,
        start_new_session=True,
        preexec_fn=own_terminal,
    )


def _copy(
    process: subprocess.Popen[bytes],
    reading: int,
    output: Callable[[bytes], None],
    idle: Callable[[], None],
    *,
    keys: int | None = None,
    master: int = -1,
) -> None:
    """Hand on what is written until the process has ended and nothing more of it is there."""
    watched = [reading] if keys is None else [reading, keys]
    while True:
        over = process.poll() is not None
        ready = select.select(watched, [], [], 0 if over else PAUSE_S)[0]
        if reading in ready:
            chunk = _read(reading)
            if chunk:
                output(chunk)
            elif reading in watched:
                watched.remove(reading)
        if keys is not None and keys in ready and not over:
            typed = os.read(keys, CHUNK)
            if typed:
                os.write(master, typed)
            else:
                watched.remove(keys)
        idle()
        if over and reading not in ready:
            return
        if not over and reading not in watched:
            time.sleep(PAUSE_S)


def _read(handle: int) -> bytes:
    try:
        return os.read(handle, CHUNK)
    except OSError:  # the last one that held the terminal has closed it
        return b""


@contextlib.contextmanager
def _keys_of(master: int) -> Iterator[None]:
    """Pass keys on as they are pressed, and the size of the screen; the terminal is put back as it was."""
    screen = sys.stdin.fileno()

    def resized(_number: int = 0, _frame: FrameType | None = None) -> None:
        with contextlib.suppress(OSError):
            fcntl.ioctl(master, termios.TIOCSWINSZ, fcntl.ioctl(screen, termios.TIOCGWINSZ, b"\0" * 8))

    resized()
    before = termios.tcgetattr(screen)
    former = signal.signal(signal.SIGWINCH, resized)
    try:
        tty.setraw(screen, termios.TCSADRAIN)
        yield
    finally:
        termios.tcsetattr(screen, termios.TCSADRAIN, before)
        signal.signal(signal.SIGWINCH, former)


@contextlib.contextmanager
def _interrupts(process: subprocess.Popen[bytes], pressed: list[int]) -> Iterator[None]:
    """A Ctrl-C is the command's; who presses it again means it."""

    def pass_on(_number: int, _frame: FrameType | None) -> None:
        how = ENDING[min(len(pressed), len(ENDING) - 1)]
        pressed.append(how)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, how)

    former = signal.signal(signal.SIGINT, pass_on)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, former)


def _end(process: subprocess.Popen[bytes]) -> None:
    """Where something of ours went wrong meanwhile: leave nothing behind."""
    if process.poll() is None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
