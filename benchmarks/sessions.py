"""What netctl's sessions cost beside plain tmux: 64 of them, launched side by side in one run.

    python benchmarks/sessions.py [--sessions 64] [--rounds 7]

Plain is one `tmux source-file` with a `new-session` each for the same program. netctl's sessions have an exact
environment, logs of their own, labels and a guardian. Prints medians and the ratio; exits 1 above 1.5.
"""

from __future__ import annotations

import argparse
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from rich.console import Console
from rich.table import Table

from netctl.adapters.tmux import TmuxHost
from netctl.ports import SessionSpec
from netctl.render.launcher import Launcher, script

MARK = 1.5
PROGRAM = ("/bin/sleep", "100000")


def specs(root: Path, count: int) -> list[SessionSpec]:
    """Sessions of the program, their launchers rendered beforehand as `fleet up` does in an earlier phase."""
    made = []
    for number in range(count):
        name = f"miner_{number}"
        place = root / name
        place.mkdir()
        launcher = Launcher(
            name=name,
            argv=PROGRAM,
            environ={"PATH": "/usr/bin:/bin", "HOME": str(place)},
            cwd=place,
            stdout=place / "out.log",
            stderr=place / "err.log",
            stop_signal="TERM",
            grace_s=5,
        )
        path = place / "launch.sh"
        path.write_bytes(script(launcher))
        made.append(SessionSpec(name, path, place, place / "out.log", place / "err.log", "0"))
    return made


def ours(root: Path, count: int) -> float:
    """Seconds of one launch."""
    host = TmuxHost(root, "bench")
    wanted = specs(root, count)
    started = time.monotonic()
    host.launch(wanted)
    seconds = time.monotonic() - started
    if len(host.sessions()) < count or host.shut_down(grace_s=5):
        sys.exit("sessions are missing, or survived")
    return seconds


def plain(root: Path, count: int) -> float:
    """Seconds of one source-file on a server of its own, until tmux lists every session."""
    tmux = ["tmux", "-S", str(root / "plain"), "-f", "/dev/null"]
    lines = "".join(f'new-session -d -s miner_{n} "exec {" ".join(PROGRAM)}"\n' for n in range(count))
    started = time.monotonic()
    subprocess.run([*tmux, "start-server", ";", "source-file", "-"], input=lines, text=True, check=True)
    listed = subprocess.run([*tmux, "list-sessions"], capture_output=True, text=True, check=True).stdout
    seconds = time.monotonic() - started
    if len(listed.splitlines()) != count:
        sys.exit("plain sessions are missing")
    subprocess.run([*tmux, "kill-server"], check=True)
    return seconds


def main() -> int:
    """Take turns, print medians, and say whether the mark was met."""
    words = argparse.ArgumentParser()
    words.add_argument("--sessions", type=int, default=64)
    words.add_argument("--rounds", type=int, default=7)
    options = words.parse_args()
    taken: dict[str, list[float]] = {"netctl": [], "plain": []}
    for _ in range(options.rounds):
        for name, way in (("plain", plain), ("netctl", ours)):
            root = Path(tempfile.mkdtemp(prefix="nb-"))
            taken[name].append(way(root, options.sessions))
            shutil.rmtree(root)
    netctl, tmux = (statistics.median(taken[name]) for name in ("netctl", "plain"))
    table = Table("what", "netctl", "tmux source-file", "ratio", "mark")
    row = (f"{netctl:.3f} s", f"{tmux:.3f} s", f"{netctl / tmux:.2f}", f"<= {MARK:g}")
    table.add_row(f"{options.sessions} sessions launched", *row)
    Console().print(table)
    return 1 if netctl / tmux > MARK else 0


if __name__ == "__main__":
    raise SystemExit(main())
