"""The runner: goes through the steps, asks, waits, runs, and writes each thing down before it goes on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from netctl.durations import short
from netctl.errors import NetctlError
from netctl.runbook import answering
from netctl.runbook.lines import last_to_run
from netctl.runbook.model import Command, Runbook, Step
from netctl.runbook.output_file import OutputFile
from netctl.runbook.progress import Progress, Result
from netctl.runbook.record import Record
from netctl.runbook.setting import Answer, Setting, ShownStep, Stage, Tools
from netctl.runbook.spelling import expanded, own_wait_s, shown
from netctl.runbook.spending import Spending

INTERRUPTED = 130
PROFILE = "NETCTL_PROFILE"
FLUSH_S = 0.5


class Interrupted(Exception):
    """A Ctrl-C has ended the command that ran."""


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a step failed, and the exit code that the run has from it."""

    why: str
    code: int


@dataclass(slots=True)
class Runner:
    """One go at a run, from where `progress` says that it stands."""

    runbook: Runbook
    setting: Setting
    record: Record
    stage: Stage
    tools: Tools
    progress: Progress
    spending: Spending = field(init=False)

    def __post_init__(self) -> None:
        self.spending = Spending(self.setting, self.record, self.stage, self.tools, self.progress)

    def run(self) -> int:
        """Do what is left; the exit code of the run. What ends it early is in the record, and is raised on."""
        try:
            for number, step in enumerate(self.runbook.steps, 1):
                if step.slug in self.progress.results:
                    continue
                code = self._step(step, number)
                if code is not None:
                    return code
            self.record.append("ended", code=0)
        except (KeyboardInterrupt, Interrupted):
            self.record.append("halted", why="interrupted")
            raise KeyboardInterrupt from None
        except NetctlError as error:
            self.record.append("halted", why=error.message)
            raise
        return 0

    def start_at(self, first: Step) -> None:
        """Begin with this step: those before it that are not done are left out, it and those behind are done again.

        What the lines left out would have exported is set all the same.
        """
        number = self.runbook.steps.index(first)
        for step in self.runbook.steps[:number]:
            if step.slug not in self.progress.results and answering.is_for(step, self.setting):
                for command in (each for each in step.commands if each.kind == "export"):
                    self._export(step, command)
                self._end(step, "left_out")
        again = [step.slug for step in self.runbook.steps[number:] if step.slug in self.progress.results]
        self.record.append("from", step=first.slug, again=again)
        for slug in again:
            del self.progress.results[slug]
        self.progress.current = self.progress.wait_until = self.progress.open = None

    def shown(self, step: Step, exported: dict[str, str] | None = None) -> ShownStep:
        """The step as it would run now; `exported` gathers what its own lines set."""
        variables = self._variables() if exported is None else {**self._variables(), **exported}
        lines = []
        for command in step.commands:
            if command.kind == "export":
                name, value = expanded(command, variables)
                if name != PROFILE or self.setting.profile is None:
                    variables[name] = value
                if exported is not None:
                    exported[name] = variables.get(name, value)
                lines.append(f"export {name}={value}")
            elif command.kind == "netctl":
                paid = self.spending.pays(command, expanded(command, variables), variables)
                lines.append(shown(self.spending.words(command, variables, self.spending.left() if paid else None)))
            else:
                lines.append(command.text)
        wait_s = None if step.wait is None else step.wait.seconds / self.tools.scale_of(self._variables())
        return ShownStep(step, tuple(self.tools.mask(line) for line in lines), wait_s)

    def _step(self, step: Step, number: int) -> int | None:
        """None to go on with the next step, else the run's exit code."""
        if not answering.is_for(step, self.setting):
            where = "for public networks" if self.setting.rehearse else "for rehearsals"
            self.stage.note(f"step {step.id}, {step.title}, is {where}: passed over")
            self._end(step, "elsewhere")
            return None
        self.stage.step(self.shown(step), number, len(self.runbook.steps))
        answer = self._answer(step)
        if answer == "stop":
            return self._halt("stopped", INTERRUPTED)
        if answer in ("skip", "no"):
            self._end(step, "skipped" if answer == "skip" else "declined")
            return None
        while True:
            self.record.append("step_begun", step=step.slug, id=step.id)
            began = self.tools.clock.now()
            failure = self._attempt(step)
            took = self.tools.clock.now() - began
            if failure is None:
                self._end(step, "done", took)
                return None
            if "optional" in step.tags:
                self.stage.note(f"failed: {failure.why}; the step is optional, the run goes on")
                self._end(step, "failed", took)
                return None
            self.record.append("step_failed", step=step.slug, why=failure.why)
            self.stage.failed(step, failure.why)
            answer = "stop" if self.setting.yes else self.stage.ask("", ("again", "skip", "stop"), None)
            if answer == "stop":
                return self._halt(f"step {step.id} failed: {failure.why}", failure.code)
            if answer == "skip":
                self._end(step, "skipped", took)
                return None

    def _answer(self, step: Step) -> Answer:
        free = self.spending.is_free(step, self._variables())
        if answering.is_answered(step, self.setting, free=free):
            return "run"
        if step.question is not None:
            return self.stage.ask(step.question, ("yes", "no", "stop"), None)
        if step.by_hand:
            return self.stage.ask("is it done?", ("yes", "skip", "stop"), None)
        usual: Answer | None = None if "spends" in step.tags and not free else "run"
        return self.stage.ask("", ("run", "skip", "stop"), usual)

    def _halt(self, why: str, code: int) -> int:
        self.record.append("halted", why=why)
        return code

    def _end(self, step: Step, result: Result, seconds: float = 0.0) -> None:
        self.record.append("step_ended", step=step.slug, result=result, seconds=round(seconds, 3))
        self.progress.results[step.slug] = result
        self.progress.current = self.progress.wait_until = None
        if result == "done":
            self.record.tick([step.slug for step in self.runbook.steps if self._is_done(step)])
            self.stage.result(f"done after {short(seconds)}" if step.commands or step.wait else "done", good=True)
        elif result in ("skipped", "declined"):
            self.stage.result("skipped", good=False)

    def _is_done(self, step: Step) -> bool:
        return self.progress.results.get(step.slug) == "done"

    def _attempt(self, step: Step) -> Failure | None:
        if step.wait is not None:
            self._wait(step)
        last = last_to_run(step.commands)
        for number, command in enumerate(step.commands):
            good = step.good_codes if number == last else frozenset({0})
            code = self._command(step, number, command)
            if code not in good:
                wanted = "" if good == {0} else f", not with {' or '.join(map(str, sorted(good)))}"
                own = command.kind == "netctl" and 2 <= code <= 9
                return Failure(f"`{command.text}` ended {_told(code)}{wanted}", code if own else 1)
        return None

    def _wait(self, step: Step) -> None:
        assert step.wait is not None  # noqa: S101 - the caller has looked
        now = self.tools.clock.now()
        resumed = self.progress.current == step.slug and self.progress.wait_until is not None
        until = self.progress.wait_until if resumed else None
        if until is None:
            until = now + step.wait.seconds / self.tools.scale_of(self._variables())
            self.record.append("wait_begun", step=step.slug, until=round(until, 3))
        self.progress.wait_until = None
        if until > now:
            self.stage.wait(until - now, step.wait.why)

    def _command(self, step: Step, number: int, command: Command) -> int:
        variables = self._variables()
        if command.kind == "export":
            self._export(step, command)
            return 0
        if self._passed_over(step, number, command):
            return 0
        if command.kind == "netctl":
            words = self.spending.words(command, variables, self.spending.granted(step, command, variables))
            argv, text = (*self.tools.program, *words), shown(words)
        else:
            words, argv, text = (), ("sh", "-eu", "-c", command.text), command.text
        return self._process(step, number, command, argv, self.tools.mask(text), own_wait_s(words))

    def _export(self, step: Step, command: Command) -> None:
        name, value = expanded(command, self._variables())
        if name != PROFILE or self.setting.profile is None:
            self.record.append("exported", step=step.slug, name=name, value=value)
            self.progress.exported[name] = value

    def _passed_over(self, step: Step, number: int, command: Command) -> bool:
        """Whether a line that was begun before, and whose end is not known, is left as it is."""
        begun, self.progress.open = self.progress.open, None
        if begun is None or command.kind != "shell" or (begun.step, begun.number) != (step.slug, number):
            self.progress.open = begun
            return False
        if not answering.must_ask_again(
            step, begun.text, self.setting, free=self.spending.is_free(step, self._variables())
        ):
            return False
        question = f"`{begun.text}` was begun before, and nobody knows whether it ended; run it again?"
        answer = self.stage.ask(question, ("yes", "skip", "stop"), None)
        if answer == "stop":
            raise Interrupted
        return answer == "skip"

    def _process(
        self, step: Step, number: int, command: Command, argv: Sequence[str], text: str, limit_s: float | None
    ) -> int:
        attended = self.setting.attended and limit_s is None
        facts = {"step": step.slug, "number": number}
        self.record.append("command_begun", **facts, text=text, command_kind=command.kind)
        self.stage.command(text)
        clock = self.tools.clock
        began = flushed = clock.now()
        kept = OutputFile(self.record.output(step.slug), self.tools.mask)
        kept.head(f"$ {text}")

        def started(pid: int, at: float) -> None:
            self.record.append("command_started", **facts, process=pid, started=at)

        def idle() -> None:
            nonlocal flushed
            if clock.now() - flushed > FLUSH_S:
                flushed = clock.now()
                kept.flush()

        try:
            with self.stage.running(limit_s, attended=attended) as output:

                def written(chunk: bytes) -> None:
                    kept.feed(chunk)
                    output(chunk)

                ended = self.tools.run(
                    argv, environ=self._variables(), attended=attended, output=written, began=started, idle=idle
                )
            kept.command_over()
            seconds = round(clock.now() - began, 3)
            kept.head(f"ended {_told(ended.code)} after {short(seconds)}")
        finally:
            kept.close()
        self.record.append("command_ended", **facts, code=ended.code, began=round(began, 3), seconds=seconds)
        if ended.interrupted:
            raise Interrupted
        return ended.code

    def _variables(self) -> dict[str, str]:
        return {**self.tools.environ, **self.progress.exported}


def _told(code: int) -> str:
    return f"with {code}" if code >= 0 else f"by signal {-code}"
