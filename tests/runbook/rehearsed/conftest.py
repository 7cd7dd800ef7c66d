"""The directory that a rehearsed runbook has to itself."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.runbook.rehearsed.here import netctl


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Path]:
    """An empty directory; whatever fleet comes up in it is deleted afterwards."""
    here = tmp_path / "here"
    (here / "home").mkdir(parents=True)
    yield here
    for fleet in netctl(here, "fleet", "list", "--json").document:
        down = netctl(here, "fleet", "down", fleet["profile"], "--rehearse", "--purge", "--yes")
        assert down.code == 0, down.err
