"""Sessions of small programs on a real tmux, and the journal of the fleet that they are taken for."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from netctl.adapters.clock import SystemClock
from netctl.adapters.tmux import TmuxHost
from netctl.chaos.acts import Scene
from netctl.fleet import Fleet
from netctl.journal import FileJournal
from tests.files.conftest import a_fleet
from tests.sessions.conftest import Stage

SLEEPER = ("-S", "-c", "import time\nwhile True: time.sleep(0.05)")


@pytest.fixture
def fleet(tmp_path: Path) -> Fleet:
    """Resolved as in the profile of the tests, without a proxy."""
    return replace(a_fleet(tmp_path), state=tmp_path / "state")


@pytest.fixture
def stage(fleet: Fleet) -> Iterator[Stage]:
    """A tmux of the fleet's own; nothing may be left when the test is over, not even a watchdog."""
    host = TmuxHost(fleet.state, fleet.name)
    yield Stage(host)
    assert host.shut_down(grace_s=3) == ()


@pytest.fixture
def journal(fleet: Fleet) -> FileJournal:
    return FileJournal(fleet.state / "journal.jsonl", clock=SystemClock(), command="a test")


@pytest.fixture
def scene(fleet: Fleet, stage: Stage, journal: FileJournal) -> Callable[[], Scene]:
    """miner_1 and miner_2 run; the scene is looked at afresh each time."""
    for name in ("miner_1", "miner_2"):
        stage.launch(name, sys.executable, *SLEEPER)
    return lambda: Scene(fleet, stage.host.sessions(), journal, SystemClock())
