"""A line of a runbook as it is run: variables put in, and what the whole run was told spelled onto it. Pure."""

from __future__ import annotations

import shlex
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from netctl.durations import seconds_of
from netctl.errors import UsageError
from netctl.money import Rao, rao_from_tao, tao_short
from netctl.runbook.lines import VARIABLE
from netctl.runbook.model import Command

REHEARSE, NETWORK, YES, BUDGET = "--rehearse", "--network", "--yes", "--budget"


@dataclass(frozen=True, slots=True)
class Spelling:
    """What a run was told; `budget_rao` is what the very next command may spend."""

    rehearse: bool = False
    network: str | None = None
    yes: bool = False
    budget_rao: Rao | None = None


def named_in(command: Command) -> Iterator[str]:
    """The variables that netctl itself would put in."""
    for word in command.words if command.kind != "shell" else ():
        for found in VARIABLE.finditer(word):
            yield found[1] or found[2]


def expanded(command: Command, variables: Mapping[str, str]) -> tuple[str, ...]:
    """The words with their variables' values; UsageError for one that is not set."""
    lacking = [name for name in named_in(command) if name not in variables]
    if lacking:
        hint = f"export {lacking[0]}=... before the run, or in a step before this one"
        raise UsageError(f"line {command.line}: `{command.text}`: {lacking[0]} is not set", hint=hint)
    return tuple(VARIABLE.sub(lambda found: variables[found[1] or found[2]], word) for word in command.words)


def spelled(words: Sequence[str], options: Collection[str], spelling: Spelling) -> tuple[str, ...]:
    """The words with the run's options that the command knows and that are not there already."""
    own = words[: words.index("--")] if "--" in words else words
    added: list[str] = []
    if spelling.rehearse and REHEARSE in options and REHEARSE not in own:
        added.append(REHEARSE)
    if spelling.network is not None and NETWORK in options and not _has(own, NETWORK) and REHEARSE not in own:
        added += [NETWORK, spelling.network]
    if spelling.yes and YES in options and not {YES, "-y"} & set(own):
        added.append(YES)
    if spelling.budget_rao is not None and BUDGET in options:
        added += [BUDGET, tao_short(min([spelling.budget_rao, *_amounts(own)]))]
    return (*own, *added, *words[len(own) :])


def shown(words: Iterable[str]) -> str:
    """The line as a person would type it."""
    return shlex.join(("netctl", *words))


def value_of(words: Sequence[str], option: str) -> str | None:
    """What a line gives an option, the last time it does; None where it does not."""
    found = None
    for word, following in zip(words, [*words[1:], None], strict=True):
        if word == option:
            found = following
        elif word.startswith(f"{option}="):
            found = word.partition("=")[2]
    return found


def own_wait_s(words: Sequence[str]) -> float | None:
    """How long the line's own --wait is; None without one."""
    try:
        return seconds_of(value_of(words, "--wait") or "")
    except ValueError:
        return None


def _has(words: Sequence[str], option: str) -> bool:
    return any(word == option or word.startswith(f"{option}=") for word in words)


def _amounts(words: Sequence[str]) -> list[Rao]:
    given = value_of(words, BUDGET)
    try:
        return [] if given is None else [rao_from_tao(given)]
    except ValueError:
        return []
