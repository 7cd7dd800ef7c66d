"""What the lines of runbooks mean to the real command line: which command, its options, and which fleet it means."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import typer
from typer.main import get_command

from netctl.cli.app import app
from netctl.cli.stagger import spell_out_stagger
from netctl.cli.words import Words
from netctl.errors import Fault, NetctlError, UsageError
from netctl.runbook.answering import is_for
from netctl.runbook.model import Command, Runbook, Step
from netctl.runbook.setting import Setting
from netctl.runbook.spelling import NETWORK, REHEARSE, named_in

PROFILE = "NETCTL_PROFILE"


def options_of(words: Sequence[str]) -> Collection[str]:
    """The options of the command that the words begin with; UsageError for a command that is none."""
    _, command, _ = _found(words)
    return frozenset(name for each in command.params for name in getattr(each, "opts", ()) if name.startswith("-"))


def fault_of(words: Sequence[str]) -> str:
    """What the command line has against the words; "" for nothing. Values with a variable are not looked at."""
    try:
        path, command, rest = _found(words)
        args = spell_out_stagger([*path.split()[1:], *rest])[_depth(path) :]
        if "--help" in args:
            return ""
        if any("$" in word for word in args):
            command.make_parser(command.context_class(command, info_name=path)).parse_args(args)
        elif not hasattr(command, "list_commands"):
            command.make_context(path, args)
    except typer.Exit:  # --help, --version
        return ""
    except NetctlError as error:
        return error.message
    except typer.TyperException as error:
        return " ".join(error.format_message().split())
    return ""


def words_of(words: Sequence[str], variables: Mapping[str, str], setting: Setting) -> Words:
    """Which fleet the line means, with what the run spells onto it."""
    given: dict[str, Any] = {}
    if words:
        path, command, rest = _found(words)
        args = spell_out_stagger([*path.split()[1:], *rest])[_depth(path) :]
        context = command.make_context(path, args, resilient_parsing=True)
        given = dict(context.params)
    named = given.get("option") or given.get("profile") or variables.get(PROFILE)
    rehearse = bool(given.get("rehearse")) or setting.rehearse
    network = None if rehearse else given.get("network") or setting.network
    return Words(Path(named) if named else None, rehearse, network)


def line_faults(runbook: Runbook, setting: Setting | None, environ: Collection[str] = ()) -> list[Fault]:
    """Every line that the command line would refuse; with a setting, also what such a run could not do."""
    faults: list[Fault] = []
    known = set(environ)
    for step in runbook.steps:
        faults += _refused(runbook, step)
        if setting is not None and is_for(step, setting):
            faults += _unfit(runbook, step, setting, known)
    return faults


def _refused(runbook: Runbook, step: Step) -> Iterator[Fault]:
    for command in (*step.commands, *step.advised):
        if command.kind == "netctl" and (why := fault_of(command.words)):
            yield _fault(runbook, step, command, f"`{command.text}`: {why}")


def _unfit(runbook: Runbook, step: Step, setting: Setting, known: set[str]) -> Iterator[Fault]:
    for command in step.commands:
        for name in dict.fromkeys(named_in(command)):
            if name not in known:
                hint = f"export {name}=... before the run"
                yield _fault(runbook, step, command, f"`{command.text}`: {name} is not set", hint)
        if command.kind == "export":
            known.add(command.words[0])
        networks = (word for word in command.words if word == NETWORK or word.startswith(f"{NETWORK}="))
        if command.kind == "netctl" and setting.rehearse and any(networks):
            yield _fault(runbook, step, command, f"`{command.text}` names a network", "tag the step `public`")
        if command.kind == "netctl" and setting.network is not None and REHEARSE in command.words:
            yield _fault(runbook, step, command, f"`{command.text}` is a rehearsal", "tag the step `rehearsal`")


def _fault(runbook: Runbook, step: Step, command: Command, message: str, hint: str = "") -> Fault:
    return Fault(runbook.path, command.line, f"step {step.id}", message, hint)


def _depth(path: str) -> int:
    return len(path.split()) - 1


def _found(words: Sequence[str]) -> tuple[str, Any, list[str]]:
    """The command, how it is called, and the words behind that."""
    command, path, rest = _root(), "netctl", list(words)
    while hasattr(command, "list_commands"):
        context = command.context_class(command, info_name=path)
        if not rest or rest[0].startswith("-"):
            return path, command, rest
        inner = command.get_command(context, rest[0])
        if inner is None:
            known = ", ".join(command.list_commands(context))
            raise UsageError(f"{path} has no command {rest[0]!r}", hint=f"it has {known}")
        path, command, rest = f"{path} {rest[0]}", inner, rest[1:]
    return path, command, rest


@cache
def _root() -> Any:
    return get_command(app)
