"""Which run a command goes on with, or a new one; held by nobody else, and with nothing of it running still."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from netctl import __version__
from netctl.errors import LockHeld, UsageError
from netctl.lock import fleet_lock
from netctl.ports import Clock
from netctl.runbook.model import Runbook, Step
from netctl.runbook.processes import still_runs
from netctl.runbook.progress import Identity, OpenCommand, Progress
from netctl.runbook.record import COMMAND, Record, Told, cleared, digest_of, new_run, root_of, unfinished

PATIENCE_S = 10.0


@dataclass(frozen=True, slots=True)
class Opened:
    """A run that may be gone on with; `changed`: the runbook is not what it was when the run began."""

    record: Record
    progress: Progress
    resumed: bool
    changed: bool


@contextmanager
def opened(
    runbook: Runbook,
    identity: Identity,
    home: Path,
    *,
    clock: Clock,
    fleet: str | None,
    anew: bool = False,
    told: Told | None = None,
) -> Iterator[Opened]:
    """Hold the unfinished run of this identity, or with `anew`, or where there is none, one that begins now.

    LockHeld where another runner has it, or what it began before runs still.
    """
    root = root_of(home)
    with ExitStack() as stack:
        with ExitStack() as choosing:
            folder = root / identity.runbook
            choosing.enter_context(
                fleet_lock(folder, command=COMMAND, clock=clock, what=f"the choice of a run of {identity.runbook}")
            )
            found = None if anew else unfinished(root, identity, clock)
            record = Record(found.place if found else new_run(root, identity.runbook), clock=clock, told=told)
            stack.enter_context(record.held())
        progress = record.progress() if found else None
        digest = digest_of(cleared(runbook))
        if progress is None:
            progress = _begun(record, runbook, identity, digest, fleet)
            yield Opened(record, progress, resumed=False, changed=False)
            return
        _wait_for(progress.open)
        changed = progress.digest != digest
        record.append("resumed", changed=changed, version=__version__)
        progress.halted = None
        record.tick([slug for slug, result in progress.results.items() if result == "done"])
        yield Opened(record, progress, resumed=True, changed=changed)


def step_named(steps: Sequence[Step], word: str) -> Step:
    """The step of this id or slug, or of a beginning that only one has; a part's number is its first. UsageError."""
    exact = [step for step in steps if word in (step.id, step.slug)]
    if word.isdigit():
        exact = [step for step in steps if step.id.startswith(f"{word}.")][:1]
    found = exact or [step for step in steps if step.id.startswith(word) or step.slug.startswith(word)]
    if len(found) == 1:
        return found[0]
    if found:
        hint = ", ".join(f"{step.id} {step.slug}" for step in found[:6])
        raise UsageError(f"--from {word}: {len(found)} steps begin so", hint=f"one of {hint}")
    raise UsageError(f"--from {word}: no such step", hint="netctl runbook show names them")


def _begun(record: Record, runbook: Runbook, identity: Identity, digest: str, fleet: str | None) -> Progress:
    record.keep_copy(cleared(runbook))
    record.append(
        "begun",
        runbook=identity.runbook,
        path=str(runbook.path),
        title=runbook.title,
        digest=digest,
        profile=identity.profile,
        rehearse=identity.rehearse,
        network=identity.network,
        fleet=fleet,
        steps=[step.slug for step in runbook.steps],
        version=__version__,
    )
    found = record.progress()
    assert found is not None  # noqa: S101 - its first event has just been written
    return found


def _wait_for(command: OpenCommand | None) -> None:
    """What a killed runner had begun is ended by the kernel; it may take a moment to go."""
    if command is None or command.pid is None or command.started is None:
        return
    deadline = time.monotonic() + PATIENCE_S
    while still_runs(command.pid, command.started):
        if time.monotonic() > deadline:
            message = f"`{command.text}`, begun by a runner that is gone, still runs: pid {command.pid}"
            raise LockHeld(message, hint=f"wait for it, or end it: kill {command.pid}")
        time.sleep(0.1)
