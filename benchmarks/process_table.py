"""What a look at who is who costs: 256 neurons among 800 processes, as the supervisor and `status` look at them.

    python benchmarks/process_table.py [--neurons 256] [--processes 800] [--rounds 15]

Half of the neurons' files are there, every process has six files open, and nobody clashes. Prints medians; exits 1
when one pass over the process table takes more than 60 ms.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from rich.console import Console
from rich.table import Table

from netctl.adapters import holders
from netctl.identity.claims import Claims, real
from netctl.identity.clashes import find_clashes
from netctl.identity.reading import uses_of
from netctl.ports import Exclusive
from netctl.render.launcher import Launcher, script
from netctl.truth.drift import drift_of
from netctl.truth.launched import Desk, Standard, on_disk

MARK_MS = 60.0
PROGRAM = ("/bin/sleep", "100000")
# Only the words matter to a reader of the table: sh hands them on as its own and becomes nothing else.
IDLE = "exec 3</dev/null 4</dev/null 5</dev/null; sleep 100000 & wait"
EXCLUSIVES = (
    Exclusive("database", "file", "--neuron.database_name", "a.sqlite", interpreter="sh", program="miner.py"),
    Exclusive("upload state", "file", "--state", "s.json", until=".json", add="_s3.json", program="miner.py"),
    Exclusive("axon port", "port", "--axon.port", "8091", interpreter="sh", program="miner.py"),
)


def launcher_of(root: Path, number: int) -> Launcher:
    """A neuron that does nothing, with the words of a real one."""
    place = root / f"miner_{number}"
    place.mkdir()
    words = ["--wallet.path", str(root), "--wallet.name", "w", "--wallet.hotkey", f"h{number}"]
    words += ["--axon.port", str(20_000 + number), "--neuron.database_name", f"{place}/a.sqlite"]
    words += ["--state", f"{place}/s.json"]
    environ = {"NETCTL_NEURON": f"{root}/miner_{number}", "HOME": str(place), "PATH": "/usr/bin:/bin"}
    environ |= {f"VARIABLE_{extra}": "value" * 4 for extra in range(12)}
    return Launcher(
        f"miner_{number}", ("/bin/sh", "-c", IDLE, *words), environ, place, place / "o.log", place / "e.log"
    )


def started(launchers: Sequence[Launcher], others: int) -> list[subprocess.Popen[bytes]]:
    """All of them, each neuron in a session of its own; a neuron is two processes."""
    found = [
        subprocess.Popen(one.argv, env={**one.environ, "PWD": str(one.cwd)}, cwd=one.cwd, start_new_session=True)
        for one in launchers
    ]
    return found + [subprocess.Popen(PROGRAM, start_new_session=True) for _ in range(others)]


def processes_there() -> int:
    """How many there are on this machine."""
    return sum(path.name.isdigit() for path in Path("/proc").iterdir())


def milliseconds(work: Callable[[], object], rounds: int) -> float:
    """The median of so many rounds."""
    spans = []
    for _ in range(rounds):
        began = time.process_time()
        work()
        spans.append((time.process_time() - began) * 1000)
    return statistics.median(spans)


def main() -> int:
    """Start them, measure, end them."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--neurons", type=int, default=256)
    parser.add_argument("--processes", type=int, default=800)
    parser.add_argument("--rounds", type=int, default=15)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        root = Path(place).resolve()
        launchers = [launcher_of(root, number) for number in range(given.neurons)]
        for one in launchers[::2]:
            (one.cwd / "a.sqlite").touch()
        standards = []
        for one in launchers:
            path = one.cwd / "launch.sh"
            path.write_bytes(script(one))
            standards.append(Standard(one.name, str(path), tuple(one.environ), ()))
        rest = max(0, given.processes - 2 * given.neurons - processes_there())
        running = started(launchers, rest)
        try:
            return told(given.rounds, root, launchers, standards, running)
        finally:
            for one in running:
                os.killpg(one.pid, 9)
                one.wait()


def told(
    rounds: int,
    root: Path,
    launchers: Sequence[Launcher],
    standards: Sequence[Standard],
    running: Sequence[subprocess.Popen[bytes]],
) -> int:
    """Measure, print, judge."""
    claims = [
        Claims(one.name, f"{root}/{one.name}", tuple(map(real, uses_of(one.argv, str(one.cwd), {}, EXCLUSIVES))))
        for one in launchers
    ]
    paths = {path for one in claims for path in one.paths()}
    ports = {port for one in claims for port in one.ports()}
    pids = {one.name: process.pid for one, process in zip(launchers, running, strict=False)}

    def look() -> Sequence[object]:
        return holders.holders(EXCLUSIVES, paths=paths, ports=ports)

    desk = Desk()

    def drift(desk: Desk) -> None:
        desk.clear()
        for standard in standards:
            launched, process = on_disk(standard, desk), holders.running(pids[standard.neuron])
            assert launched is not None
            assert process is not None
            assert drift_of(launched, process) == ()

    found = holders.holders(EXCLUSIVES, paths=paths, ports=ports)
    assert len(found) >= len(launchers)
    assert find_clashes(claims, found, pids=pids) == {}
    passed = milliseconds(look, rounds)
    table = Table("what", "ms of processor time")
    table.add_row(f"one pass over {processes_there()} processes, {len(launchers)} of them neurons", f"{passed:.1f}")
    works: dict[str, Callable[[], object]] = {
        "the same without asking who listens": lambda: holders.holders(EXCLUSIVES, paths=paths),
        "of that, what the words say": lambda: holders.holders(EXCLUSIVES),
        "finding clashes in it": lambda: find_clashes(claims, found, pids=pids),
        f"holding {len(standards)} processes against their launchers": lambda: drift(Desk()),
        "the same again and again": lambda: drift(desk),
    }
    for what, work in works.items():
        table.add_row(what, f"{milliseconds(work, rounds):.1f}")
    Console().print(table)
    return 0 if passed <= MARK_MS else 1


if __name__ == "__main__":
    sys.exit(main())
