"""The examples under every command's help: there is one, and the real command line takes it."""

from __future__ import annotations

from typing import Any

import pytest
import typer

from netctl.cli.app import FIRST
from netctl.errors import UsageError
from tests.cli.parsing import commands, parsed
from tests.cli.program import call

pytestmark = pytest.mark.fast

COMMANDS = {" ".join(path): command for path, command in commands()}
MOST = 3
WIDEST = 98
"""With its indentation it is as wide as help gets."""


def _examples(command: Any) -> list[str]:
    return (command.epilog or "").splitlines()


def test_the_tree_is_walked_to_its_leaves() -> None:
    assert {"", "status", "fleet", "fleet up", "chain fault add", "wallet backup"} <= set(COMMANDS)
    assert "fleet supervise" not in COMMANDS


@pytest.mark.parametrize("name", [name for name in COMMANDS if name])
def test_every_command_ends_its_help_with_a_few_examples(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    examples = _examples(COMMANDS[name])
    assert 1 <= len(examples) <= MOST
    ended = call(capsys, *name.split(), "--help")
    assert ended.out.endswith("\nExamples:\n" + "".join(f"  {line}\n" for line in examples))
    assert max(map(len, examples)) <= WIDEST


@pytest.mark.parametrize(("name", "line"), [(name, line) for name in COMMANDS for line in _examples(COMMANDS[name])])
def test_the_command_line_takes_every_example(name: str, line: str) -> None:
    assert " ".join(parsed(line)).startswith(name)


def test_netctls_own_help_ends_with_the_four_commands_to_begin_with(capsys: pytest.CaptureFixture[str]) -> None:
    assert [parsed(line) for line in FIRST] == [("fleet", "up"), ("register",), ("status",), ("logs",)]
    assert call(capsys, "--help").out.rstrip().endswith("\nBegin with:\n" + "\n".join(f"  {line}" for line in FIRST))


@pytest.mark.parametrize(
    "line",
    [
        "netctl nosuch",
        "netctl fleet nosuch",
        "netctl fleet up --nosuch",
        "netctl attach",
        "netctl check --group some",
        "netctl status miner_3",
        "cp a b",
    ],
)
def test_a_wrong_line_is_found(line: str) -> None:
    with pytest.raises((typer.TyperException, UsageError, ValueError)):
        parsed(line)


def test_what_belongs_to_the_shell_is_no_word_of_netctls() -> None:
    assert parsed("netctl profile schema > schema.json  # for the editor") == ("profile", "schema")
