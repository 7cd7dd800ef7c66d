"""A hint that names a command names one that there is."""

from __future__ import annotations

import ast
import importlib
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.core import TyperGroup
from typer.main import get_command

from netctl.cli.app import SECTIONS

pytestmark = pytest.mark.fast

PACKAGE = Path(__file__).parents[2] / "netctl"
VERBS = {verb for verbs in SECTIONS.values() for verb in verbs}
COMMAND = re.compile(r"netctl ([a-z]+)(?: ([a-z]+))?")


def _text(node: ast.AST) -> str:
    """The constant parts of a string; what is filled in reads as ``X``."""
    if isinstance(node, ast.JoinedStr):
        return "".join(_text(part) for part in node.values)
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else "X"


def _hints() -> Iterator[tuple[str, str]]:
    """Every hint in the sources: ``hint=...`` of a call, and what a variable called so is given."""
    for path in sorted(PACKAGE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            named = node.arg if isinstance(node, ast.keyword) else _target(node)
            if named == "hint" and isinstance(node, ast.keyword | ast.Assign):
                yield path.name, _text(node.value)


def _target(node: ast.AST) -> str:
    return getattr(node.targets[0], "id", "") if isinstance(node, ast.Assign) else ""


def test_a_hint_names_a_command_that_there_is() -> None:
    named = sorted(
        {(file, hint, *match.groups()) for file, hint in _hints() for match in COMMAND.finditer(hint)}, key=str
    )
    assert len(named) > 15
    for file, hint, verb, word in named:
        assert verb in VERBS, f"{file}: {hint}"
        command = get_command(importlib.import_module(f"netctl.cli.verbs.{verb}").app)
        if isinstance(command, TyperGroup):
            assert word in command.commands, f"{file}: {hint}"
