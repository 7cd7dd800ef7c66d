"""Folders on file systems that rotate logs each in its way."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from netctl.logs import cutting

MEMORY = Path("/dev/shm")


def can_collapse(folder: Path) -> bool:
    """Whether the beginning of a file can be taken out there."""
    with tempfile.TemporaryFile(dir=folder) as file:
        file.write(b"x" * 2 * cutting.ALIGNED)
        file.flush()
        return cutting.collapse(file.fileno(), cutting.ALIGNED)


@pytest.fixture
def disk(tmp_path: Path) -> Path:
    """Where the beginning of a log can be taken out: ext4 or xfs."""
    if not can_collapse(tmp_path):
        pytest.skip(f"{tmp_path} is on a file system that cannot take out the beginning of a file")
    return tmp_path


@pytest.fixture
def memory() -> Iterator[Path]:
    """Where the beginning of a log can become a hole, and no more: tmpfs."""
    if not MEMORY.is_dir() or not os.access(MEMORY, os.W_OK):
        pytest.skip("no tmpfs to write to")
    folder = Path(tempfile.mkdtemp(prefix="netctl-logs-", dir=MEMORY))
    yield folder
    shutil.rmtree(folder)
