"""A line that names netctl, parsed by the real command line and not run."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from typing import Any

from typer.core import TyperGroup
from typer.main import get_command

from netctl.cli.app import app
from netctl.cli.stagger import spell_out_stagger

SHELL = {"|", ">", ">>", "&&", ";", "2>&1"}


def commands(command: Any = None, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Every command that help shows, groups too, each behind the words that name it; the root first."""
    command = command or get_command(app)
    yield path, command
    if isinstance(command, TyperGroup):
        with command.make_context("netctl", [], resilient_parsing=True) as context:
            for name in command.list_commands(context):  # type: ignore[arg-type]
                below: Any = command.get_command(context, name)  # type: ignore[arg-type]
                if not below.hidden:
                    yield from commands(below, (*path, name))


def parsed(line: str) -> tuple[str, ...]:
    """The words that name the command of the line; a usage error of typer's, or a ValueError, where it is none.

    What a shell would do with the answer, and a comment, are left out.
    """
    words = shlex.split(line, comments=True)
    words = words[: next((place for place, word in enumerate(words) if word in SHELL), None)]
    if words[:1] != ["netctl"]:
        raise ValueError(f"not a line for netctl: {line}")
    command: Any = get_command(app)
    args = spell_out_stagger([word for word in words[1:] if word != "--debug"])
    context = command.make_context("netctl", args)
    path: tuple[str, ...] = ()
    while isinstance(command, TyperGroup) and (rest := [*context._protected_args, *context.args]):
        name, command, args = command.resolve_command(context, rest)
        context = command.make_context(name, args, parent=context)
        path = (*path, str(name))
    return path
