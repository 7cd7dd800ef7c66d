"""What a run was told, what it needs of the outside, and who is asked: the runner's surroundings as values."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol

from netctl.money import Rao
from netctl.ports import Clock
from netctl.runbook.model import Step
from netctl.runbook.processes import Ended
from netctl.runbook.progress import Progress

Answer = Literal["run", "skip", "stop", "again", "yes", "no"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """The words of the run. `profile` overrides what the runbook exports; `attended` says that somebody can answer."""

    rehearse: bool = False
    network: str | None = None
    profile: str | None = None
    yes: bool = False
    budget_rao: Rao | None = None
    attended: bool = False


@dataclass(frozen=True, slots=True)
class Account:
    """A fleet that a line may pay for. `free`: the dev account pays there, and nothing real is spent."""

    fleet: str
    journal: Path
    free: bool


@dataclass(frozen=True, slots=True)
class ShownStep:
    """A step as it would run now: its lines, and how long its wait is here."""

    step: Step
    lines: tuple[str, ...]
    wait_s: float | None


class Stage(Protocol):
    """Where a run is seen and answered."""

    def step(self, shown: ShownStep, number: int, count: int) -> None:
        """A step, before anything of it is done."""

    def ask(self, question: str, answers: Sequence[Answer], usual: Answer | None) -> Answer:
        """One of the answers; ``stop`` where no more can be typed."""

    def wait(self, seconds: float, why: str) -> None:
        """Let that time pass, and show what is left of it."""

    def command(self, text: str) -> None:
        """A line that runs now."""

    def running(self, limit_s: float | None, *, attended: bool) -> AbstractContextManager[Callable[[bytes], None]]:
        """Where the command's output goes; `limit_s` is the longest that it waits, to count down."""

    def note(self, text: str) -> None:
        """A sentence about the run."""

    def result(self, text: str, *, good: bool) -> None:
        """What came of a step."""

    def failed(self, step: Step, why: str) -> None:
        """A step that failed, and what its author advises."""


class RunProcess(Protocol):
    """`netctl.runbook.processes.run_process`, its directory and terminal chosen."""

    def __call__(
        self,
        argv: Sequence[str],
        *,
        environ: Mapping[str, str],
        attended: bool,
        output: Callable[[bytes], None],
        began: Callable[[int, float], None],
        idle: Callable[[], None],
    ) -> Ended: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Tools:
    """The outside. `options_of` gives the options of the command that words name; `account_of` the fleet they pay for,
    None where it cannot be told; `cost_of` what a line would spend now; `scale_of` how much faster time runs."""

    clock: Clock
    program: tuple[str, ...]
    environ: Mapping[str, str]
    run: RunProcess
    mask: Callable[[str], str]
    options_of: Callable[[Sequence[str]], Collection[str]]
    account_of: Callable[[Sequence[str], Mapping[str, str]], Account | None]
    cost_of: Callable[[Sequence[str], Mapping[str, str]], Rao]
    scale_of: Callable[[Mapping[str, str]], float]


@dataclass(frozen=True, slots=True)
class Finished:
    """How the run ended, for now."""

    code: int
    progress: Progress
