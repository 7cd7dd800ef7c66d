"""What was read in a checkout: plain values, each with the place that it was read at."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from netctl.fleet import Role

Certainty = Literal["certain", "likely", "guessed"]
"""certain: it stands there; likely: what it usually means; guessed: look at it before you rely on it."""

Scalar = str | int | float | bool | None


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """A line of a file; the file is relative to the checkout, the line counts from 1 and is 0 for the whole file."""

    file: str
    line: int = 0

    def __str__(self) -> str:
        return f"{self.file}:{self.line}" if self.line else self.file


@dataclass(frozen=True, slots=True, kw_only=True)
class Argument:
    """An option that a program takes.

    `default` is None where there is none, or none that could be read; `below_code` says that it is a path which starts
    at the checkout, and `default` is what comes then. `of_sdk` is an option that bittensor itself adds.
    """

    name: str
    place: Place
    default: Scalar = None
    below_code: bool = False
    kind: str = ""
    is_switch: bool = False
    required: bool = False
    help: str = ""
    of_sdk: bool = False


@dataclass(frozen=True, slots=True)
class Variable:
    """An environment variable that is read, or that an example of an env file names; `needed` means no default."""

    name: str
    place: Place
    needed: bool = False
    example: str | None = None


@dataclass(frozen=True, slots=True)
class StateFile:
    """A file that the code writes; `below_code` where its path starts at the checkout and not where it runs."""

    path: str
    place: Place
    below_code: bool = False


@dataclass(frozen=True, slots=True)
class Said:
    """A line of the log: `pieces` are its texts, and between them the expressions that are filled in."""

    level: str
    pieces: tuple[str, ...]
    filled: tuple[str, ...]
    place: Place


@dataclass(frozen=True, slots=True)
class Traits:
    """What a program is seen to do, each with the first place of it; None where it is not seen."""

    makes_axon: Place | None = None
    starts_axon: Place | None = None
    listens: Place | None = None
    announces: Place | None = None
    reads_permits: Place | None = None
    asks_others: Place | None = None
    loads_env_file: Place | None = None
    env_file_wins: bool = False
    logs_by_sdk: Place | None = None
    uses_wandb: Place | None = None


@dataclass(frozen=True, slots=True)
class Program:
    """A program of one role with all that it reaches; `module` is set where it must be run by ``python -m``.

    `paths` are the directories of the checkout that its imports start at ("" for the checkout itself).
    """

    role: Role
    file: str
    certainty: Certainty
    why: str
    module: str | None
    paths: tuple[str, ...]
    others: tuple[str, ...]
    arguments: tuple[Argument, ...]
    variables: tuple[Variable, ...]
    files: tuple[StateFile, ...]
    said: tuple[Said, ...]
    traits: Traits

    def argument(self, name: str) -> Argument | None:
        """The option of that name."""
        return next((each for each in self.arguments if each.name == name), None)


@dataclass(frozen=True, slots=True)
class RunLine:
    """A command that a text for people shows: which program, with which options (None for a switch)."""

    place: Place
    program: str
    options: Mapping[str, str | None]


@dataclass(frozen=True, slots=True)
class PythonWish:
    """Which Python the code wants: a requirement such as ``>=3.10``, as it is written."""

    text: str
    place: Place


@dataclass(frozen=True, slots=True)
class Papers:
    """What stands beside the code: examples of settings, requirements, texts for people, an interpreter."""

    variables: tuple[Variable, ...] = ()
    run_lines: tuple[RunLine, ...] = ()
    requirements: Place | None = None
    is_package: Place | None = None
    sdk: tuple[str, Place] | None = None
    python: PythonWish | None = None
    machine: Mapping[Role, tuple[str, Place]] = field(default_factory=dict)
    interpreter: Path | None = None
    interpreter_version: str | None = None
    env_file: Place | None = None


@dataclass(frozen=True, slots=True)
class Checkout:
    """A checkout as read. `notes` say what could not be."""

    root: Path
    programs: Mapping[Role, Program]
    papers: Papers
    notes: tuple[str, ...] = ()
