"""The examples of the papers on the chain, run as they stand there, in an empty directory."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from netctl.devchain import DevChain

ROOT = Path(__file__).parents[2]
LIBRARY, EMBEDDED, README = ROOT / "docs" / "library.md", ROOT / "docs" / "embedded-chain.md", ROOT / "README.md"
BLOCK = re.compile(r"```python\n(?:# (\w+\.py)\n)?(.*?)```", re.DOTALL)


def write_examples(paper: Path, place: Path) -> list[str]:
    """Every example of the paper under its own name."""
    found = [(name or "unnamed.py", text) for name, text in BLOCK.findall(paper.read_text(encoding="utf-8"))]
    for name, text in found:
        (place / name).write_text(text, encoding="utf-8")
    return [name for name, _ in found]


def run(place: Path, *argv: str, timeout_s: float = 60) -> str:
    """Run a program there and give its output; it must succeed."""
    environ = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST", "PYTHON"))}
    done = subprocess.run(argv, cwd=place, env=environ, capture_output=True, text=True, timeout=timeout_s, check=False)
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    return done.stdout


def try_examples(place: Path, python: str) -> None:
    """The program, then the tests with the fixtures."""
    assert write_examples(LIBRARY, place) == ["example.py", "closing.py", "test_example.py", "conftest.py"]
    assert re.fullmatch(
        r"subnet 2 at ws://127\.0\.0\.1:\d+, Bob is uid 1, block \d+\n", run(place, python, "example.py")
    )
    assert "2 passed" in run(place, python, "-m", "pytest", "-q", "-p", "no:cacheprovider")


@pytest.mark.slow
def test_the_examples_run_as_they_stand(tmp_path: Path) -> None:
    try_examples(tmp_path, sys.executable)


@pytest.mark.parametrize("first_netuid", [None, 1], ids=["of the library", "of chain up"])
def test_the_sdk_example_runs_as_it_stands(first_netuid: int | None, tmp_path: Path) -> None:
    """On a chain with the localnet's subnet 1, and on one without, as `netctl chain up` starts it."""
    assert write_examples(EMBEDDED, tmp_path) == ["sdk.py"]
    with DevChain(seal="interval", first_netuid=first_netuid) as chain:
        told = run(tmp_path, sys.executable, "sdk.py", chain.url)
    netuid = 2 if first_netuid is None else 1
    assert told.splitlines() == ["transfer: True", f"subnet: {netuid}", "registration: True", "uid: 1"]


def test_the_readme_s_example_runs_as_it_stands(tmp_path: Path) -> None:
    assert write_examples(README, tmp_path) == ["unnamed.py"]
    assert re.fullmatch(r"ws://127\.0\.0\.1:\d+ 2\n", run(tmp_path, sys.executable, "unnamed.py"))


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_the_examples_need_nothing_but_the_package(tmp_path: Path) -> None:
    """From the built wheel, in an environment of its own, in a directory that holds nothing else."""
    wheels, venv, place = tmp_path / "wheels", tmp_path / "venv", tmp_path / "place"
    place.mkdir()
    run(tmp_path, sys.executable, "-m", "venv", str(venv))
    python = str(venv / "bin" / "python")
    run(tmp_path, python, "-m", "pip", "-q", "wheel", "--no-deps", "--wheel-dir", str(wheels), str(ROOT), timeout_s=200)
    (wheel,) = wheels.glob("netctl-*.whl")
    run(tmp_path, python, "-m", "pip", "-q", "install", str(wheel), "pytest", timeout_s=400)
    where = run(place, python, "-c", "import netctl; print(netctl.__file__)")
    assert where.startswith(str(venv))
    try_examples(place, python)
