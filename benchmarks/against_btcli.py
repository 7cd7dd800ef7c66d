"""netctl beside what people use today, in one run on one machine and one chain.

    python benchmarks/against_btcli.py [--miners 64] [--timed 4]

1. A fleet of miners (a trivial program each) from nothing to running: `netctl fleet up` against the plan's own loop,
   which makes a coldkey and a hotkey, funds, registers and opens a tmux session for one miner after the other. The
   loop is timed on a few miners and scaled.
2. `netctl --help` and shell completion against `btcli --version`.

Prints a table of seconds and ratios; exits 1 when a ratio misses its mark.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console
from rich.table import Table

BIN = Path(sys.executable).parent
PROFILE = """\
name: bench
network: test
netuid: 428
neurons: {{pack: ./idle}}
defaults: {{}}
miners:
  - {{name: "miner_{{i}}", count: {miners}, wallet: "cold_{{i}}", hotkey: "hot_{{i}}"}}
subnet: {{burn_increase_mult: 1, max_allowed_uids: 256}}
"""
PACK = """\
pack: idle
title: Neurons that only live
roles:
  miner: {program: [/bin/sleep, "100000"]}
  validator: {program: [/bin/sleep, "100000"]}
"""
FASTER_FLEET = 30.0
FASTER_HELP = 5.0
REPEATS = 5


def environment(root: Path) -> dict[str, str]:
    """A home of its own; bytecode is written, as it is on people's machines."""
    kept = {key: os.environ[key] for key in ("PATH", "LANG") if key in os.environ}
    return kept | {
        "HOME": str(root / "home"),
        "TMUX_TMPDIR": str(root),
        "BITTENSOR_RUNTIME_CACHE_DIR": str(root / "cache"),
        "TERM": "xterm",
    }


@contextmanager
def chain(root: Path, env: dict[str, str]) -> Iterator[str]:
    """The embedded chain with blocks of a quarter of a second, as in a rehearsal."""
    process = subprocess.Popen(
        [
            sys.executable,
            "-m",
            "netctl.devchain",
            "--data",
            str(root / "chain"),
            "--port",
            "0",
            "--first-netuid",
            "428",
        ],
        env=env,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        ready = process.stdout.readline().split()
        yield ready[1]
    finally:
        process.terminate()
        process.wait(10)


def run(argv: list[str], env: dict[str, str], cwd: Path) -> float:
    """Seconds that a command takes; it must succeed."""
    started = time.monotonic()
    done = subprocess.run(argv, env=env, cwd=cwd, capture_output=True, text=True, stdin=subprocess.DEVNULL)
    if done.returncode:
        sys.exit(f"{argv}: exit {done.returncode}\n{done.stdout[-2000:]}{done.stderr[-4000:]}")
    return time.monotonic() - started


def fleet_up(root: Path, env: dict[str, str], endpoint: str, miners: int) -> float:
    """Seconds of one `netctl fleet up` from no wallet to all sessions running."""
    (root / "idle").mkdir()
    (root / "idle" / "pack.yaml").write_text(PACK, encoding="utf-8")
    (root / "bench.yaml").write_text(PROFILE.format(miners=miners), encoding="utf-8")
    netctl = [str(BIN / "netctl")]
    try:
        return run([*netctl, "fleet", "up", "bench.yaml", "--network", endpoint, "--yes"], env, root)
    finally:
        run([*netctl, "fleet", "down", "-p", "bench.yaml", "--network", endpoint, "--yes"], env, root)


def btcli_loop(root: Path, env: dict[str, str], endpoint: str, timed: int) -> float:
    """Seconds a miner of the plan's loop: five commands for each."""
    import bittensor as bt
    from bittensor.keyfiles import serialized_keypair_to_keyfile_data

    payer = root / "wallets" / "payer"
    payer.mkdir(parents=True)
    alice = bt.sp_core.Keypair.create_from_uri("//Alice")
    for name in ("coldkey", "coldkeypub.txt"):
        (payer / name).write_bytes(bytes(serialized_keypair_to_keyfile_data(alice)))
    pinned = ["--network", endpoint, "--fallback-endpoints", "none", "--archive-endpoints", "none"]
    wallets = ["--wallet-path", str(root / "wallets")]
    btcli = str(BIN / "btcli")
    started = time.monotonic()
    for number in range(1, timed + 1):
        keys = ["--wallet", f"loop_{number}", "--wallet-hotkey", f"hot_{number}", *wallets]
        run([btcli, "wallet", "new-coldkey", "--no-password", *keys], env, root)
        run([btcli, "wallet", "new-hotkey", *keys], env, root)
        dest = (root / "wallets" / f"loop_{number}" / "coldkeypub.txt").read_text(encoding="utf-8")
        dest = dest.split('"ss58Address":')[1].split('"')[1]
        payer_words = ["--wallet", "payer", *wallets]
        run([btcli, "tx", "transfer", "--dest", dest, "--amount", "1", *pinned, *payer_words, "--yes"], env, root)
        run([btcli, "tx", "burned-register", "--netuid", "428", *pinned, *keys, "--yes"], env, root)
        run(["tmux", "-L", "loop", "new-session", "-d", "-s", f"miner_{number}", "exec /bin/sleep 100000"], env, root)
    seconds = (time.monotonic() - started) / timed
    run(["tmux", "-L", "loop", "kill-server"], env, root)
    return seconds


def best(argv: list[str], env: dict[str, str], root: Path) -> float:
    """The quickest of several runs, the first of which writes bytecode."""
    run(argv, env, root)
    return min(run(argv, env, root) for _ in range(REPEATS))


def main() -> int:
    """Measure, print, and say whether the marks were met."""
    words = argparse.ArgumentParser()
    words.add_argument("--miners", type=int, default=64)
    words.add_argument("--timed", type=int, default=4)
    options = words.parse_args()
    root = Path(tempfile.mkdtemp(prefix="nb-"))
    env = environment(root)
    table = Table("what", "netctl", "btcli", "ratio", "mark")
    missed = False

    def row(what: str, ours: float, theirs: float, mark: float) -> None:
        nonlocal missed
        missed |= theirs / ours < mark
        table.add_row(what, f"{ours:.2f} s", f"{theirs:.2f} s", f"{theirs / ours:.1f}", f">= {mark:g}")

    try:
        with chain(root, env) as endpoint:
            ours = fleet_up(root, env, endpoint, options.miners)
            each = btcli_loop(root, env, endpoint, options.timed)
        row(f"{options.miners} miners, nothing to running", ours, each * options.miners, FASTER_FLEET)
        version = best([str(BIN / "btcli"), "--version"], env, root)
        row("--help / --version", best([str(BIN / "netctl"), "--help"], env, root), version, FASTER_HELP)
        completing = env | {"_NETCTL_COMPLETE": "complete_bash", "COMP_WORDS": "netctl logs mi", "COMP_CWORD": "2"}
        row("completion / --version", best([str(BIN / "netctl")], completing, root), version, FASTER_HELP)
    finally:
        shutil.rmtree(root, ignore_errors=True)
    Console().print(table)
    return 1 if missed else 0


if __name__ == "__main__":
    raise SystemExit(main())
