"""The record of a run on the disk: events that are only ever added, what commands wrote, and the text with its ticks.

`.runbooks` below the state root, not a fleet's own directory: a runbook may end with deleting that. No profile can
have this name.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import tempfile
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from netctl.errors import PrerequisiteError
from netctl.journal import FileJournal
from netctl.lock import fleet_lock
from netctl.ports import Clock
from netctl.runbook.blocks import Faults
from netctl.runbook.model import Runbook
from netctl.runbook.progress import Identity, Progress, progress_of
from netctl.runbook.reading import parse

FOLDER = ".runbooks"
EVENTS, COPY = "events.jsonl", "runbook.md"
COMMAND = "netctl runbook run"
_BOX = re.compile(r"\[[ xX]\]")

Told = Callable[[Mapping[str, Any]], None]


def root_of(state_home: Path) -> Path:
    """Where runs of runbooks are kept."""
    return state_home / FOLDER


def digest_of(text: str) -> str:
    """What tells that a runbook's text has changed."""
    return hashlib.sha256(text.encode()).hexdigest()[:16]


class Record:
    """One run's directory. Each event is on the disk before `append` returns."""

    def __init__(self, place: Path, *, clock: Clock, told: Told | None = None) -> None:
        self.place = place
        self._clock = clock
        self._told = told
        self._journal = FileJournal(place / EVENTS, clock=clock, command=COMMAND)

    @property
    def name(self) -> str:
        """``day2/3``: as a person names the run."""
        return f"{self.place.parent.name}/{self.place.name}"

    def append(self, kind: str, **facts: Any) -> None:
        """Write one event; PrerequisiteError where it cannot be."""
        facts = {"at": round(self._clock.now(), 3), **facts}
        try:
            self._journal.append(kind, **facts)
        except PrerequisiteError as error:
            raise PrerequisiteError(error.message, hint="make room, or mend its owner; then run it again") from error
        if self._told is not None:
            self._told({"kind": kind, **facts})

    def entries(self) -> Sequence[Mapping[str, Any]]:
        """Every whole event, oldest first."""
        return self._journal.entries()

    def progress(self) -> Progress | None:
        """How far the run has come; None before its first event."""
        return progress_of(self.entries())

    def output(self, slug: str) -> Path:
        """Where what a step's commands wrote is kept."""
        return self.place / f"{slug}.txt"

    def keep_copy(self, text: str) -> None:
        """Keep the runbook as it is now, all its boxes empty."""
        replace_file(self.place / COPY, text)

    def tick(self, slugs: Collection[str]) -> None:
        """Tick the boxes of these steps in the copy, and no others."""
        path = self.place / COPY
        with contextlib.suppress(FileNotFoundError):
            text = path.read_text(encoding="utf-8")
            copy = parse(text, path, Faults(path))
            marks = {step.line: "x" if step.slug in slugs else " " for step in copy.steps}
            replace_file(path, _boxes(text, marks))

    @contextlib.contextmanager
    def held(self) -> Iterator[None]:
        """Be the only one that goes on with this run; LockHeld where another does."""
        with fleet_lock(self.place, command=COMMAND, clock=self._clock, what=f"the run {self.name}"):
            yield


def cleared(runbook: Runbook) -> str:
    """The runbook's text with the box of every step empty."""
    return _boxes(runbook.text, {step.line: " " for step in runbook.steps})


def _boxes(text: str, marks: Mapping[int, str]) -> str:
    rows = text.split("\n")
    for line, mark in marks.items():
        if line <= len(rows):
            rows[line - 1] = _BOX.sub(f"[{mark}]", rows[line - 1], count=1)
    return "\n".join(rows)


def replace_file(path: Path, text: str) -> None:
    """Write a file whole or not at all."""
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    Path(temporary).replace(path)


def runs_of(root: Path, name: str | None = None) -> list[Path]:
    """The directories of all runs, or of one runbook's, oldest first within each runbook."""
    folders = [root / name] if name is not None else sorted(path for path in root.glob("*") if path.is_dir())
    return [run for folder in folders for run in sorted(_numbered(folder), key=lambda path: int(path.name))]


def new_run(root: Path, name: str) -> Path:
    """A directory for a run that begins now, the next number."""
    root.mkdir(parents=True, exist_ok=True, mode=0o700)
    folder = root / name
    folder.mkdir(exist_ok=True, mode=0o700)
    number = max((int(path.name) for path in _numbered(folder)), default=0) + 1
    while True:
        try:
            (folder / str(number)).mkdir(mode=0o700)
        except FileExistsError:
            number += 1
        else:
            return folder / str(number)


def unfinished(root: Path, identity: Identity, clock: Clock) -> Record | None:
    """The last run of this identity, where it is not over; a run of which nothing was written is none."""
    for place in reversed(runs_of(root, identity.runbook)):
        record = Record(place, clock=clock)
        progress = record.progress()
        if progress is not None and progress.identity == identity:
            return None if progress.ended else record
    return None


def _numbered(folder: Path) -> Iterator[Path]:
    return (path for path in folder.glob("*") if path.name.isdigit() and path.is_dir())
