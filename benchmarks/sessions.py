"""What netctl's sessions cost beside plain tmux, and beside others that keep processes: 256 of a trivial program.

    python benchmarks/sessions.py [--sessions 256] [--rounds 5] [--pm2 PATH] [--supervisord PATH] [--tmuxp PATH]

Plain is one `tmux source-file` with a `new-session` each for the same program. netctl's sessions have an exact
environment, logs of their own, labels and a guardian; launched as `fleet up` launches a wave, and the supervisor's as
one more. Of the others each starts all from one file of its own making, then lists them; who is not on the PATH, nor
named, is left out (`npm install pm2`, `pip install supervisor tmuxp`). They take turns in one run.

Started is when every program runs. Memory is what stays to keep them, in PSS, their own apart: tmux's server, pm2's
and supervisord's daemon, and netctl's guardians. Prints medians; exits 1 when netctl takes more than 1.5 times as long
as tmux.
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
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import psutil
from rich.console import Console
from rich.table import Table

from netctl.adapters.tmux import TmuxHost
from netctl.ports import SessionSpec
from netctl.render.launcher import Launcher, script

MARK = 1.5
PROGRAM = ("/bin/sleep", str(1_000_000 + os.getpid()))
PATIENCE_S = 120.0
SUPERVISORD = """\
[supervisord]
logfile={root}/supervisord.log
pidfile={root}/supervisord.pid
childlogdir={root}
[unix_http_server]
file={root}/socket
[rpcinterface:supervisor]
supervisor.rpcinterface_factory = supervisor.rpcinterface:make_main_rpcinterface
[supervisorctl]
serverurl=unix://{root}/socket
[program:miner]
command={program}
process_name=miner_%(process_num)d
numprocs={count}
startsecs=0
"""


@dataclass(frozen=True)
class Round:
    """What one round of one way took: seconds to start and to list, MB that stay."""

    start_s: float
    list_s: float
    memory_mb: float


@dataclass(frozen=True)
class Ground:
    """A directory that is HOME to all that runs there, and how many are to run."""

    root: Path
    count: int

    def run(self, *argv: str, script: str | None = None) -> str:
        """What a command prints; it must succeed."""
        environ = {"PATH": f"{Path(argv[0]).parent}:{os.environ['PATH']}", "LANG": "C.UTF-8", "TERM": "xterm"}
        environ |= {"HOME": str(self.root), "TMUX_TMPDIR": str(self.root)}
        done = subprocess.run(argv, cwd=self.root, env=environ, input=script or "", capture_output=True, text=True)
        if done.returncode:
            sys.exit(f"{argv}: exit {done.returncode}\n{done.stdout[-1500:]}{done.stderr[-1500:]}")
        return done.stdout

    def measured(self, start: Callable[[], object], listed: Callable[[], int], keeps: Callable[[str], bool]) -> Round:
        """Start, wait until all run, list; `keeps` says of a command line whether it is one that keeps them."""
        began = time.monotonic()
        start()
        while (running := sum(1 for line in command_lines().values() if line == " ".join(PROGRAM))) != self.count:
            if time.monotonic() > began + PATIENCE_S:
                sys.exit(f"{running} of {self.count} run after {PATIENCE_S:g} s")
            time.sleep(0.01)
        started = time.monotonic()
        found = listed()
        ended = time.monotonic()
        if found < self.count:
            sys.exit(f"{found} of {self.count} are listed")
        keepers = [pid for pid, line in command_lines().items() if keeps(line) and line != " ".join(PROGRAM)]
        memory = sum(psutil.Process(pid).memory_full_info().pss for pid in keepers)
        return Round(started - began, ended - started, memory / 1e6)


def command_lines() -> dict[int, str]:
    """The command line of every process of this machine."""
    found = {}
    for place in Path("/proc").iterdir():
        if place.name.isdigit():
            with suppress(OSError):
                line = (place / "cmdline").read_bytes().decode(errors="replace")
                found[int(place.name)] = line.rstrip("\0").replace("\0", " ").strip()
    return found


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
        labels = (("hotkey", "5" + "H" * 47), ("launched", f"{time.time():.3f}"))
        made.append(SessionSpec(name, path, place, place / "out.log", place / "err.log", "0", labels))
    return made


def ours(ground: Ground) -> Round:
    """netctl's host, as `fleet up` uses it."""
    host = TmuxHost(ground.root, "bench")
    wanted = specs(ground.root, ground.count)
    socket = host.server.socket
    try:
        return ground.measured(
            lambda: host.launch(wanted),
            lambda: len(host.sessions()),
            lambda line: str(ground.root) in line or ("tmux" in line and socket in line),
        )
    finally:
        if host.shut_down(grace_s=5):
            sys.exit("sessions survived")


def one_more(ground: Ground) -> float:
    """Seconds of launching one session beside those that run: what a supervisor adds."""
    host = TmuxHost(ground.root, "bench")
    *most, last = specs(ground.root, ground.count + 1)
    host.launch(most)
    began = time.monotonic()
    host.launch([last])
    seconds = time.monotonic() - began
    host.shut_down(grace_s=5)
    return seconds


