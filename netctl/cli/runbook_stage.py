"""A run of a runbook as it is seen: steps, questions, what commands write, and what is left of a wait."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import IO, TYPE_CHECKING, cast

from netctl.cli.output import console, is_terminal
from netctl.cli.questions import choose
from netctl.cli.runbook_show import filled, hung, paragraphs
from netctl.durations import short
from netctl.runbook.model import TAGS, Step
from netctl.runbook.setting import Answer, ShownStep

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

BRIEF = 6
"""Lines of a step's prose that are shown; `netctl runbook show` has all of them."""
LOOK_S = 0.2
TOLD_S = 300.0
"""How often what is left of a wait is told where there is no terminal."""
WIDEST = 110


class Screen:
    """The stage of a run: everything goes to one stream, so that it stands in its order."""

    def __init__(self, stream: IO[str]) -> None:
        self._stream = stream
        self._terminal = is_terminal(stream)
        self._console: Console = console(stream)

    def say(self, text: str = "", style: str = "") -> None:
        """A line of the runner's."""
        from rich.text import Text

        self._console.print(Text(text, style=style))
        self._stream.flush()

    def step(self, shown: ShownStep, number: int, count: int) -> None:
        step = shown.step
        tags = " ".join(f"`{tag}`" for tag in TAGS if tag in step.tags)
        self.say()
        self.say(f"[{number}/{count}] {step.id}  {step.title}  {tags}".rstrip(), "bold")
        for line in step_text(shown, self._width()):
            self.say(f"  {line}".rstrip(), "cyan" if line.startswith("$ ") else "")

    def ask(self, question: str, answers: Sequence[Answer], usual: Answer | None) -> Answer:
        self._stream.flush()
        said = choose(question or f"{', '.join(answers[:-1])} or {answers[-1]}?", answers, usual=usual)
        return "stop" if said is None else cast("Answer", said)

    def wait(self, seconds: float, why: str) -> None:
        deadline = time.monotonic() + seconds
        if self._terminal:
            with self._counting(deadline, f"waiting{f' {why}' if why else ''}"):
                while (left := deadline - time.monotonic()) > 0:
                    time.sleep(min(LOOK_S, left))
            return
        self.say(f"waiting {short(seconds)} {why}".rstrip())
        while (left := deadline - time.monotonic()) > 0:
            time.sleep(min(TOLD_S, left))
            if (left := deadline - time.monotonic()) > 1:
                self.say(f"{short(left)} left")

    def command(self, text: str) -> None:
        self.say(f"$ {text}", "bold cyan")

    @contextmanager
    def running(self, limit_s: float | None, *, attended: bool) -> Iterator[Callable[[bytes], None]]:
        if attended or limit_s is None or not self._terminal:
            yield self._write
            return
        lines = _Lines(self._console)
        with self._counting(time.monotonic() + limit_s, "at most"):
            yield lines.take
            lines.rest()

    def note(self, text: str) -> None:
        self.say(text, "yellow")

    def result(self, text: str, *, good: bool) -> None:
        self.say(text, "green" if good else "yellow")

    def failed(self, step: Step, why: str) -> None:
        self.say(f"step {step.id} failed: {why}", "bold red")
        if step.advice:
            self.say("if this fails:", "bold")
            for line in filled(step.advice, self._width() - 2):
                self.say(f"  {line}".rstrip())

    def _width(self) -> int:
        return min(self._console.width - 4, WIDEST) if self._terminal else WIDEST

    def _write(self, chunk: bytes) -> None:
        raw = getattr(self._stream, "buffer", None)
        if raw is None:
            self._stream.write(chunk.decode(errors="replace"))
        else:
            raw.write(chunk)
        self._stream.flush()

    @contextmanager
    def _counting(self, deadline: float, what: str) -> Iterator[None]:
        """A line at the bottom with what is left; what is said meanwhile scrolls above it."""
        from rich.live import Live
        from rich.text import Text

        def drawn() -> Text:
            return Text(f"{what}: {_clock(deadline - time.monotonic())} left", style="dim", overflow="ellipsis")

        with Live(console=self._console, get_renderable=drawn, refresh_per_second=4, transient=True):
            yield


class _Lines:
    """What a command writes, line by line, above what is drawn at the bottom."""

    def __init__(self, screen: Console) -> None:
        self._screen = screen
        self._rest = b""

    def take(self, chunk: bytes) -> None:
        *whole, self._rest = (self._rest + chunk).split(b"\n")
        for line in whole:
            self._show(line)

    def rest(self) -> None:
        if self._rest:
            self._show(self._rest)

    def _show(self, line: bytes) -> None:
        from rich.text import Text

        self._screen.print(Text.from_ansi(line.decode(errors="replace").rstrip("\r")))


def step_text(shown: ShownStep, width: int) -> Iterator[str]:
    """A step as it is shown before it is done: the beginning of its prose, its wait, its lines, what is expected."""
    step = shown.step
    prose = list(paragraphs(step.prose, width))
    yield from prose[:BRIEF]
    if len(prose) > BRIEF:
        yield f"... (netctl runbook show has {len(prose) - BRIEF} more lines)"
    if step.question is not None:
        yield from hung("decide: ", step.question, width)
    if step.wait is not None and shown.wait_s is not None:
        scaled = f" (the plan's {short(step.wait.seconds)})" if shown.wait_s != step.wait.seconds else ""
        yield from hung(f"wait {short(shown.wait_s)}{scaled} ", step.wait.why, width)
    yield from (f"$ {line}" for line in shown.lines)
    for expected in step.expects:
        yield from hung("expect: ", expected, width)


def _clock(seconds: float) -> str:
    left = max(0, round(seconds))
    hours, rest = divmod(left, 3600)
    return f"{hours}:{rest // 60:02d}:{rest % 60:02d}" if hours else f"{rest // 60}:{rest % 60:02d}"


def stream_of(*, as_json: bool) -> IO[str]:
    """Where a run is seen: stdout, or where JSON goes there, stderr."""
    return sys.stderr if as_json else sys.stdout
