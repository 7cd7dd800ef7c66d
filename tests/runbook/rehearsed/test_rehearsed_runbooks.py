"""The runbooks that netctl ships, run from beginning to end in rehearsals; the short ones in slices as well."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from netctl.runbook.reading import read_runbook
from tests.runbook.rehearsed.here import netctl

FOLDER = Path(__file__).parents[3] / "runbooks"
FILES = sorted(path for path in FOLDER.glob("*.md") if path.name != "README.md")
SHORT = ("first-testnet-fleet", "registration-conflicts", "tear-down")
MOST_S = {"day2": 15 * 60}
"""How long a rehearsal may take where that is promised."""


def rehearsable(path: Path) -> bool:
    """Whether any of its commands is run in a rehearsal."""
    return any(step.commands and "public" not in step.tags for step in read_runbook(path).steps)


@pytest.mark.slow
@pytest.mark.timeout(1500)
@pytest.mark.parametrize(
    "path",
    [
        pytest.param(path, id=path.stem, marks=[] if path.stem in SHORT else [pytest.mark.whole])
        for path in FILES
        if rehearsable(path)
    ],
)
def test_a_runbook_goes_from_its_beginning_to_its_end_in_a_rehearsal(path: Path, place: Path) -> None:
    began = time.monotonic()
    ended = netctl(place, "runbook", "run", str(path), "--rehearse", "--yes", timeout_s=1400)
    took_s = time.monotonic() - began
    assert ended.code == 0, f"{ended.out[-4000:]}{ended.err[-4000:]}"
    assert took_s < MOST_S.get(path.stem, 1400)
    if path.stem == "day2":
        assert (place / "day2-report.html").stat().st_size > 10_000
