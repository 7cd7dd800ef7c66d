"""A stage that answers by a list, and tools whose commands are rows of a table: the runner without processes."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

from netctl.cli.runbook_words import options_of
from netctl.runbook.model import Step
from netctl.runbook.opening import opened
from netctl.runbook.processes import Ended
from netctl.runbook.progress import Identity
from netctl.runbook.running import Runner
from netctl.runbook.setting import Account, Answer, Setting, ShownStep, Tools
from tests.runbook.texts import read


@dataclass
class FakeClock:
    """Time that only waits and commands take."""

    at: float = 1_000_000.0

    def now(self) -> float:
        return self.at

    async def sleep(self, seconds: float) -> None:
        self.at += seconds


@dataclass
class FakeStage:
    """Answers in turn, and remembers what it saw."""

    clock: FakeClock
    answers: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    steps: list[ShownStep] = field(default_factory=list)
    said: list[str] = field(default_factory=list)
    waited: list[float] = field(default_factory=list)
    limits: list[float | None] = field(default_factory=list)

    def step(self, shown: ShownStep, number: int, count: int) -> None:
        self.steps.append(shown)

    def ask(self, question: str, answers: Sequence[Answer], usual: Answer | None) -> Answer:
        self.asked.append(f"{question}{'/'.join(answers)}{f'={usual}' if usual else ''}")
        said = self.answers.pop(0)
        if said == "ctrl-c":
            raise KeyboardInterrupt
        assert said in answers
        return cast("Answer", said)

    def wait(self, seconds: float, why: str) -> None:
        self.waited.append(seconds)
        if self.answers[:1] == ["ctrl-c while waiting"]:
            self.answers.pop(0)
            self.clock.at += seconds / 4
            raise KeyboardInterrupt
        self.clock.at += seconds

    def command(self, text: str) -> None:
        self.said.append(f"$ {text}")

    @contextmanager
    def running(self, limit_s: float | None, *, attended: bool) -> Iterator[Callable[[bytes], None]]:
        self.limits.append(limit_s)
        yield lambda chunk: None

    def note(self, text: str) -> None:
        self.said.append(text)

    def result(self, text: str, *, good: bool) -> None:
        self.said.append(text)

    def failed(self, step: Step, why: str) -> None:
        self.said.append(f"FAILED {why} | {step.advice}")


@dataclass
class Outside:
    """What commands do: their exit codes by the line, 0 where none is said; and whose money they spend."""

    folder: Path
    codes: dict[str, list[int]] = field(default_factory=dict)
    account: Account | None = None
    cost: Callable[[Sequence[str]], int] = lambda words: 0
    effect: Callable[[Sequence[str]], None] = lambda argv: None
    environ: dict[str, str] = field(default_factory=dict)
    clock: FakeClock = field(default_factory=FakeClock)
    ran: list[str] = field(default_factory=list)
    environs: list[Mapping[str, str]] = field(default_factory=list)
    takes_s: float = 1.0

    def tools(self) -> Tools:
        return Tools(
            clock=self.clock,
            program=("netctl",),
            environ=self.environ,
            run=self._run,
            mask=lambda text: text.replace("hunter2", "[redacted]"),
            options_of=options_of,
            account_of=lambda words, variables: self.account,
            cost_of=lambda words, variables: self.cost(words),
            scale_of=lambda variables: 60.0,
        )

    def _run(
        self,
        argv: Sequence[str],
        *,
        environ: Mapping[str, str],
        attended: bool,
        output: Callable[[bytes], None],
        began: Callable[[int, float], None],
        idle: Callable[[], None],
    ) -> Ended:
        line = " ".join(argv) if argv[0] == "netctl" else argv[-1]
        self.ran.append(line)
        self.environs.append(environ)
        began(1, 0.0)
        self.clock.at += self.takes_s
        output(f"output of {line}\n".encode())
        self.effect(argv)
        queue = self.codes.get(line, [])
        code = queue.pop(0) if queue else 0
        return Ended(code, interrupted=code == 130)


@dataclass
class Went:
    """How one go at a run went."""

    code: int
    stage: FakeStage
    entries: Sequence[Mapping[str, Any]]
    place: Path

    def results(self) -> dict[str, str]:
        return {entry["step"]: entry["result"] for entry in self.entries if entry["kind"] == "step_ended"}

    def kinds(self) -> Collection[str]:
        return [str(entry["kind"]) for entry in self.entries]


def go(
    text: str, outside: Outside, *answers: str, start: int | None = None, anew: bool = False, **setting: Any
) -> Went:
    """One go at the run of this text; what it raises comes through, with the record behind it."""
    runbook = read(text, outside.folder)
    told = Setting(**{"rehearse": True, "attended": True, **setting})
    identity = Identity(runbook.name, told.profile, told.rehearse, told.network)
    stage = FakeStage(outside.clock, list(answers))
    with opened(runbook, identity, outside.folder, clock=outside.clock, fleet=None, anew=anew) as found:
        runner = Runner(runbook, told, found.record, stage, outside.tools(), found.progress)
        if start is not None:
            runner.start_at(runbook.steps[start])
        code = runner.run()
        assert stage.answers == [], "more was asked"
        return Went(code, stage, found.record.entries(), found.record.place)