def plain(ground: Ground) -> Round:
    """One source-file on a server of its own."""
    tmux = ["tmux", "-S", str(ground.root / "plain"), "-f", "/dev/null"]
    lines = "".join(f'new-session -d -s miner_{n} "exec {" ".join(PROGRAM)}"\n' for n in range(ground.count))
    try:
        return ground.measured(
            lambda: ground.run(*tmux, "start-server", ";", "source-file", "-", script=lines),
            lambda: len(ground.run(*tmux, "list-sessions").splitlines()),
            lambda line: str(ground.root / "plain") in line,
        )
    finally:
        ground.run(*tmux, "kill-server")


def pm2(ground: Ground, program: str) -> Round:
    """`pm2 start` of an ecosystem file, `pm2 jlist`; its daemon is started by the first."""
    apps = [
        {"name": f"miner_{n}", "script": PROGRAM[0], "args": PROGRAM[1], "interpreter": "none"}
        for n in range(ground.count)
    ]
    file = ground.root / "ecosystem.json"
    file.write_text(json.dumps({"apps": apps}))
    try:
        return ground.measured(
            lambda: ground.run(program, "start", str(file)),
            lambda: ground.run(program, "jlist").count('"pm_id"'),
            lambda line: line.startswith("PM2 ") and str(ground.root) in line,
        )
    finally:
        ground.run(program, "kill")


def supervisord(ground: Ground, program: str) -> Round:
    """One program with `numprocs`, `supervisorctl status`."""
    file = ground.root / "supervisord.conf"
    file.write_text(SUPERVISORD.format(root=ground.root, count=ground.count, program=" ".join(PROGRAM)))
    control = (str(Path(program).parent / "supervisorctl"), "-c", str(file))
    try:
        return ground.measured(
            lambda: ground.run(program, "-c", str(file)),
            lambda: ground.run(*control, "status").count("RUNNING"),
            lambda line: program in line and str(file) in line,
        )
    finally:
        ground.run(*control, "shutdown")


def tmuxp(ground: Ground, program: str) -> Round:
    """`tmuxp load` of one session with a window each, the program in place of its shell; tmux lists them."""
    windows = [{"window_name": f"m{n}", "window_shell": f"exec {' '.join(PROGRAM)}"} for n in range(ground.count)]
    file = ground.root / "fleet.json"
    file.write_text(json.dumps({"session_name": "fleet", "windows": windows}))
    tmux = ("tmux", "-L", f"bench-{os.getpid()}", "-f", "/dev/null")
    try:
        return ground.measured(
            lambda: ground.run(program, "load", "-d", "-y", "-L", tmux[2], str(file)),
            lambda: len(ground.run(*tmux, "list-panes", "-a").splitlines()),
            lambda line: "tmux" in line and tmux[2] in line,
        )
    finally:
        ground.run(*tmux, "kill-server")


def fresh(way: Callable[[Ground], Round], count: int) -> Round:
    """One round in a directory of its own."""
    root = Path(tempfile.mkdtemp(prefix="nb-"))
    try:
        return way(Ground(root, count))
    finally:
        shutil.rmtree(root, ignore_errors=True)


def main() -> int:
    """Take turns, print medians, and say whether the mark was met."""
    words = argparse.ArgumentParser()
    words.add_argument("--sessions", type=int, default=256)
    words.add_argument("--rounds", type=int, default=5)
    others = {"pm2": pm2, "supervisord": supervisord, "tmuxp": tmuxp}
    for name in others:
        words.add_argument(f"--{name}", default=shutil.which(name))
    options = words.parse_args()
    ways: dict[str, Callable[[Ground], Round]] = {"tmux source-file": plain, "netctl": ours}
    for name, way in others.items():
        if (program := getattr(options, name)) is not None:
            ways[name] = partial(way, program=str(Path(program).absolute()))
    taken: dict[str, list[Round]] = {name: [] for name in ways}
    for _ in range(options.rounds):
        for name, way in ways.items():
            taken[name].append(fresh(way, options.sessions))
    table = Table("what", "started", "ratio", "listed", "keeps them with")
    base = statistics.median(each.start_s for each in taken["tmux source-file"])
    for name, rounds in taken.items():
        start, listed, memory = (
            statistics.median(getattr(each, part) for each in rounds) for part in ("start_s", "list_s", "memory_mb")
        )
        table.add_row(name, f"{start:.2f} s", f"{start / base:.2f}", f"{listed:.3f} s", f"{memory:.0f} MB")
    root = Path(tempfile.mkdtemp(prefix="nb-"))
    table.add_row("netctl, one session more", f"{one_more(Ground(root, options.sessions)):.2f} s", "", "", "")
    shutil.rmtree(root)
    Console().print(table)
    ratio = statistics.median(each.start_s for each in taken["netctl"]) / base
    Console().print(f"{options.sessions} sessions by netctl: {ratio:.2f} of tmux source-file (mark: {MARK:g})")
    return 1 if ratio > MARK else 0


if __name__ == "__main__":
    raise SystemExit(main())
