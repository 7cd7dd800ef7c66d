"""What probes cost: 256 processes, each with a port and two logs, looked at once a second with the usual periods.

Usage: python benchmarks/probes.py [NEURONS] [SECONDS]

Time is moved by hand, so that ten minutes take some seconds; what is counted is this process's own processor time
within `look`, against the time that has passed for the probes. Meanwhile every log gets a line every ten seconds.
"""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import psutil

from netctl import packs
from netctl.ports import Metagraph, MetagraphRow, SessionFacts
from netctl.probes.expand import of_role, spec_of
from netctl.probes.looking import look
from netctl.probes.memory import Memory
from netctl.probes.model import Watched

LINE = "\x1b[34m2026-11-22 12:44:27.847\x1b[39m |     DEBUG      | bittensor:miner.py:247 | Step:7 | Block:5484\n"
HISTORY = 5_000
TARGET = 0.5
ROLE = packs.load("resi").role("miner")


class Hand:
    def __init__(self) -> None:
        self.at = time.time()

    def now(self) -> float:
        return self.at

    async def sleep(self, seconds: float) -> None:
        self.at += seconds


def a_neuron() -> tuple[int, int]:
    """A process that listens, in a group of its own, with forty more files open: its pid and port."""
    ours, theirs = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.setpgid(0, 0)
        listener = socket.create_server(("127.0.0.1", 0))
        kept = [os.dup(0) for _ in range(40)]
        os.write(theirs, str(listener.getsockname()[1]).encode())
        signal.pause()
        os._exit(len(kept))
    os.close(theirs)
    port = int(os.read(ours, 16))
    os.close(ours)
    return pid, port


def a_watched(number: int, port: int, place: Path) -> Watched:
    """A miner of the pack resi with its probes."""
    out, err = place / f"{number}.log", place / f"{number}.err.log"
    out.write_text(LINE * HISTORY)
    err.write_text("")
    neuron: Any = SimpleNamespace(axon_port=port, bind_port=port)
    specs = tuple(spec_of(written, {}, neuron) for written in of_role(ROLE))
    return Watched(
        name=f"miner_{number}",
        role="miner",
        stdout=str(out),
        stderr=str(err),
        cwd=str(place),
        environ=(),
        hotkey=f"5H{number}",
        axon_ip="127.0.0.1",
        axon_port=port,
        any_ip=False,
        ready_within_s=60.0,
        probes=tuple(replace(spec, after_s=0.0) for spec in specs),
    )


def write_lines(watched: list[Watched]) -> None:
    """A line in every log."""
    for one in watched:
        with Path(one.stdout).open("a") as log:
            log.write(LINE)


async def measured(watched: list[Watched], pids: list[int], seconds: int) -> None:
    clock, memory = Hand(), Memory()
    rows = tuple(
        MetagraphRow(n, one.hotkey or "", "5C", 0, False, True, f"127.0.0.1:{one.axon_port}", 0, 0.0, 0.0, 0, 0.0)
        for n, one in enumerate(watched)
    )
    sessions = {
        one.name: SessionFacts(one.name, "h", pid, psutil.Process(pid).create_time(), None, None, 0, {})
        for one, pid in zip(watched, pids, strict=True)
    }
    costs, walls = [], []
    for second in range(seconds):
        if second % 10 == 0:
            write_lines(watched)
        before, began = time.process_time(), time.perf_counter()
        found = await look(watched, sessions, memory, clock=clock, metagraph=Metagraph(428, 9, rows), tempo=360)
        costs.append(time.process_time() - before)
        walls.append(time.perf_counter() - began)
        assert all(health.ready and not health.failing for health in found.values()), found["miner_0"]
        clock.at += 1.0
    first, rest = costs[0], sum(costs[1:])
    share = 100 * rest / (seconds - 1)
    print(f"{len(watched)} neurons, {sum(len(one.probes) for one in watched)} probes, {seconds} s")
    print(f"first look {1000 * first:.0f} ms; the others {1000 * rest / (seconds - 1):.2f} ms a second on average,")
    print(f"the longest {1000 * max(walls[1:]):.0f} ms: {share:.2f} % of a core (at the most {TARGET} %)")
    print(f"this process has {psutil.Process().memory_info().rss / 1e6:.0f} MB")


def main() -> None:
    neurons = int(sys.argv[1]) if len(sys.argv) > 1 else 256
    seconds = int(sys.argv[2]) if len(sys.argv) > 2 else 600
    started = [a_neuron() for _ in range(neurons)]
    try:
        with tempfile.TemporaryDirectory() as place:
            watched = [a_watched(number, port, Path(place)) for number, (_, port) in enumerate(started)]
            asyncio.run(measured(watched, [pid for pid, _ in started], seconds))
    finally:
        for pid, _ in started:
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)


if __name__ == "__main__":
    main()
