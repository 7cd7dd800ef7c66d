from __future__ import annotations

from pathlib import Path

import pytest

from tests.habits import trial as trials
from tests.habits.trial import Trial


@pytest.fixture
def trial(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Trial:
    """Two miners and a validator with their files written, in the current directory."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PROBE_KEY", trials.SECRET)
    return trials.written(trials.laid_out(tmp_path))
