"""The lines of a block of commands: which kind each is, its words, and what is wrong with it."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Iterator, Sequence

from netctl.runbook.model import Command
from netctl.secrecy import NAMED, SECRET_NAME

Tell = Callable[[int, str, str], None]
"""Told of each fault: line, message, hint."""

_QUOTED = re.compile(r"'[^']*'|\"(?:\\.|[^\"\\])*\"|\\.", re.DOTALL)
_COMMENT = re.compile(r"(?:^|\s)#")
_OPERATOR = re.compile(r"&&|\|\||>>|<<|\$\(|[|&;<>()`]")
VARIABLE = re.compile(r"\$(?:\{([A-Za-z_]\w*)\}|([A-Za-z_]\w*))")
_ODD_VARIABLE = re.compile(r"\$\{(?![A-Za-z_]\w*\})[^}]*\}?")
_EXPORT = re.compile(r"export\s+([A-Za-z_]\w*)=(.*)", re.DOTALL)
_PAYS = re.compile(r"\bnetctl\s+(?:fleet\s+up|register|stake)\b|\bnetctl\s+fund\b.*\s--from\b")
_ALONE = ("cd", "source", ".", "set", "unset", "alias", "pushd", "popd")
"""What changes only the shell that it is typed into, and so nothing here."""
_PAYING = (("fleet", "up"), ("register",), ("stake",))


def commands_of(content: str, first_line: int, tell: Tell) -> tuple[Command, ...]:
    """The commands of a block whose first line is `first_line`; blank lines and comments are none."""
    return tuple(_command(text, line, tell) for line, text in _joined(content, first_line))


def _joined(content: str, first_line: int) -> Iterator[tuple[int, str]]:
    began, pieces = first_line, list[str]()
    for line, text in enumerate(content.splitlines(), first_line):
        if not pieces:
            began = line
        stripped = text.strip()
        if not pieces and (not stripped or stripped.startswith("#")):
            continue
        if stripped.endswith("\\"):
            pieces.append(stripped[:-1].rstrip())
            continue
        yield began, " ".join([*pieces, stripped]).strip()
        pieces = []
    if pieces:
        yield began, " ".join(pieces).strip()


def _command(text: str, line: int, tell: Tell) -> Command:
    first = text.split(maxsplit=1)[0] if text else ""
    if first == "netctl":
        words = _words(text, line, tell)[1:]
        return Command(text, line, "netctl", words, spends=_pays(words))
    if first == "export":
        return _export(text, line, tell)
    if first in _ALONE:
        tell(line, f"`{first}` changes nothing for the lines after it", "each line runs by itself; use export, or &&")
    if _PAYS.search(text) and "--dry-run" not in text:
        tell(
            line, "a line of the shell's that may pay: no rehearsal and no budget would hold it", "begin it with netctl"
        )
    return Command(text, line, "shell")


def _words(text: str, line: int, tell: Tell) -> tuple[str, ...]:
    """The words as the shell would make them, variables as they stand; faults are told."""
    bare = _QUOTED.sub(lambda found: "x" * len(found[0]), text)
    comment = _COMMENT.search(bare)
    if comment is not None:
        text, bare = text[: comment.start()], bare[: comment.start()]
    operator = _OPERATOR.search(bare)
    if operator is not None:
        hint = "no shell runs this line; quote it, or write lines of their own"
        tell(line, f"the shell's `{operator[0]}` in a line of netctl's", hint)
    odd = _ODD_VARIABLE.search(text)
    if odd is not None:
        tell(line, f"{odd[0]} is not expanded here", "write $NAME or ${NAME}")
    for found in VARIABLE.finditer(text):
        name = found[1] or found[2]
        if is_secret(name):
            hint = "leave it out: the command reads it from the environment, or asks"
            tell(line, f"${name} is a secret by its name, and would stand on a command line", hint)
    try:
        return tuple(shlex.split(text))
    except ValueError as error:
        tell(line, f"words that cannot be told apart: {str(error).lower()}", "close the quotes")
        return ("",)


def _export(text: str, line: int, tell: Tell) -> Command:
    found = _EXPORT.fullmatch(text)
    words = _words(text, line, tell)
    if found is None or len(words) != 2:
        tell(line, "not one variable with its value", "write export NAME=value")
        return Command(text, line, "export", ("", ""))
    name = found[1]
    if is_secret(name):
        tell(line, f"{name} is a secret by its name", "a runbook holds none: it is set before the run begins")
    return Command(text, line, "export", (name, words[1].partition("=")[2]))


def is_secret(name: str) -> bool:
    """Whether a variable's value is a secret by its name."""
    return SECRET_NAME.search(name) is not None and not name.lower().endswith(NAMED)


def last_to_run(commands: Sequence[Command]) -> int:
    """The number of the last line that is more than an export, from 0; -1 where none is."""
    return max((number for number, command in enumerate(commands) if command.kind != "export"), default=-1)


def _pays(words: Sequence[str]) -> bool:
    if "--dry-run" in words:
        return False
    if any(tuple(words[: len(verb)]) == verb for verb in _PAYING):
        return True
    return words[:1] == ("fund",) and any(word == "--from" or word.startswith("--from=") for word in words)
