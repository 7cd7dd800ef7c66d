"""What documents tell people to type: the netctl lines of a Markdown file, each parsed by the real command line.

Nothing is run: the tree of `netctl.cli.app` resolves the command, and its parser reads the words after it.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import typer
from markdown_it import MarkdownIt
from typer.core import TyperGroup
from typer.main import get_command

from netctl.cli.app import app
from netctl.cli.stagger import spell_out_stagger
from netctl.durations import seconds_of
from netctl.errors import NetctlError

REPOSITORY = Path(__file__).parents[1]
COMMAND = re.compile(r"(?:\$ )?(?:[A-Z_]+=\S+ )*netctl(?: |$)")
PLACEHOLDER = re.compile(r"[A-Z][A-Z_]*|\.\.\.|\S*\{\{.*")
SHELLS = ("sh", "bash", "console")
DURATIONS = ("--wait", "--within", "--for", "--delay", "--jitter", "--last")


@dataclass(frozen=True, slots=True)
class Spelled:
    """One command as a document has it; `line` counts from 1; `inline` for one that stands in a sentence."""

    line: int
    words: tuple[str, ...]
    inline: bool = False

    def __str__(self) -> str:
        return shlex.join(("netctl", *self.words))


def spelled(markdown: str) -> Iterator[Spelled]:
    """Every netctl line of the fenced blocks, and every `netctl ...` of the sentences, in order."""
    body, skipped = _without_front_matter(markdown)
    for token in MarkdownIt("commonmark").enable("table").parse(body):
        if token.map is None:
            continue
        first = token.map[0] + 1 + skipped
        if token.type in ("fence", "code_block"):
            offset = 1 if token.type == "fence" else 0
            yield from _of_block(token.content, first + offset, shell=token.info.strip() in SHELLS)
        for child in token.children or ():
            if child.type == "code_inline" and COMMAND.match(child.content):
                yield from _of_line(child.content, first, inline=True)


def spelled_in_comments(text: str) -> Iterator[Spelled]:
    """The netctl lines in the comments of a YAML file; what stands behind two spaces explains them."""
    for number, line in enumerate(text.splitlines(), 1):
        if found := re.match(r"# +(netctl .*)", line):
            yield from _of_line(re.split(r"\s{2,}", found[1])[0], number)


def fault_of(command: Spelled) -> str | None:
    """Why the real command line does not take it; None where it does."""
    try:
        _parse(command)
    except typer.Exit:  # --help answers while the words are read
        return None
    except (NetctlError, typer.TyperException, ValueError) as error:
        return error.format_message() if isinstance(error, typer.TyperException) else str(error)
    return next((f"no file {word}" for word in command.words if _ours(word) and not (REPOSITORY / word).exists()), None)


def _parse(command: Spelled) -> None:
    placed = command.inline and any(PLACEHOLDER.fullmatch(word) for word in command.words)
    named = command.inline and not any(word.startswith("-") for word in command.words)
    node: Any = _root()
    words = spell_out_stagger([word for word in command.words if word != "--debug"])
    if not words or (command.inline and words[0] == "..."):  # the program, or any of its commands
        return
    if words[0] in {name for option in node.params for name in option.opts}:
        return  # of the root, and done as they are read: --version, --install-completion
    context = node.make_context("netctl", words)
    while isinstance(node, TyperGroup):
        rest = [*context._protected_args, *context.args]
        if not rest:
            if command.inline:  # a sentence may name the group: `netctl chaos`
                return
            raise ValueError(f"{context.command_path} wants a command")
        name, found, rest = node.resolve_command(context, rest)
        assert found is not None
        node = found
        if not rest and named:  # or the verb: `netctl attach`
            return
        try:
            context = node.make_context(name, rest, parent=context)
        except typer.BadParameter:
            if not placed:
                raise
            return
    for option in DURATIONS:
        for value in _values(command.words, option):
            if not (command.inline and PLACEHOLDER.fullmatch(value)):
                seconds_of(value)


@cache
def _root() -> TyperGroup:
    return get_command(app)  # type: ignore[return-value]


def _values(words: tuple[str, ...], option: str) -> Iterator[str]:
    for word, following in zip(words, (*words[1:], ""), strict=True):
        if word == option:
            yield following
        elif word.startswith(f"{option}="):
            yield word.partition("=")[2]


def _of_block(content: str, first: int, *, shell: bool) -> Iterator[Spelled]:
    whole, at = "", first
    for number, line in enumerate(content.splitlines(), first):
        at = at if whole else number
        whole += line
        if whole.endswith("\\"):
            whole = whole[:-1]
            continue
        if COMMAND.match(whole.strip()):
            yield from _of_line(whole.strip(), at)
        elif shell and (behind := re.search(r"[|&;] (netctl .*)", whole)):
            yield from _of_line(behind[1], at)
        whole = ""


def _of_line(text: str, line: int, *, inline: bool = False) -> Iterator[Spelled]:
    """The commands of one line: a shell's operators part them, and only those of netctl count."""
    reader = shlex.shlex(text.removeprefix("$ "), posix=True, punctuation_chars="|&;<>")
    reader.whitespace_split = True
    words: list[str] = []
    for word in [*reader, ";"]:
        if not set(word) <= set("|&;<>"):
            words.append(word)
            continue
        while words and re.fullmatch(r"[A-Z_]+=.*", words[0]):
            words.pop(0)
        if words[:1] == ["netctl"]:
            yield Spelled(line, tuple(words[1:]), inline)
        words = []


def _ours(word: str) -> bool:
    """Whether it names a file that netctl ships; what begins with my- is the reader's."""
    shipped = word.startswith(("profiles/", "runbooks/")) and not Path(word).name.startswith("my-")
    return shipped and not any(sign in word for sign in "*{<")


def _without_front_matter(markdown: str) -> tuple[str, int]:
    found = re.match(r"---\n.*?\n---\n", markdown, re.DOTALL)
    return (markdown[found.end() :], found[0].count("\n")) if found else (markdown, 0)
