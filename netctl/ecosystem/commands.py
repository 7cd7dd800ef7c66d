"""A command line, read: which program of the subnet it runs, through what, and with which options."""

from __future__ import annotations

import re
import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from netctl.fleet import Role

_SHELLS = {"sh", "bash", "zsh", "dash"}
_OPTION = re.compile(r"--[A-Za-z0-9][A-Za-z0-9_.-]*")
_ROLES: tuple[tuple[str, Role], ...] = (("validator", "validator"), ("vali", "validator"), ("miner", "miner"))


@dataclass(frozen=True, slots=True)
class Option:
    """One option without its dashes, and its values: none for a switch."""

    name: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Command:
    """`program` is a file, or with `is_module` a module; None where the words name none.

    `runner` are the words before it, `strays` are words that belong to no option.
    """

    program: str | None
    is_module: bool
    runner: tuple[str, ...]
    options: tuple[Option, ...]
    strays: tuple[str, ...]

    def value(self, *names: str) -> str | None:
        """The last single value that one of these options was given."""
        given = [option.values[0] for option in self.options if option.name in names and len(option.values) == 1]
        return given[-1] if given else None


def command_of(words: Sequence[str]) -> Command:
    """Read a command line; a shell's ``-c`` text is looked into where it is a single command."""
    words = _unwrapped(words)
    for number, word in enumerate(words):
        if word == "-m" and number + 1 < len(words):
            options, strays = _options(words[number + 2 :])
            return Command(words[number + 1], True, tuple(words[:number]), options, strays)
        if word.endswith(".py"):
            options, strays = _options(words[number + 1 :])
            return Command(word, False, tuple(words[:number]), options, strays)
    options, strays = _options(words[1:])
    return Command(None, False, tuple(words[:1]), options, strays)


def _unwrapped(words: Sequence[str]) -> Sequence[str]:
    for number, word in enumerate(words[:-1]):
        if word == "-c" and number and PurePosixPath(words[number - 1]).name in _SHELLS:
            try:
                inner = shlex.split(words[number + 1], comments=True)
            except ValueError:
                return words
            parts = _last_command(inner)
            return parts or words
    return words


def _last_command(words: Sequence[str]) -> Sequence[str]:
    """``source venv/bin/activate && exec python x.py`` is about its last command."""
    start = max(
        (number + 1 for number, word in enumerate(words) if word in ("&&", ";") or word.endswith(";")), default=0
    )
    found = [word for word in words[start:] if word != "exec"]
    return found if not {"|", "||", "&"} & set(found) else ()


def _options(words: Sequence[str]) -> tuple[tuple[Option, ...], tuple[str, ...]]:
    found: list[Option] = []
    strays: list[str] = []
    is_stray = True  # also what follows an option of one dash
    for word in words:
        if _OPTION.fullmatch(word.partition("=")[0]):
            name, is_pair, value = word[2:].partition("=")
            found.append(Option(name, (value,) if is_pair else ()))
            is_stray = bool(is_pair)
        elif not is_stray and (not word.startswith("-") or _is_number(word)):
            found[-1] = Option(found[-1].name, (*found[-1].values, word))
        else:
            strays.append(word)
            is_stray = True
    return tuple(found), tuple(strays)


def _is_number(word: str) -> bool:
    return re.fullmatch(r"-\d+(\.\d+)?", word) is not None


def role_of(command: Command, name: str) -> Role | None:
    """What the program's own name says, else an option ``--neuron_type``, else the app's name; None for neither."""
    stem = (
        PurePosixPath(command.program.replace(".", "/") if command.is_module else command.program).stem
        if command.program
        else ""
    )
    for text in (stem, command.value("neuron_type", "neuron.type", "neuron") or "", command.program or "", name):
        for word, role in _ROLES:
            if word in text.lower():
                return role
    return None
