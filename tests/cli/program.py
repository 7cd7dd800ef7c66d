"""Running netctl in tests: in this process through `main`, or as the program it is."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from netctl.cli import main
from tests.ports import free_ports

SMALL = """\
name: small
network: test
netuid: 428
neurons: {pack: resi, path: /nowhere}
miners:
  - {name: miner_1, wallet: w1, hotkey: h1}
validators:
  - {name: validator_1, wallet: w2, hotkey: h2, stake: 310}
"""


def small_profile() -> str:
    """SMALL on ports of its own: whatever fleet runs on this machine does not matter to it."""
    return f"{SMALL}defaults: {{first_port: {free_ports(2)[0]}}}\n"


@dataclass(frozen=True)
class Ended:
    """How a run of netctl ended."""

    code: int
    out: str
    err: str

    @property
    def document(self) -> Any:
        """Stdout as one JSON document."""
        return json.loads(self.out)


def call(capsys: pytest.CaptureFixture[str], *argv: str) -> Ended:
    """netctl in this process."""
    capsys.readouterr()
    code = main(list(argv))
    out, err = capsys.readouterr()
    return Ended(code, out, err)


def run(*argv: str, cwd: Path, timeout_s: float = 90, **environ: str) -> Ended:
    """netctl as a program, with pipes and no terminal."""
    done = subprocess.run(
        [sys.executable, "-m", "netctl", *argv],
        cwd=cwd,
        env={**os.environ, "COLUMNS": "100", **environ},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=timeout_s,
        check=False,
    )
    return Ended(done.returncode, done.stdout, done.stderr)
