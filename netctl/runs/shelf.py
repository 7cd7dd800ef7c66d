"""Where the runs of a fleet lie, and reading and writing them there."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from netctl.errors import StoreError
from netctl.ports import Host
from netctl.runs.record import Run, decoded, encoded

FOLDER = "runs"
FILE = "run.json"
ID = re.compile(r"\d{8}-\d{6}(?:-\d+)?")


@dataclass(frozen=True, slots=True)
class Damaged:
    """A run whose run.json cannot be read, and why."""

    id: str
    why: str


def path_of(state: Path, run: str) -> Path:
    """The run.json of a run of the fleet with this state directory."""
    return state / FOLDER / run / FILE


def new_id(state: Path, now: float) -> str:
    """A name for a run that begins now, which no other run here has: its time in UTC. In order they sort by time."""
    stamp = datetime.fromtimestamp(now, UTC).strftime("%Y%m%d-%H%M%S")
    number, found = 1, stamp
    while (state / FOLDER / found).exists():
        number += 1
        found = f"{stamp}-{number}"
    return found


def runs_in(state: Path) -> tuple[tuple[Run, ...], tuple[Damaged, ...]]:
    """Every run that is kept there, the oldest first, and those that cannot be read."""
    runs: list[Run] = []
    damaged: list[Damaged] = []
    for path in (state / FOLDER).glob(f"*/{FILE}"):
        try:
            runs.append(read(path))
        except StoreError as error:
            damaged.append(Damaged(path.parent.name, error.message))
    return tuple(sorted(runs, key=lambda run: (run.began, run.id))), tuple(sorted(damaged, key=lambda one: one.id))


def read(path: Path) -> Run:
    """The run of a run.json; StoreError where there is none that can be read."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise StoreError(f"{path} cannot be read: {error.strerror}", hint="netctl run list") from error
    return decoded(content, str(path))


def kept(state: Path, run: str) -> Run | None:
    """The run of that id, None where none is kept or it cannot be read."""
    try:
        return read(path_of(state, run)) if path_of(state, run).exists() else None
    except StoreError:
        return None


def keep(host: Host, state: Path, run: Run) -> None:
    """Write run.json, whole or not at all, for its owner only."""
    host.replace(path_of(state, run.id), encoded(run), 0o600)


def chosen(runs: Sequence[Run], word: str) -> Run | None:
    """The run that a word means: its id, the beginning of just one id, `last`, or `last-1` and so on; else None."""
    if back := re.fullmatch(r"last(?:-(\d+))?", word):
        number = int(back[1] or 0)
        return runs[-1 - number] if number < len(runs) else None
    exact = [run for run in runs if run.id == word]
    found = exact or [run for run in runs if word and run.id.startswith(word)]
    return found[0] if len(found) == 1 else None
