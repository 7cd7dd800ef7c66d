"""netctl in the directory of a rehearsed runbook, whose HOME is in it."""

from __future__ import annotations

from pathlib import Path

from tests.cli.program import Ended, run


def netctl(here: Path, *argv: str, timeout_s: float = 300) -> Ended:
    """The program, in this directory."""
    return run(*argv, cwd=here, timeout_s=timeout_s, HOME=str(here / "home"))
