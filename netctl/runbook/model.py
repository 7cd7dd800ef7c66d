"""A runbook as it was read: parts, steps and commands, each with its line."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

Tag = Literal["spends", "decide", "rehearsal", "public", "optional"]
TAGS: tuple[Tag, ...] = ("spends", "decide", "rehearsal", "public", "optional")
Kind = Literal["netctl", "export", "shell"]


@dataclass(frozen=True, slots=True)
class Command:
    """One line to run, its continuations joined.

    `words` are the words after ``netctl``, or name and value of an ``export``; empty for a line of the shell's.
    Variables are not expanded in them yet.
    """

    text: str
    line: int
    kind: Kind
    words: tuple[str, ...] = ()
    spends: bool = False
    """Whether the line may pay: a step with such a line must say so."""


@dataclass(frozen=True, slots=True)
class Wait:
    """A pause before the commands; `why` is what follows the duration."""

    seconds: float
    why: str
    line: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One check box. `id` is PART.STEP by position; `slug` is its title without the time, for names of files.

    `prose` are the blocks that are read, as Markdown, in their order. `advice` is what to do when it fails, likewise;
    the commands in it are in `advised`, and are never run.
    """

    id: str
    slug: str
    title: str
    part: str
    line: int
    tags: frozenset[Tag] = frozenset()
    prose: tuple[str, ...] = ()
    question: str | None = None
    wait: Wait | None = None
    commands: tuple[Command, ...] = ()
    expects: tuple[str, ...] = ()
    good_codes: frozenset[int] = frozenset({0})
    """Exit codes of the last command that count as good; those before it must end with 0."""
    advice: str = ""
    advised: tuple[Command, ...] = ()

    @property
    def by_hand(self) -> bool:
        """Whether there is nothing to run: a person does it and says so."""
        return not self.commands and self.wait is None


@dataclass(frozen=True, slots=True)
class Part:
    """The steps below one heading; `number` counts from 1, parts without a step left out."""

    number: int
    title: str
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Runbook:
    """A runbook without faults. `name` is its file's name without .md; `intro` is the text before the first part."""

    path: Path
    name: str
    title: str
    intro: str
    profile: str | None
    needs: str
    parts: tuple[Part, ...]
    text: str = field(repr=False)

    @property
    def steps(self) -> tuple[Step, ...]:
        """All steps in their order."""
        return tuple(step for part in self.parts for step in part.steps)
