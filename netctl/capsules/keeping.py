"""Keeping a capsule: one for each run, whoever sees its end first and however often."""

from __future__ import annotations

from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

from netctl.capsules import shelf
from netctl.capsules.capsule import Capsule, Standing
from netctl.capsules.labels import ENVIRONMENT, LAUNCHED, MEMORY
from netctl.capsules.lines import end_of_run
from netctl.capsules.machine import oom_kills
from netctl.capsules.masking import Mask, mask_of
from netctl.ports import FAULT, STOPPED, SessionFacts

NOT_KEPT = frozenset({LAUNCHED, MEMORY, ENVIRONMENT, STOPPED, FAULT, "log_offset", "err_offset"})

TOLD_LATE_S = 1.0
"""tmux tells an end in whole seconds."""


@dataclass(frozen=True, slots=True)
class Keeping:
    """What must be known beforehand to keep one neuron's capsules; plain values, so that orders on disk can hold it.

    `state`, `stdout` and `stderr` are absolute paths, `code` the checkout ("" for none), `python` its interpreter.
    `public` names the variables whose values are no secrets: everything else in the environment is masked.
    """

    neuron: str
    role: str
    fleet: str
    state: str
    stdout: str
    stderr: str
    code: str
    python: str
    public: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Ending:
    """One end as it was seen, beside what the session tells. `at` is when, if tmux does not say it better.

    `session` still has its pid where it lived until now. `ended_by` is who ended it on purpose. `code` and `sdk` are
    versions; `restarted_at` are the times of the restarts so far, where the caller knows them.
    """

    session: SessionFacts
    at: float
    ended_by: str | None = None
    probe: str | None = None
    standing: Standing | None = None
    code: str | None = None
    sdk: str | None = None
    restarted_at: tuple[float, ...] = field(default=())


def keep(keeping: Keeping, ending: Ending) -> Path | None:
    """Keep the capsule of this end; None where it has one already. OSError where it cannot be written.

    Cheap for an end that was kept: one look at one name.
    """
    session = ending.session
    folder = shelf.folder_of(Path(keeping.state), keeping.neuron)
    launched = _number(session.labels.get(LAUNCHED))
    name = shelf.name_of(launched or session.ended_at or ending.at, session.restarts)
    if (folder / name).exists() or (launched is None and _is_kept(keeping, run_of(session))):
        return None
    return shelf.put(folder, name, capsule_of(keeping, ending))


def capsule_of(keeping: Keeping, ending: Ending) -> Capsule:
    """What would be kept of this end; of a run that goes on, what it has come to so far."""
    session, mask = ending.session, mask_of_neuron(keeping)
    probe = ending.probe or session.labels.get(FAULT)
    before, now = _number(session.labels.get(MEMORY)), oom_kills()
    return Capsule(
        run=run_of(session),
        neuron=keeping.neuron,
        role=keeping.role,
        fleet=keeping.fleet,
        exit_code=session.exit_code,
        exit_signal=session.exit_signal,
        started_at=session.started_at or _number(session.labels.get(LAUNCHED)),
        ended_at=session.ended_at or ending.at,
        ended_by=ending.ended_by or session.labels.get(STOPPED),
        unseen=False,
        restarts=session.restarts,
        restarted_at=ending.restarted_at or _starts(keeping),
        spec_hash=session.spec_hash,
        environment=session.labels.get(ENVIRONMENT),
        code=ending.code,
        sdk=ending.sdk,
        standing=ending.standing,
        probe=None if probe is None else mask(probe),
        oom_kills=None if before is None or now is None else max(0, now - int(before)),
        stdout=end_of_run(Path(keeping.stdout), _offset(session, "log_offset"), mask),
        stderr=end_of_run(Path(keeping.stderr), _offset(session, "err_offset"), mask),
        labels={name: value for name, value in session.labels.items() if name not in NOT_KEPT},
    )


def keep_unseen(keeping: Keeping, *, code: str | None = None, sdk: str | None = None) -> Path | None:
    """Keep what can be told of a run whose session is gone: its logs went on behind its last capsule.

    None where they did not. OSError where it cannot be written.
    """
    capsule = unseen_of(keeping, code=code, sdk=sdk)
    if capsule is None:
        return None
    folder = shelf.folder_of(Path(keeping.state), keeping.neuron)
    return shelf.put(folder, shelf.name_of(capsule.ended_at, capsule.restarts), capsule)


def unseen_of(keeping: Keeping, *, code: str | None = None, sdk: str | None = None) -> Capsule | None:
    """The same capsule, not kept."""
    logs = (Path(keeping.stdout), Path(keeping.stderr))
    stats = [path.stat() for path in logs if path.exists()]
    wrote = max((stat.st_mtime for stat in stats if stat.st_size), default=None)
    known = shelf.capsules_of(Path(keeping.state), keeping.neuron, 1)
    if wrote is None or (known and wrote <= known[0].ended_at + TOLD_LATE_S):
        return None
    begin = (known[0].stdout.end, known[0].stderr.end) if known else (0, 0)
    mask = mask_of_neuron(keeping)
    return Capsule(
        run=f"unseen-{wrote:.3f}",
        neuron=keeping.neuron,
        role=keeping.role,
        fleet=keeping.fleet,
        exit_code=None,
        exit_signal=None,
        started_at=None,
        ended_at=wrote,
        ended_by=None,
        unseen=True,
        restarts=known[0].restarts if known else 0,
        restarted_at=_starts(keeping),
        spec_hash="",
        environment=None,
        code=code,
        sdk=sdk,
        standing=None,
        probe=None,
        oom_kills=None,
        stdout=end_of_run(logs[0], begin[0], mask),
        stderr=end_of_run(logs[1], begin[1], mask),
    )


def mask_of_neuron(keeping: Keeping) -> Mask:
    """What hides this neuron's secrets."""
    return mask_of(Path(keeping.state) / "env" / f"{keeping.neuron}.env", keeping.public)


def run_of(session: SessionFacts) -> str:
    """What names one run: its session, when it was launched, and what it was launched as."""
    labels = session.labels
    parts = (session.name, labels.get(LAUNCHED, ""), session.spec_hash, session.restarts, labels.get("log_offset"))
    return sha256("|".join(map(str, parts)).encode()).hexdigest()[:16]


def _is_kept(keeping: Keeping, run: str) -> bool:
    return any(found.run == run for found in shelf.capsules_of(Path(keeping.state), keeping.neuron))


def _starts(keeping: Keeping) -> tuple[float, ...]:
    """When the runs before this one began, oldest first."""
    known = shelf.capsules_of(Path(keeping.state), keeping.neuron)
    return tuple(found.started_at for found in reversed(known) if found.started_at is not None)


def _offset(session: SessionFacts, label: str) -> int:
    return int(_number(session.labels.get(label)) or 0)


def _number(text: str | None) -> float | None:
    try:
        return None if text is None else float(text)
    except ValueError:
        return None
