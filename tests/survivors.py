"""What a run of the tests leaves behind: processes that it started, or that stand in its directories.

A process is the run's when it inherited the run's mark or names its directories. Checked once, when all is over.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

MARK = "TESTS_OF"
GRACE_S = 5.0


@dataclass(frozen=True)
class Survivor:
    """A process that should be gone."""

    process: psutil.Process
    told: str


def mark() -> str:
    """Mark this process, and with it all that it starts; workers keep the mark of the run they belong to."""
    return os.environ.setdefault(MARK, f"{os.getpid()}@{psutil.Process().create_time()}")


def survivors(run: str, place: Path | None, grace_s: float = GRACE_S) -> list[Survivor]:
    """Every process of the run but this one and those above it, after a moment for those that are just ending."""
    found = [Survivor(process, _described(process)) for process in _processes(run, place)]
    _, alive = psutil.wait_procs([each.process for each in found], timeout=grace_s)
    return [each for each in found if each.process in alive and not _is_dead(each.process)]


def end(found: list[Survivor]) -> None:
    """Kill them: a failed run must not disturb the next."""
    for each in found:
        with suppress(psutil.Error):
            each.process.kill()


def _processes(run: str, place: Path | None) -> Iterator[psutil.Process]:
    own = {os.getpid(), *(parent.pid for parent in psutil.Process().parents())}
    for process in psutil.process_iter():
        with suppress(psutil.Error, OSError):
            if process.pid not in own and not _is_dead(process) and _belongs(process, run, place):
                yield process


def _belongs(process: psutil.Process, run: str, place: Path | None) -> bool:
    if process.environ().get(MARK) == run:
        return True
    if place is None:
        return False
    words = [*process.cmdline(), process.cwd()]
    return any(f"{place}/" in f"{word}/" for word in words)


def _described(process: psutil.Process) -> str:
    with suppress(psutil.Error, OSError):
        return f"pid {process.pid}, in {process.cwd()}: {' '.join(process.cmdline())[:300]}"
    return f"pid {process.pid}"


def _is_dead(process: psutil.Process) -> bool:
    with suppress(psutil.Error):
        return bool(process.status() == psutil.STATUS_ZOMBIE)
    return True
