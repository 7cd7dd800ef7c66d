"""Sends SIGCONT to stopped neurons when their time is over, whatever became of the netctl that stopped them.

A program of its own, started before anything is stopped: `python -I -S watchdog.py SECONDS UNTIL PID:BIRTH...`. It says
`ready` on its standard output and waits to hear `armed` on its input, which is said once all are stopped; an input that
ends before means that netctl died in between, and all are continued at once. Armed, it holds no terminal, and ends when
its time is over or all its processes are gone. The earlier of SECONDS from now and the moment UNTIL counts, so that no
change of the clock prolongs a stop.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time

PAUSE_S = 0.2


def birth_of(pid: int) -> str | None:
    """As `netctl.chaos.signals.birth_of`, without psutil; where there is no /proc, the start as `ps` shows it."""
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:  # noqa: PTH123 - pathlib would double the start-up time
            state, *fields = file.read().rpartition(b")")[2].split()
    except OSError:
        return None
    return None if state in (b"Z", b"X") else f"ticks {int(fields[18])}"


def is_there(pid: int, birth: str) -> bool:
    """Whether that very process still lives."""
    if birth.startswith("ticks "):
        return birth_of(pid) == birth
    words = ["ps", "-o", "lstart=", "-p", str(pid)]
    told = subprocess.run(
        words, capture_output=True, text=True, env={"PATH": "/usr/bin:/bin", "LC_ALL": "C"}, check=False
    )
    try:
        shown = time.mktime(time.strptime(told.stdout.strip()))
    except ValueError:
        return False
    return abs(shown - float(birth.removeprefix("time "))) < 2  # ps shows whole seconds


def watch(seconds: float, until: float, targets: list[tuple[int, str]]) -> None:
    """Wait, then continue the groups of those that are left."""
    end = time.monotonic() + seconds
    while time.monotonic() < end and time.time() < until:
        targets = [target for target in targets if is_there(*target)]
        if not targets:
            return
        time.sleep(max(0.0, min(PAUSE_S, end - time.monotonic(), until - time.time())))
    for pid, birth in targets:
        if is_there(pid, birth):
            try:
                os.killpg(pid, signal.SIGCONT)
            except OSError:
                continue


def main(argv: list[str]) -> None:
    """Ignore what ends the terminal's processes, say that all is ready, and watch."""
    for number in (signal.SIGHUP, signal.SIGINT):
        signal.signal(number, signal.SIG_IGN)
    targets = [(int(pid), birth) for pid, _, birth in (word.partition(":") for word in argv[2:])]
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    sink = os.open(os.devnull, os.O_WRONLY)
    os.dup2(sink, 1)
    # No SIGCONT before the last SIGSTOP: it would be lost, and the neuron stay stopped.
    armed = sys.stdin.readline() == "armed\n"
    watch(float(argv[0]) if armed else 0.0, float(argv[1]), targets)


if __name__ == "__main__":
    main(sys.argv[1:])
