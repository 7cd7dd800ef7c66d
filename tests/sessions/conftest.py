"""A real tmux server of the test's own, and sessions of small programs on it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from netctl.adapters.tmux import TmuxHost
from tests.programs import DEADLINE_S, Stage, wait_until

__all__ = ["DEADLINE_S", "Stage", "wait_until"]


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    # A path as awkward as a path can be: tmux expands #{}, shells split at blanks.
    host = TmuxHost(tmp_path / "st ate #{pid}'s $HOME", "trial")
    yield Stage(host)
    assert host.shut_down(grace_s=3) == ()
