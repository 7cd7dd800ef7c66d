"""What `netctl neurons install` leaves under a given pack, told by an interpreter that imports the SDK."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from netctl import packs
from tests.cli.program import run
from tests.resi.bench import Bench
from tests.resi.fleet import copied_checkout, profile_of
from tests.resi.launched import Seen

IMPORT = "import bittensor, scalecodec.base as codec; print(bittensor.__version__, codec.__file__.rsplit('/', 1)[1])"


def after(*leftovers: str) -> Seen:
    """Install the checkout's requirements: on nothing, or where these were installed before."""

    def seen(bench: Bench, pack: Path | None) -> str:
        place = bench.place / f"install{next(bench.numbers)}"
        place.mkdir()
        code = copied_checkout(place / "resi-subnet")
        (place / "real.yaml").write_text(json.dumps(_profile(code, pack or packs.find("resi"))))
        python = code / "venv" / "bin" / "python"
        if leftovers:
            _uv("venv", "--python", "3.11", str(code / "venv"))
            _uv("pip", "install", "--python", str(python), *leftovers)
        done = run("neurons", "install", "-p", "real.yaml", cwd=place, timeout_s=200)
        if done.code:
            return f"ended with {done.code}: {done.err[-600:]}"
        found = subprocess.run([str(python), "-c", IMPORT], capture_output=True, text=True)
        return (found.stdout or found.stderr).strip()[-600:]

    return seen


def _profile(code: Path, pack: Path) -> dict[str, object]:
    profile = profile_of(code, Path(sys.executable), pack)
    neurons = {"pack": str(pack), "path": str(code)}
    return {**profile, "neurons": neurons, "rehearsal": {"neurons": neurons}}


def _uv(*words: str) -> None:
    beside = Path(sys.executable).parent / "uv"
    subprocess.run([str(beside) if beside.exists() else "uv", *words], check=True, capture_output=True)
