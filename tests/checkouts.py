"""Git checkouts for tests, made by nobody in particular."""

from __future__ import annotations

import subprocess
from pathlib import Path

_NOBODY = ("-c", "user.name=a", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false")


def git(root: Path, *words: str) -> str:
    """What git says to these words in that directory."""
    done = subprocess.run(["git", *_NOBODY, *words], cwd=root, capture_output=True, text=True, check=True)
    return done.stdout.strip()
