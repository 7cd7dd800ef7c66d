"""`netctl runbook status`: the runs that were begun here, and one of them step by step."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

from netctl.adapters.clock import SystemClock
from netctl.cli.fitting import fitted
from netctl.cli.output import Cell, say, show, show_json, show_table
from netctl.cli.places import state_home
from netctl.durations import short, utc_text
from netctl.errors import UsageError
from netctl.profile.suggest import did_you_mean
from netctl.runbook.blocks import Faults
from netctl.runbook.model import Step
from netctl.runbook.progress import Progress, Result
from netctl.runbook.reading import parse
from netctl.runbook.record import COPY, Record, root_of, runs_of

MARKS: Mapping[Result | None, str] = {
    "done": "[x]",
    "skipped": "[-]",
    "declined": "[-]",
    "left_out": "[-]",
    "elsewhere": "[-]",
    "failed": "[!]",
    None: "[ ]",
}
WORDS: Mapping[Result, str] = {
    "skipped": "skipped",
    "declined": "decided against",
    "left_out": "left out by --from",
    "elsewhere": "not for this kind of run",
    "failed": "failed, and is optional",
}


@dataclass(frozen=True, slots=True)
class Seen:
    """A run as its directory has it."""

    record: Record
    progress: Progress
    steps: tuple[Step, ...]

    @property
    def runs(self) -> bool:
        """Whether the runner that wrote last is still there."""
        progress = self.progress
        if progress.ended or progress.halted is not None or progress.pid is None:
            return False
        try:
            return psutil.Process(progress.pid).create_time() <= progress.session_at + 1
        except psutil.NoSuchProcess:
            return False

    @property
    def at(self) -> Step | None:
        """The first step that is not over."""
        return next((step for step in self.steps if step.slug not in self.progress.results), None)

    @property
    def state(self) -> str:
        """One word of four."""
        if self.progress.ended:
            return "finished"
        if self.runs:
            return "running"
        return "stopped" if self.progress.halted is not None else "killed"

    @property
    def count(self) -> int:
        """How many steps there are for this kind of run."""
        return sum(self.progress.results.get(step.slug) != "elsewhere" for step in self.steps)

    @property
    def done(self) -> int:
        """How many steps are done."""
        return sum(result == "done" for result in self.progress.results.values())


def show_runs(*, as_json: bool) -> None:
    """All runs, the last ones last."""
    found = sorted(filter(None, map(_seen, runs_of(root_of(state_home())))), key=lambda seen: seen.progress.begun_at)
    if as_json:
        show_json([_document(seen) for seen in found])
    elif found:
        headers = ("run", "on", "begun (UTC)", "done", "state", "at", "took")
        rows = [_row(seen) for seen in found]
        show_table(*fitted(headers, rows, shorten={"at": 24, "on": 20}, drop=("begun (UTC)", "took", "on")))
    else:
        say("no runbook was run from this directory")


def show_run(word: str, *, as_json: bool) -> None:
    """One run with its ticks; UsageError where there is none."""
    seen = _meant(word)
    if as_json:
        show_json(_document(seen))
        return
    progress = seen.progress
    show(f"{seen.record.name}: {progress.title}")
    why = f": {progress.halted}" if progress.halted else ""
    show(f"{_on(progress)}, begun {utc_text(progress.begun_at)}, {seen.state}{why}")
    part = ""
    for step in seen.steps:
        if step.part != part:
            part = step.part
            show()
            show(part)
        result = progress.results.get(step.slug)
        took = f"  {short(progress.took[step.slug])}" if result == "done" and progress.took.get(step.slug) else ""
        here = f"  {'running' if seen.runs else 'here'}" if step is seen.at else ""
        word = f"  {WORDS[result]}" if result is not None and result in WORDS else ""
        show(f"  {MARKS[result]} {step.id}  {step.title}{took}{word}{here}")
    show()
    show(f"{seen.done} of {seen.count} steps done in {short(progress.took_s)}; all of it is in {seen.record.place}")


def _meant(word: str) -> Seen:
    root = root_of(state_home())
    name, _, number = word.removesuffix(".md").rpartition("/")
    if name and number.isdigit():
        found = _seen(root / name / number) if (root / name / number).is_dir() else None
    else:
        runs = filter(None, map(_seen, reversed(runs_of(root, number))))
        found = next(iter(runs), None)
    if found is None:
        known = [path.name for path in root.glob("*") if path.is_dir()]
        hint = did_you_mean(number or name, known) or "netctl runbook status lists the runs that there are"
        raise UsageError(f"no run of {word} was begun from this directory", hint=hint)
    return found


def _seen(place: Path) -> Seen | None:
    record = Record(place, clock=SystemClock())
    progress = record.progress()
    copy = place / COPY
    if progress is None or not copy.is_file():
        return None
    return Seen(record, progress, parse(copy.read_text(encoding="utf-8"), copy, Faults(copy)).steps)


def _on(progress: Progress) -> str:
    on = progress.fleet or progress.identity.profile or "no profile"
    if progress.identity.rehearse:
        return on if progress.fleet else f"{on} (rehearsal)"
    return f"{on} on {progress.identity.network}" if progress.identity.network else on


def _row(seen: Seen) -> list[Cell]:
    progress = seen.progress
    styles = {"finished": "green", "running": "cyan", "stopped": "yellow", "killed": "red"}
    at = f"{seen.at.id} {seen.at.title}" if seen.at is not None and not progress.ended else "-"
    return [
        Cell(seen.record.name, "bold"),
        Cell(_on(progress)),
        Cell((utc_text(progress.begun_at) or "")[:19].replace("T", " ")),
        Cell(f"{seen.done}/{seen.count}"),
        Cell(seen.state, styles[seen.state]),
        Cell(at),
        Cell(short(progress.took_s)),
    ]


def _document(seen: Seen) -> dict[str, Any]:
    progress = seen.progress
    return {
        "run": seen.record.name,
        "runbook": progress.identity.runbook,
        "title": progress.title,
        "fleet": progress.fleet,
        "profile": progress.identity.profile,
        "rehearsal": progress.identity.rehearse,
        "network": progress.identity.network,
        "begun_at": utc_text(progress.begun_at),
        "state": seen.state,
        "why": progress.halted,
        "at": seen.at.id if seen.at is not None and not progress.ended else None,
        "took_s": round(progress.took_s, 1),
        "place": str(seen.record.place),
        "steps": [_step(seen, step) for step in seen.steps],
    }


def _step(seen: Seen, step: Step) -> dict[str, Any]:
    output = seen.record.output(step.slug)
    return {
        "id": step.id,
        "slug": step.slug,
        "title": step.title,
        "part": step.part or None,
        "result": seen.progress.results.get(step.slug),
        "took_s": seen.progress.took.get(step.slug),
        "output": str(output) if output.is_file() else None,
    }
