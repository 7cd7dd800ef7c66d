"""docs/safety.md: each promise names tests that there are, and the calls that it lists are all that netctl makes."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

pytestmark = pytest.mark.fast

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docs" / "safety.md").read_text(encoding="utf-8")
NAMED = re.findall(r"`([\w/]+\.py)::(\w+)`", TEXT)
ON_DEV_CHAINS = {"SubtensorModule.register_network", "SubtensorModule.start_call", "Sudo.sudo"}
"""Also every setter of AdminUtils, which goes in a Sudo.sudo."""


def _tests_in(file: Path) -> set[str]:
    tree = ast.parse(file.read_text(encoding="utf-8"))
    return {node.name for node in tree.body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}


@pytest.mark.parametrize("file", sorted({file for file, _ in NAMED}))
def test_the_tests_that_hold_a_promise_are_there(file: str) -> None:
    assert {name for of, name in NAMED if of == file} - _tests_in(ROOT / "tests" / file) == set()


def test_every_promise_names_one() -> None:
    tables = re.findall(r"^\|.* held by \|\n\|[-|]+\n((?:\|.*\n)+)", TEXT, re.MULTILINE)
    rows = [row for table in tables for row in table.splitlines()]
    assert [row for row in rows if not re.search(r"\| `[\w/]+\.py::\w+`(, `[\w/]+\.py::\w+`)* \|$", row)] == []
    assert len(rows) > 40


def _calls() -> Iterator[str]:
    """``Pallet.function`` of every call that netctl's own code makes."""
    for path in (ROOT / "netctl").rglob("*.py"):
        if path.relative_to(ROOT).parts[1] in ("devchain", "rehearsal"):
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Call"):
                continue
            names = [word.value for word in node.args[:2] if isinstance(word, ast.Constant)]
            if names != ["AdminUtils"] and names[:1] != ["AdminUtils"]:
                yield ".".join(map(str, names))


def test_the_calls_on_the_page_are_all_that_netctl_makes() -> None:
    listed = set(re.findall(r"`([A-Z]\w+\.[a-z_]+)`", TEXT.split("## Caps")[0]))
    assert listed | {"Sudo.sudo"} == set(_calls()) | ON_DEV_CHAINS
