"""What a fleet on many machines costs beside one on this machine: a hundred of a trivial program, on both in one run.

    python benchmarks/swarm.py [--neurons 100] [--nodes 2] [--rounds 3]

The machines are docker daemons in networks of their own on this machine (root, docker.io, tini). Started is from the
call of `launch` until every program runs; listed is one look at all of them. The engine's memory is what its daemons
and shims have more with the neurons than without, in PSS, for each neuron. Prints medians; exits 1 where all do not run
within 20 s, or the engine takes 10 MB or more for a neuron.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

import psutil
from rich.console import Console
from rich.table import Table

from netctl.adapters.tmux import TmuxHost
from netctl.ports import SessionSpec
from tests.hosts.stage import Stage, host_on
from tests.swarm.cluster import Cluster, wait_until, why_not

MARK_S, MARK_MB = 20.0, 10.0
PROGRAM = ("/bin/sleep", "86400")
OF_THE_ENGINE = ("dockerd", "containerd", "containerd-shim-runc-v2", "containerd-shim", "tini")


def timed(act: Callable[[], object]) -> float:
    began = time.monotonic()
    act()
    return time.monotonic() - began


def until_all_run(stage: Stage, count: int) -> None:
    wait_until(lambda: sum(one.pid is not None for one in stage.host.sessions().values()) == count, "all run", 180)


def specs_of(stage: Stage, count: int, nodes: Sequence[str]) -> list[SessionSpec]:
    return [stage.spec(f"miner_{n}", *PROGRAM, node=nodes[n % len(nodes)] if nodes else "nd1") for n in range(count)]


def engine_mb(cluster: Cluster) -> float:
    """The engine's own processes on all machines, without the neurons and their launchers."""
    total = 0.0
    for pid in {pid for machine in cluster.machines for pid in machine.pids()}:
        with suppress(psutil.Error):
            process = psutil.Process(pid)
            if process.name() in OF_THE_ENGINE or process.name().startswith("containerd"):
                total += process.memory_full_info().pss / 1e6
    return total


def measured(stage: Stage, specs: Sequence[SessionSpec]) -> tuple[float, float]:
    """Seconds to start them all and to look at them; they run afterwards."""
    count = len(specs)

    def start() -> None:
        stage.host.launch(specs)
        until_all_run(stage, count)

    return timed(start), timed(stage.host.sessions)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--neurons", type=int, default=100)
    parser.add_argument("--nodes", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=3)
    wanted = parser.parse_args()
    if (reason := why_not()) is not None:
        print(f"not measured: {reason}", file=sys.stderr)
        return 0
    here, there, memory = [], [], []
    with tempfile.TemporaryDirectory() as place, Cluster(wanted.nodes, managers=1) as cluster:
        nodes = [machine.name for machine in cluster.machines]
        for number in range(wanted.rounds):
            local = Stage(TmuxHost(Path(place) / f"tmux-{number}", "trial"))
            here.append(measured(local, specs_of(local, wanted.neurons, ())))
            local.host.shut_down(grace_s=3)
            state = Path(place) / f"swarm-{number}"
            stage = Stage(host_on(cluster, state), cluster)
            before = engine_mb(cluster)
            there.append(measured(stage, specs_of(stage, wanted.neurons, nodes)))
            memory.append((engine_mb(cluster) - before) / wanted.neurons)
            stage.host.shut_down(grace_s=3)
            stage.host.close()
    show(here, there, memory, wanted)
    started = statistics.median(one for one, _ in there)
    return int(started > MARK_S or statistics.median(memory) >= MARK_MB)


def show(
    here: list[tuple[float, float]], there: list[tuple[float, float]], memory: list[float], wanted: argparse.Namespace
) -> None:
    table = Table(title=f"{wanted.neurons} neurons, {wanted.nodes} nodes, median of {wanted.rounds}")
    for header in ("what", "tmux, this machine", "swarm", "ratio"):
        table.add_column(header)
    for row, name in enumerate(("started", "listed")):
        one, other = (statistics.median(each[row] for each in found) for found in (here, there))
        table.add_row(name, f"{one:.3f} s", f"{other:.3f} s", f"{other / one:.1f}")
    table.add_row("the engine's memory, for each", "", f"{statistics.median(memory):.1f} MB", "")
    Console().print(table)


if __name__ == "__main__":
    sys.exit(main())
