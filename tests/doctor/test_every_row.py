"""The registry of the doctor's rows holds together: each was seen red and green, is explained, and is on paper."""

from __future__ import annotations

import ast
import importlib
import re
from pathlib import Path

import pytest
from typer.core import TyperGroup
from typer.main import get_command

from netctl.cli.app import SECTIONS
from netctl.doctor.finding import Finding
from netctl.doctor.registry import ROWS, Report, examine
from netctl.doctor.seen import Absent, Seen
from netctl.ports.machine import Disk, Logout, Tmux
from tests.doctor import test_chain_rows, test_code_rows, test_key_rows, test_machine_rows, test_swarm_rows
from tests.doctor.colours import SHOWN, Colour, green, red

pytestmark = pytest.mark.fast

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
PAPER = ROOT / "docs" / "doctor.md"
NAMES = [row.name for rows in ROWS.values() for row in rows]
MODULES = (test_chain_rows, test_code_rows, test_key_rows, test_machine_rows, test_swarm_rows)
BEGIN, END = "<!-- rows: written by the tests -->", "<!-- end of rows -->"
COMMAND = re.compile(r"netctl ([a-z]+)(?: ([a-z]+))?")
AWAY = Absent("it was not asked")


@pytest.mark.parametrize("colour", ["red", "green"])
@pytest.mark.parametrize("name", NAMES)
def test_a_row_was_seen_in_both_colours(name: str, colour: Colour) -> None:
    assert MODULES
    assert (name, colour) in SHOWN, f"no test shows row {name} {colour}: write one, with @{colour}({name!r})"


def test_no_test_shows_a_row_that_there_is_not() -> None:
    assert {name for name, _ in SHOWN} == set(NAMES)


def test_names_are_given_once() -> None:
    assert len(set(NAMES)) == len(NAMES)


def finding(verdict: str, then: str) -> Finding:
    return Finding("machine", "tmux", "tmux", verdict, "so", "why", then)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("colour", "given"),
    [
        (red, finding("good", "")),
        (red, finding("unseen", "look")),
        (red, finding("failed", "")),
        (green, finding("failed", "mend it")),
        (green, finding("unseen", "")),
    ],
)
def test_a_test_that_does_not_show_its_colour_fails(colour: object, given: Finding) -> None:
    before = set(SHOWN)
    claimed = colour("tmux")(lambda: given)  # type: ignore[operator]
    SHOWN.intersection_update(before)
    with pytest.raises(AssertionError):
        claimed()


def bare(**parts: object) -> Seen:
    """A machine that is well, and nothing else."""
    names = ("fleet", "rendered", "code", "neighbours", "drift", "keys", "link", "pulse", "on_chain")
    fields = {"tmux": Tmux(Path("/t"), "3.4", False, False), "logout": Logout("u", systemd=False)}
    disk = Disk(Path("/"), 10**12, 10**12)
    return Seen(**{**fields, "disk": disk, **dict.fromkeys(names, AWAY), **parts})  # type: ignore[arg-type]


def test_whatever_is_away_a_row_says_so_and_does_not_fail() -> None:
    report = examine(bare())
    assert report.ok
    unseen = [finding for finding in report.findings if finding.verdict == "unseen"]
    assert {finding.found for finding in unseen} == {"not looked at: it was not asked"}
    assert [finding.name for finding in report.findings if finding.verdict == "good"] == ["tmux", "logout", "disk"]


def test_a_failed_row_fails_the_visit_and_a_warning_does_not() -> None:
    assert not examine(bare(tmux=None)).ok
    warned = Report(None, None, (finding("warning", "look"), finding("unseen", "")))
    assert warned.ok
    assert not Report(None, None, (*warned.findings, finding("failed", "mend"))).ok


def test_every_row_says_what_and_why() -> None:
    for rows in ROWS.values():
        for row in rows:
            assert row.what
            assert row.why[0].islower() or row.why.startswith("consensus")
            assert not row.why.endswith(".")
            assert len(row.what) <= 30, "it is the second column of a table of 80"


def strings() -> set[str]:
    """Every text in the rows' sources."""
    found = set()
    for path in (ROOT / "netctl" / "doctor").glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                found.add(node.value)
    return found


NAMED = sorted({match.groups() for text in strings() for match in COMMAND.finditer(text)}, key=str)


@pytest.mark.parametrize(("verb", "word"), NAMED)
def test_a_next_step_names_a_command_that_there_is(verb: str, word: str | None) -> None:
    assert verb in {name for verbs in SECTIONS.values() for name in verbs}
    command = get_command(importlib.import_module(f"netctl.cli.verbs.{verb}").app)
    if isinstance(command, TyperGroup):
        assert word in command.commands


def table() -> str:
    """The paper's table, from the rows."""
    lines = ["| area | row | `name` in JSON | why it matters |", "|---|---|---|---|"]
    for area, rows in ROWS.items():
        lines += [f"| {area} | {row.what} | `{row.name}` | {row.why} |" for row in rows]
    return "\n".join(lines)


def test_the_paper_lists_every_row(request: pytest.FixtureRequest) -> None:
    text = PAPER.read_text(encoding="utf-8")
    before, rest = text.split(BEGIN)
    after = rest.split(END)[1]
    wanted = f"{before}{BEGIN}\n\n{table()}\n\n{END}{after}"
    if request.config.getoption("--update-golden"):
        PAPER.write_text(wanted, encoding="utf-8")
    assert PAPER.read_text(encoding="utf-8") == wanted
