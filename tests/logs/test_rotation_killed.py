"""A rotation that is killed before any of its effects on the disk: nothing is lost, and nothing is there twice."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]


def deaths(folder: Path, *words: str, timeout_s: float = 100) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, "-m", "tests.logs.dying", str(folder), *words],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=timeout_s,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_killed_while_it_takes_the_beginning_out(disk: Path) -> None:
    """All lines are alike: what was taken out and what was not cannot be told by looking at them."""
    found = deaths(disk, "cut", "--alike")
    assert found["problems"] == []
    assert found["deaths"] >= 15


def test_killed_while_it_makes_a_hole(memory: Path) -> None:
    found = deaths(memory, "cut", "--alike")
    assert found["problems"] == []
    assert found["deaths"] >= 15


@pytest.mark.slow
def test_killed_while_it_copies_and_empties(tmp_path: Path) -> None:
    found = deaths(tmp_path, "empty")
    assert found["problems"] == []
    assert found["deaths"] >= 15


def test_killed_while_it_renames(tmp_path: Path) -> None:
    found = deaths(tmp_path, "rename")
    assert found["problems"] == []
    assert found["deaths"] >= 10


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("way", ["cut", "empty", "rename"])
def test_killed_again_while_it_repairs(tmp_path: Path, way: str) -> None:
    found = deaths(tmp_path, way, "--twice", timeout_s=800)
    assert found["problems"] == []
    assert found["deaths"] >= 100


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_killed_again_while_it_repairs_a_hole(memory: Path) -> None:
    found = deaths(memory, "cut", "--twice", "--alike", timeout_s=800)
    assert found["problems"] == []
    assert found["deaths"] >= 100
