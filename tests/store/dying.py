"""A program that kills reading into a store again and again, while the log grows and is rotated.

    python -m tests.store.dying FOLDER --kills 200 --seed 7 [--foreign]
    python -m tests.store.dying FOLDER --every-statement

Writers, rotation and readers are processes of their own, forked, so that two hundred deaths take seconds. Prints what
it found as JSON.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import signal
import sqlite3
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from itertools import islice
from pathlib import Path
from typing import Any

from netctl.logs import LogPolicy, rotate_due
from netctl.store import feeding
from netctl.store.sources import LogSource
from tests.store.signals import a_source, feed, lines, rows

ROTATE_BYTES = 120_000
LONGEST_LIFE_S = 0.06


def forked(act: Callable[[], object]) -> int:
    """The pid of a child that does this and nothing else."""
    pid = os.fork()
    if pid == 0:
        code = 1
        try:
            act()
            code = 0
        finally:
            os._exit(code)
    return pid


def ended(pid: int) -> int:
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def killed(pid: int) -> bool:
    """Whether SIGKILL found it alive."""
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)
    code = ended(pid)
    if code > 0:
        raise SystemExit(f"a reader failed by itself, with {code}")
    return code < 0


def write(log: Path, seed: int) -> None:
    """Lines without end, torn wherever it falls."""
    chance = random.Random(seed)
    handle = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    for line in lines(seed):
        raw = line.encode()
        cut = chance.randrange(len(raw))
        os.write(handle, raw[:cut])
        if chance.random() < 0.05:
            time.sleep(chance.random() * 0.002)
        os.write(handle, raw[cut:])


def rotate(log: Path) -> None:
    while True:
        for done in rotate_due([log], LogPolicy(rotate_bytes=ROTATE_BYTES, keep=100_000)):
            if done.problem:
                raise SystemExit(done.problem)
        time.sleep(0.003)


def read_on(store: Path, source: LogSource) -> None:
    while True:
        feed(store, source)


def random_deaths(folder: Path, kills: int, seed: int, *, foreign: bool) -> dict[str, Any]:
    """One or two readers at once, each killed at a moment of its own."""
    chance = random.Random(seed)
    log, store = folder / "validator_1.log", folder / "killed.db"
    source = a_source(log, foreign=foreign)
    feeding.BLOCK = 8192
    log.touch()
    writer = forked(lambda: write(log, seed))
    others = [] if foreign else [forked(lambda: rotate(log))]
    readers: list[int] = []
    deaths = pairs = 0
    try:
        while deaths < kills:
            readers = [forked(lambda: read_on(store, source)) for _ in range(chance.choice((1, 1, 2)))]
            pairs += len(readers) == 2
            while readers:
                time.sleep(chance.random() * LONGEST_LIFE_S)
                deaths += killed(readers.pop())
    finally:
        os.kill(writer, signal.SIGKILL)
        ended(writer)
        time.sleep(0.1)
        for other in (*others, *readers):
            os.kill(other, signal.SIGKILL)
            ended(other)
    read_by_the_dead = len(rows(store))
    feed(store, source, to_end=True)
    return {
        "deaths": deaths,
        "pairs": pairs,
        "archives": len(list((folder / "archives" / log.name).glob("*"))) if others else 0,
        "read_by_the_dead": read_by_the_dead,
        **compared(folder, source),
    }


def every_statement(folder: Path) -> dict[str, Any]:
    """A reader that dies before its first statement of SQL, before its second, and so on until it needs no more."""
    log, store = folder / "validator_1.log", folder / "killed.db"
    log.write_text("".join(islice(lines(3), 400)))
    source = a_source(log)
    feeding.BLOCK = 2048
    connect = sqlite3.connect
    found: dict[str, Any] = {"deaths": 0, "problems": []}
    while True:
        for file in folder.glob("killed.db*"):
            file.unlink()
        left = found["deaths"]

        def dying(_: str) -> None:
            nonlocal left
            if left == 0:
                os.kill(os.getpid(), signal.SIGKILL)
            left -= 1

        def connected(*args: Any, **kwargs: Any) -> sqlite3.Connection:
            connection = connect(*args, **kwargs)
            connection.set_trace_callback(dying)
            return connection

        def die() -> None:
            sqlite3.connect = connected  # type: ignore[assignment]
            feed(store, source)

        code = ended(forked(die))
        feed(store, source, to_end=True)
        found["problems"] += compared(folder, source)["problems"]
        if code == 0:
            return found | {"events": len(rows(store))}
        if code != -signal.SIGKILL:
            raise SystemExit(f"the reader failed by itself, with {code}")
        found["deaths"] += 1


def compared(folder: Path, source: LogSource) -> dict[str, Any]:
    """The store against one that a single clean pass makes."""
    clean = folder / "clean.db"
    for file in folder.glob("clean.db*"):
        file.unlink()
    feed(clean, source, to_end=True)
    was, wanted = rows(folder / "killed.db"), rows(clean)
    lost, doubled = set(wanted) - set(was), len(was) - len(set(was))
    strange = set(was) - set(wanted)
    problems = [f"{len(lost)} lost, {doubled} doubled, {len(strange)} strange"] if was != wanted else []
    where = "SELECT path, generation, offset, lines, lost, time, level FROM sources"
    if rows(folder / "killed.db", where) != rows(clean, where):
        problems.append(f"{rows(folder / 'killed.db', where)} is not {rows(clean, where)}")
    return {"problems": problems, "events": len(wanted)}


def main() -> None:
    words = argparse.ArgumentParser()
    words.add_argument("folder", type=Path)
    words.add_argument("--kills", type=int, default=200)
    words.add_argument("--seed", type=int, default=1)
    words.add_argument("--foreign", action="store_true")
    words.add_argument("--every-statement", action="store_true")
    told = words.parse_args()
    if told.every_statement:
        found = every_statement(told.folder)
    else:
        found = random_deaths(told.folder, told.kills, told.seed, foreign=told.foreign)
    sys.stdout.write(json.dumps(found))


if __name__ == "__main__":
    main()
