"""Every `netctl` command that the README, the docs or a profile shows is one that netctl takes."""

from __future__ import annotations

import importlib
import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.main import get_command

from netctl.cli.app import SECTIONS
from netctl.cli.stagger import spell_out_stagger

pytestmark = pytest.mark.fast

ROOT = Path(__file__).parents[2]
PAPERS = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md")), *sorted((ROOT / "profiles").glob("*.yaml"))]
VERBS = {verb for verbs in SECTIONS.values() for verb in verbs}
IN_BLOCK = re.compile(r"^(?:# +|\$ )?(netctl [^#|>\n]*)", re.MULTILINE)
INLINE = re.compile(r"`(netctl [^`|>]*)")


def _commands() -> Iterator[tuple[str, str]]:
    for paper in PAPERS:
        text = paper.read_text(encoding="utf-8")
        blocks = re.findall(r"```(?:sh)?\n(.*?)```", text, re.DOTALL) if paper.suffix == ".md" else [text]
        for found in [*(m for block in blocks for m in IN_BLOCK.findall(block)), *INLINE.findall(text)]:
            yield paper.name, re.split(r"\s{2,}", " ".join(found.splitlines()).strip())[0]


SHOWN = sorted({(paper, line) for paper, line in _commands() if line.split()[1] in VERBS})


@pytest.mark.parametrize(("paper", "line"), SHOWN)
def test_a_command_that_is_shown_is_taken(paper: str, line: str) -> None:
    verb, *words = spell_out_stagger(shlex.split(line)[1:])
    command = get_command(importlib.import_module(f"netctl.cli.verbs.{verb}").app)
    while hasattr(command, "commands") and words and words[0] in command.commands:
        command, words = command.commands[words[0]], words[1:]
    command.make_context(verb, words, resilient_parsing=not words).close()


def test_commands_are_found() -> None:
    assert len(SHOWN) > 20
    assert {paper for paper, _ in SHOWN} >= {"README.md", "embedded-chain.md", "day2.yaml"}
