"""What it costs to watch 255 neurons and their chain: the supervisor's memory and processor time, and `netctl status`.

    python benchmarks/watching.py [--neurons 255] [--rounds 7] [--seconds 60]

`netctl fleet up --rehearse` makes them, from no wallet to all sessions running, on an embedded chain where each is
registered (255 and the subnet's owner fill its 256 uids; the chain is the 256th session). Then, in one run:

1. the supervisor at rest: processor time, that of the tmux clients it starts included, and its greatest RSS, with
   its children;
2. `netctl status` while the supervisor's sample is fresh, taking turns with `btcli --version`.

Prints a table of medians and marks; exits 1 when a mark is missed.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
from rich.console import Console
from rich.table import Table

BIN = Path(sys.executable).parent
PROFILE = """\
name: watching
network: test
netuid: 428
neurons: {{pack: ./idle}}
miners:
  - {{name: "miner_{{i}}", count: {neurons}, wallet: "cold_{{i}}", hotkey: "hot_{{i}}"}}
subnet: {{burn_increase_mult: 1, min_burn: 0.0005, max_allowed_uids: 256}}
rehearsal: {{block_time: 1, neurons: {{pack: ./idle}}}}
"""
PACK = """\
pack: idle
title: Neurons that only live
roles:
  miner: {program: [/bin/sleep, "100000"]}
  validator: {program: [/bin/sleep, "100000"]}
"""
MOST_MB = 120.0
MOST_CPU = 3.0
MOST_OF_BTCLI = 0.25
PATIENCE_S = 300.0


@dataclass(frozen=True)
class Stand:
    """A fleet that runs in a directory of its own."""

    root: Path
    env: dict[str, str]

    def netctl(self, *words: str) -> subprocess.CompletedProcess[str]:
        """One command, whatever its exit code."""
        argv = [str(BIN / "netctl"), *words]
        return subprocess.run(argv, env=self.env, cwd=self.root, capture_output=True, text=True, check=False)

    def status(self) -> Any:
        """The document of `netctl status --json`."""
        return json.loads(self.netctl("status", "--json").stdout)


@contextmanager
def standing(neurons: int) -> Iterator[Stand]:
    """The fleet, brought up, its supervisor's first sample taken; taken down again and deleted afterwards."""
    root = Path(tempfile.mkdtemp(prefix="nb-"))
    kept = {key: os.environ[key] for key in ("PATH", "LANG") if key in os.environ}
    env = kept | {
        "HOME": str(root),
        "TMUX_TMPDIR": str(root),
        "BITTENSOR_RUNTIME_CACHE_DIR": str(root),
        "TERM": "xterm",
    }
    (root / "idle").mkdir()
    (root / "idle" / "pack.yaml").write_text(PACK, encoding="utf-8")
    (root / "watching.yaml").write_text(PROFILE.format(neurons=neurons), encoding="utf-8")
    stand = Stand(root, env)
    try:
        up = stand.netctl("fleet", "up", "watching.yaml", "--rehearse", "--yes")
        if up.returncode:
            sys.exit(f"fleet up: exit {up.returncode}\n{up.stdout[-2000:]}{up.stderr[-2000:]}")
        deadline = time.monotonic() + PATIENCE_S
        while (seen := stand.status())["sampled_at"] is None:
            if time.monotonic() > deadline:
                sys.exit("the supervisor leaves no sample")
            time.sleep(1)
        running = [neuron for neuron in seen["neurons"] if neuron["state"] == "running" and neuron["registered"]]
        if len(running) != neurons:
            sys.exit(f"{len(running)} of {neurons} neurons run and are registered")
        yield stand
    finally:
        down = stand.netctl("fleet", "down", "--yes")
        shutil.rmtree(root, ignore_errors=True)
        if down.returncode:
            sys.exit(f"fleet down: exit {down.returncode}\n{down.stderr[-2000:]}")


def at_rest(pid: int, seconds: float) -> tuple[float, float]:
    """The supervisor's processor time in percent of a core, and its greatest RSS in MB; both with its children."""
    supervisor = psutil.Process(pid)

    def spent() -> float:
        times = supervisor.cpu_times()
        return times.user + times.system + times.children_user + times.children_system

    most, before, began = 0.0, spent(), time.monotonic()
    while time.monotonic() < began + seconds:
        most = max(most, sum(rss(process) for process in [supervisor, *supervisor.children(recursive=True)]))
        time.sleep(0.25)
    return 100 * (spent() - before) / (time.monotonic() - began), most / 1e6


def rss(process: psutil.Process) -> int:
    """Its resident memory; 0 once it is gone."""
    try:
        return int(process.memory_info().rss)
    except psutil.Error:
        return 0


def timed(run: Callable[[], object]) -> float:
    """Seconds of one call."""
    started = time.monotonic()
    run()
    return time.monotonic() - started


def side_by_side(stand: Stand, rounds: int) -> tuple[float, float]:
    """Median seconds of `netctl status` by a fresh sample, and of `btcli --version`, one after the other."""
    taken: dict[str, list[float]] = {"status": [], "btcli": []}
    btcli = [str(BIN / "btcli"), "--version"]

    def version() -> None:
        subprocess.run(btcli, env=stand.env, cwd=stand.root, capture_output=True, check=True)

    def status() -> None:
        if json.loads(stand.netctl("status", "--json").stdout)["sampled_at"] is None:
            sys.exit("a sample was not fresh")

    version()
    status()  # the first run of each writes bytecode
    for _ in range(rounds):
        taken["btcli"].append(timed(version))
        taken["status"].append(timed(status))
    return statistics.median(taken["status"]), statistics.median(taken["btcli"])


def main() -> int:
    """Bring the fleet up, measure, print, and say whether the marks were met."""
    words = argparse.ArgumentParser()
    words.add_argument("--neurons", type=int, default=255)
    words.add_argument("--rounds", type=int, default=7)
    words.add_argument("--seconds", type=float, default=60.0)
    options = words.parse_args()
    with standing(options.neurons) as stand:
        pid = stand.status()["supervisor"]["pid"]
        cpu, memory = at_rest(pid, options.seconds)
        status, btcli = side_by_side(stand, options.rounds)
    table = Table("what", "measured", "mark")
    table.add_row(f"the supervisor at rest for {options.seconds:g} s", f"{cpu:.2f} % of a core", f"< {MOST_CPU:g} %")
    table.add_row("its memory, children included", f"{memory:.0f} MB", f"< {MOST_MB:g} MB")
    ratio = status / btcli
    told = f"{status:.2f} s, btcli --version {btcli:.2f} s: {ratio:.2f}"
    table.add_row(f"netctl status of {options.neurons} neurons", told, f"<= {MOST_OF_BTCLI:g}")
    Console().print(table)
    return 1 if cpu >= MOST_CPU or memory >= MOST_MB or ratio > MOST_OF_BTCLI else 0


if __name__ == "__main__":
    raise SystemExit(main())
