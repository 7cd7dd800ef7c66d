"""Every case under cases/: this fleet, these facts, exactly these steps."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from tests.phases.reading_cases import diff_of, lines_of

pytestmark = pytest.mark.fast
CASES = Path(__file__).parent / "cases"
MONEY_PHASES = ("wallets", "funding", "subnet", "registration", "stake")
FILES = sorted(path for phase in MONEY_PHASES for path in (CASES / phase).glob("*.yaml"))


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_the_phase_wants_exactly_the_steps_of_the_case(path: Path) -> None:
    case = yaml.safe_load(path.read_text())
    expected = {name: case.get(name) or [] for name in ("steps", "blocked", "notes")}
    assert lines_of(diff_of(path.parent.name, case)) == expected


@pytest.mark.parametrize("phase", MONEY_PHASES)
def test_every_phase_has_a_case_in_which_nothing_is_to_be_done(phase: str) -> None:
    cases = [yaml.safe_load(path.read_text()) for path in (CASES / phase).glob("*.yaml")]
    assert any(not case.get("steps") and not case.get("blocked") and not case.get("notes") for case in cases)
