"""A program: rotations of a log that die before each of their effects on the disk, judged by what is read then.

    python -m tests.logs.dying FOLDER WAY [--alike] [--twice]

WAY is `cut` (whatever the folder's file system can do), `empty` (as if it could do nothing) or `rename` (nobody
writes). With --alike all lines are the same, with --twice the rotation that repairs dies as well. Prints JSON.
"""

from __future__ import annotations

import argparse
import fcntl
import json
import os
import shutil
import signal
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Any

from netctl.logs import LogFile, LogPolicy, cutting, rotate_due
from netctl.logs.archives import State, folder_of, listing

POLICY = LogPolicy(rotate_bytes=70_000, keep=100)
UNHARMED = 1_000_000
left = UNHARMED
OWN_EFFECTS = (os, "mkdir open replace unlink fsync ftruncate pread fchmod utime"), (fcntl, "flock"), (shutil, "copy2")


def dying(original: Callable[..., Any]) -> Callable[..., Any]:
    def effect(*args: Any, **kwargs: Any) -> Any:
        global left
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        left -= 1
        return original(*args, **kwargs)

    return effect


def dies(act: Callable[[], object], effects: int) -> bool:
    """Do it in a child that dies before so many effects; whether it did die."""
    global left
    pid = os.fork()
    if pid == 0:
        left = effects
        act()
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == -signal.SIGKILL


class Stage:
    """A log, what was written to it, and what is wrong with what is read."""

    def __init__(self, folder: Path, *, alike: bool) -> None:
        self.path = folder / "miner_1.log"
        self.alike = alike
        self.written = b""
        self.numbers = count()
        self.problems: list[str] = []

    def write(self, size: int) -> None:
        lines = b"".join(
            b"tick tock, tick tock, tick tock, tick tock, tick tock, tick tock, tick tock\n"
            if self.alike
            else b"line %06d %s\n" % (next(self.numbers), b"x" * 63)
            for _ in range(size // 76)
        )
        with self.path.open("ab", buffering=0) as file:
            file.write(lines)
        self.written += lines

    def check(self, when: str) -> None:
        read = LogFile(self.path).read(0, len(self.written) + 1_000_000)
        if read != self.written or LogFile(self.path).end() != len(self.written):
            self.problems.append(f"{when}: {len(self.written)} written, {len(read)} read, not the same")


def deaths_of(options: argparse.Namespace) -> int:
    """Try every death of the first rotation, with --twice each with every death of the next; returns how many."""
    deaths = 0
    for first in count():
        for then in count() if options.twice else (UNHARMED,):
            has_died, has_died_again = trial(options, first, then)
            if not has_died:
                return deaths
            deaths += 1
            if not has_died_again:
                break
    return deaths


def trial(options: argparse.Namespace, first: int, then: int) -> tuple[bool, bool]:
    folder = options.folder / "trial"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    stage = Stage(folder, alike=options.alike)
    idle = [stage.path] if options.way == "rename" else []

    def rotate() -> None:
        rotate_due([stage.path], POLICY, idle=idle)

    stage.write(140_000)
    rotate()
    stage.write(140_000)
    has_died = dies(rotate, first)
    stage.check("after its death")
    stage.write(30_000)
    stage.check("after more was written")
    has_died_again = dies(rotate, then) if options.twice else False
    stage.check("after the second death")
    stage.write(140_000)
    rotate()
    stage.check("after the repair")
    rotate()
    stage.write(100)
    stage.check("at the end")
    archives = listing(folder_of(stage.path))
    unfinished = [a.path.name for a in archives if a.state not in (State.WHOLE, State.KEPT)]
    strange = {path.name for path in folder_of(stage.path).iterdir()} - {a.path.name for a in archives}
    if unfinished or strange:
        stage.problems.append(f"left over: {unfinished} {sorted(strange)}")
    found.extend(f"death {first}/{then}: {problem}" for problem in stage.problems)
    return has_died, has_died_again


found: list[str] = []


def main() -> None:
    words = argparse.ArgumentParser()
    words.add_argument("folder", type=Path)
    words.add_argument("way", choices=("cut", "empty", "rename"))
    words.add_argument("--alike", action="store_true")
    words.add_argument("--twice", action="store_true")
    options = words.parse_args()
    for module, names in OWN_EFFECTS:
        for name in names.split():
            setattr(module, name, dying(getattr(module, name)))
    cutting.punch, cutting.collapse = dying(cutting.punch), dying(cutting.collapse)
    if options.way == "empty":
        cutting.punch = dying(lambda *_: False)
    print(json.dumps({"deaths": deaths_of(options), "problems": found}))  # noqa: T201


if __name__ == "__main__":
    main()
