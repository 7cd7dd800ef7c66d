"""A virtual environment for each client of the chain: made once, kept in .clients, one pinned list each."""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
PINS = Path(__file__).parent / "clients" / "requirements"
"""NAME.txt: every version as `uv pip compile --universal` resolved it, so that tomorrow's releases change nothing."""


def python_of(name: str, kept: Path = ROOT / ".clients") -> Path:
    """The interpreter of `name`'s environment ("bittensor-9.9.0", "bittensor-cli-9.23.2"), made where it is not yet.

    Made again when its pins or the Python under it changed. Processes that ask at once wait for the one that makes it.
    KeyError: no such client; AssertionError: neither uv nor pip could install it, with what pip said.
    """
    pins = PINS / f"{name}.txt"
    if not pins.is_file():
        raise KeyError(f"{name}: not one of {', '.join(clients())}")
    kept.mkdir(parents=True, exist_ok=True)
    place, stamp = kept / name, hashlib.sha256(f"{sys.version}\n{kept}\n{pins.read_text()}".encode()).hexdigest()
    interpreter, made = place / "bin" / "python", place / "made-of"
    with (kept / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (made.is_file() and made.read_text() == stamp and interpreter.exists()):
            _make(place, pins)
            made.write_text(stamp)
    return interpreter


def clients() -> list[str]:
    """Every client that has pins."""
    return sorted(path.stem for path in PINS.glob("*.txt"))


def _make(place: Path, pins: Path) -> None:
    shutil.rmtree(place, ignore_errors=True)
    # Something on PYTHONPATH, or a venv that is active, must not reach into the client's environment.
    clean = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "VIRTUAL_ENV")}
    _run([sys.executable, "-m", "venv", "--without-pip", str(place)], clean)
    python = str(place / "bin" / "python")
    uv = Path(sys.executable).parent / "uv"
    found = str(uv) if uv.exists() else shutil.which("uv")
    if (
        found is not None
        and not subprocess.run(
            [found, "pip", "install", "--quiet", "--python", python, "--requirements", str(pins)],
            env=clean,
            check=False,
            timeout=600,
        ).returncode
    ):
        return
    # uv brings certificates of its own; pip trusts those of the system, which a proxy may need
    _run([python, "-m", "ensurepip"], clean)
    _run([python, "-m", "pip", "install", "--quiet", "--no-deps", "--requirement", str(pins)], clean)


def _run(command: list[str], environment: dict[str, str]) -> None:
    done = subprocess.run(command, env=environment, check=False, timeout=900, capture_output=True, text=True)
    assert done.returncode == 0, f"{command}: {done.stdout[-2000:]}{done.stderr[-4000:]}"
