"""The runbooks that netctl ships: read without a fault, whole in their steps, and run from beginning to end."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from netctl.cli.runbook_words import line_faults
from netctl.runbook.model import Runbook, Step
from netctl.runbook.reading import read_runbook
from tests.cli.program import Ended, run

FOLDER = Path(__file__).parents[2] / "runbooks"
FILES = sorted(path for path in FOLDER.glob("*.md") if path.name != "README.md")
MOST_S = {"day2": 15 * 60}
"""How long a rehearsal may take where that is promised."""

each_runbook = pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)


def faults_of(book: Runbook) -> Iterator[str]:
    """What a person would miss in it."""
    if not book.intro.strip():
        yield f"{book.name}: nothing says what it is for"
    for step in book.steps:
        yield from (f"{book.name}:{step.line}: {step.title}: {what}" for what in lacking(step))


def lacking(step: Step) -> Iterator[str]:
    """What a step has to have, and has not."""
    if step.commands and not step.expects:
        yield "nothing says what to expect"
    if "spends" in step.tags and not step.advice:
        yield "it spends, and nothing says what to do if it fails"


@pytest.mark.fast
def test_the_runbooks_of_the_plan_are_there() -> None:
    assert {"day2", "day2-geo", "two-validators", "first-testnet-fleet", "recover-after-crash"} <= {
        path.stem for path in FILES
    }
    assert {"rotate-keys", "tear-down"} <= {path.stem for path in FILES}


@pytest.mark.fast
@each_runbook
def test_a_runbook_has_no_fault_and_says_what_to_expect(path: Path) -> None:
    assert list(faults_of(read_runbook(path))) == []


@pytest.mark.fast
@each_runbook
def test_the_command_line_takes_every_line_of_a_runbook(path: Path) -> None:
    assert line_faults(read_runbook(path), None) == []


@pytest.mark.fast
@each_runbook
def test_a_profile_that_a_runbook_names_is_shipped_as_well(path: Path) -> None:
    named = read_runbook(path).profile
    assert named is None or (FOLDER.parent / named).is_file()


def rehearsable(path: Path) -> bool:
    """Whether any of its commands is run in a rehearsal."""
    return any(step.commands and "public" not in step.tags for step in read_runbook(path).steps)


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Path]:
    """An empty directory; whatever fleet comes up in it is deleted afterwards."""
    here = tmp_path / "here"
    (here / "home").mkdir(parents=True)
    yield here
    for fleet in netctl(here, "fleet", "list", "--json").document:
        down = netctl(here, "fleet", "down", fleet["profile"], "--rehearse", "--purge", "--yes")
        assert down.code == 0, down.err


def netctl(here: Path, *argv: str, timeout_s: float = 120) -> Ended:
    """The program, in this directory."""
    return run(*argv, cwd=here, timeout_s=timeout_s, HOME=str(here / "home"))


@pytest.mark.slow
@pytest.mark.timeout(1500)
@pytest.mark.parametrize("path", [path for path in FILES if rehearsable(path)], ids=lambda path: path.stem)
def test_a_runbook_goes_from_its_beginning_to_its_end_in_a_rehearsal(path: Path, place: Path) -> None:
    began = time.monotonic()
    ended = netctl(place, "runbook", "run", str(path), "--rehearse", "--yes", timeout_s=1400)
    took_s = time.monotonic() - began
    assert ended.code == 0, f"{ended.out[-4000:]}{ended.err[-4000:]}"
    assert took_s < MOST_S.get(path.stem, 1400)
    if path.stem == "day2":
        assert (place / "day2-report.html").stat().st_size > 10_000
