"""The runbooks that netctl ships: read without a fault, and whole in their steps."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from netctl.cli.runbook_words import line_faults
from netctl.runbook.model import Runbook, Step
from netctl.runbook.reading import read_runbook

FOLDER = Path(__file__).parents[2] / "runbooks"
FILES = sorted(path for path in FOLDER.glob("*.md") if path.name != "README.md")

ISSUES = (
    "registration-conflicts",
    "s3-conflicts",
    "overload",
    "coverage-gaps",
    "rate-limits",
    "duplicates",
    "resources",
)
"""The plan's seven, in its order."""

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
    assert {"day2", "day2-geo", "two-validators", "first-testnet-fleet", "recover-after-crash", *ISSUES} <= {
        path.stem for path in FILES
    }
    assert {"rotate-keys", "tear-down"} <= {path.stem for path in FILES}


@pytest.mark.fast
@pytest.mark.parametrize("name", ISSUES)
def test_an_issue_of_the_plan_is_seen_confirmed_mended_and_known_to_be_over(name: str) -> None:
    parts = {part.title.split()[0]: part for part in read_runbook(FOLDER / f"{name}.md").parts if part.steps}
    wanted = [parts[word] for word in ("How", "Confirm", "What", "It")]
    assert [parts[word].number for word in ("How", "Confirm", "What", "It")] == sorted(each.number for each in wanted)
    for part in wanted:
        assert any(line.text.startswith("netctl ") for step in part.steps for line in step.commands), part.title


@pytest.mark.fast
def test_the_registration_runbook_says_what_unsafe_means_and_has_a_message_to_send() -> None:
    text = (FOLDER / "registration-conflicts.md").read_text()
    assert "## What `--unsafe` means today" in text
    assert re.search(r"```text\n +Subject: .*HOTKEY_SS58", text, re.DOTALL)


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
