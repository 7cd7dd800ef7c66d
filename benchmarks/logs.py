"""What following and rotating logs costs: two hundred neurons beside `tail -F` of the same files, in one run.

    python benchmarks/logs.py [--neurons 200] [--seconds 20] [--megabytes 200]

Prints processor time as a share of one core while nothing is written and while two thousand lines a second are, and
what rotation does to a process that writes as fast as it can. Exits 1 above 5 % at rest.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from datetime import datetime
from pathlib import Path

import psutil
from rich.console import Console
from rich.table import Table

from netctl.logs import LogFile, LogPolicy, rotate_due

MARK = 0.05
LINES_A_SECOND = 2000
PROFILE = """\
name: many
network: test
netuid: 428
neurons: {{pack: resi, path: /nowhere}}
miners:
  - {{name: "miner_{{i}}", count: {count}, wallet: "w{{i}}", hotkey: h}}
"""
WRITER = """
import os, sys
line = b"2026-11-22 12:44:27.847 |      INFO      | bittensor:miner.py:1 | " + b"x" * 60 + b"\\n"
for _ in range(int(sys.argv[1]) * 1_000_000 // len(line)):
    os.write(1, line)
"""


def line(number: int) -> bytes:
    """A line as RESI writes it, of now."""
    moment = f"{datetime.now():%Y-%m-%d %H:%M:%S.%f}"[:-3]  # noqa: DTZ005 - as neurons write it
    return (
        f"\x1b[34m{moment}\x1b[39m | \x1b[1m     INFO       \x1b[0m | bittensor:miner.py:1 | line {number}\n".encode()
    )


def shares(followers: list[subprocess.Popen[bytes]], logs: list[Path], seconds: float, rate: int) -> list[float]:
    """Processor time of each follower as a share of a core, while so many lines a second are written."""

    def used() -> list[float]:
        return [sum(psutil.Process(each.pid).cpu_times()[:2]) for each in followers]

    before, started, number = used(), time.monotonic(), 0
    while (passed := time.monotonic() - started) < seconds:
        while number < passed * rate:
            with logs[number % len(logs)].open("ab", buffering=0) as file:
                file.write(line(number))
            number += 1
        time.sleep(0.005)
    time.sleep(1)
    return [(after - was) / seconds for was, after in zip(before, used(), strict=True)]


def following(root: Path, count: int, seconds: float) -> dict[str, list[float]]:
    """Shares of netctl and of tail, at rest and not."""
    (root / "many.yaml").write_text(PROFILE.format(count=count))
    logs = [root / ".netctl" / "many" / "logs" / f"miner_{number}.log" for number in range(1, count + 1)]
    logs[0].parent.mkdir(parents=True)
    for log in logs:
        log.write_bytes(b"".join(map(line, range(100))))
    told = root / "told"
    with told.open("wb") as out:
        ours = [sys.executable, "-m", "netctl", "logs", "-f", "-n", "1", "-p", "many.yaml"]
        tail = ["tail", "-q", "-n", "1", "-F", *map(str, logs)]
        followers = [
            subprocess.Popen(ours, cwd=root, stdout=out),
            subprocess.Popen(tail, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL),
        ]
    try:
        deadline = time.monotonic() + 60
        while told.read_bytes().count(b"\n") < count:
            if time.monotonic() > deadline:
                sys.exit("netctl logs does not begin")
            time.sleep(0.1)
        time.sleep(1)
        rest = shares(followers, logs, seconds, 0)
        busy = shares(followers, logs, seconds, LINES_A_SECOND)
        if told.read_bytes().count(b"\n") < count + LINES_A_SECOND * (seconds - 1):
            sys.exit("netctl logs did not tell every line")
        return {"at rest": rest, f"{LINES_A_SECOND} lines a second": busy}
    finally:
        for follower in followers:
            follower.terminate()
            follower.wait()


def written(root: Path, megabytes: int, *, rotates: bool) -> tuple[float, float]:
    """Seconds of a process that writes as fast as it can, and of processor time for the rotation beside it."""
    log = root / f"fast-{rotates}.log"
    started, before = time.monotonic(), time.process_time()
    command = f'exec "{sys.executable}" -c "$0" {megabytes} >>"{log}"'
    writer = subprocess.Popen(["/bin/sh", "-c", command, WRITER])
    while writer.poll() is None:
        if rotates:
            rotate_due([log], LogPolicy(rotate_bytes=20_000_000, keep=1000))
        time.sleep(0.05)
    seconds, ours = time.monotonic() - started, time.process_time() - before
    if LogFile(log).end() < megabytes * 1_000_000 - 1000:
        sys.exit("bytes are missing")
    return seconds, ours


def looks(root: Path, count: int) -> float:
    """Seconds that a look at so many logs at rest takes, two for each neuron."""
    paths = [root / "rest" / f"{number}.log" for number in range(count * 2)]
    paths[0].parent.mkdir()
    for path in paths:
        path.write_bytes(b"x")
    started = time.process_time()
    for _ in range(10):
        rotate_due(paths, LogPolicy())
    return (time.process_time() - started) / 10


def main() -> int:
    words = argparse.ArgumentParser()
    words.add_argument("--neurons", type=int, default=200)
    words.add_argument("--seconds", type=float, default=20)
    words.add_argument("--megabytes", type=int, default=200)
    options = words.parse_args()
    root = Path(tempfile.mkdtemp(prefix="netctl-logs-"))
    os.environ["PYTHONPATH"] = str(Path(__file__).parents[1])
    try:
        found = following(root, options.neurons, options.seconds)
        table = Table("what", "netctl logs -f", "tail -F", "ratio")
        for what, (ours, tail) in found.items():
            ratio = f"{ours / tail:.1f}" if tail else "-"
            table.add_row(f"{options.neurons} neurons, {what}", f"{ours:.2%}", f"{tail:.2%}", ratio)
        plain, _ = written(root, options.megabytes, rotates=False)
        rotated, ours = written(root, options.megabytes, rotates=True)
        screen = Console()
        screen.print(table)
        table = Table("what", "rotated every 20 MB", "not rotated", "ratio")
        wrote = f"{options.megabytes} MB written by one process at full speed"
        table.add_row(wrote, f"{rotated:.2f} s", f"{plain:.2f} s", f"{rotated / plain:.2f}")
        screen.print(table)
        screen.print(f"processor time of that rotation: {ours:.2f} s")
        screen.print(f"a look at {options.neurons} neurons' logs at rest: {looks(root, options.neurons) * 1000:.1f} ms")
        return 1 if found["at rest"][0] > MARK else 0
    finally:
        shutil.rmtree(root)


if __name__ == "__main__":
    raise SystemExit(main())
