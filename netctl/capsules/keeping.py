"""Keeping a capsule: one for each run, whoever sees its end first and however often."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from hashlib import sha256
from pathlib import Path

from netctl.capsules import shelf
from netctl.capsules.capsule import Capsule, Standing
from netctl.capsules.labels import ENVIRONMENT, LAUNCHED, MEMORY
from netctl.capsules.lines import end_of_run
from netctl.capsules.machine import oom_kills
from netctl.capsules.masking import Mask, mask_of
from netctl.logs import LogFile
from netctl.ports import FAULT, STOPPED, SessionFacts

NOT_KEPT = frozenset({LAUNCHED, MEMORY, ENVIRONMENT, STOPPED, FAULT, "log_offset", "err_offset"})


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

    `session` still has its pid where it lived until now. `ended_by` is who ended it on purpose. `code`, `code_since`
    and `sdk` are versions; `restarted_at` are the times of the restarts so far, where the caller knows them.
    `unseen`: the session is one that was `lost`, and nobody saw how it ended.
    """

    session: SessionFacts
    at: float
    ended_by: str | None = None
    probe: str | None = None
    standing: Standing | None = None
    code: str | None = None
    code_since: str | None = None
    sdk: str | None = None
    restarted_at: tuple[float, ...] = field(default=())
    unseen: bool = False


def keep(keeping: Keeping, ending: Ending) -> Path | None:
    """Keep the capsule of this end; None where it has one already. OSError where it cannot be written.

    Cheap for an end that was kept: one look at one name.
    """
    session = ending.session
    folder, name = shelf.folder_of(Path(keeping.state), keeping.neuron), _name_of(session, ending.at)
    if (folder / name).exists() or (LAUNCHED not in session.labels and _is_kept(keeping, run_of(session))):
        return None
    return shelf.put(folder, name, capsule_of(keeping, ending))


def capsule_of(keeping: Keeping, ending: Ending) -> Capsule:
    """What would be kept of this end; of a run that goes on, what it has come to so far."""
    session, mask = ending.session, mask_of_neuron(keeping)
    probe = ending.probe or session.labels.get(FAULT)
    before, now = _number(session.labels.get(MEMORY)), None if ending.unseen else oom_kills()
    ends = _ends_of(keeping, session)
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
        unseen=ending.unseen,
        restarts=session.restarts,
        restarted_at=ending.restarted_at or _starts(keeping),
        spec_hash=session.spec_hash,
        environment=session.labels.get(ENVIRONMENT),
        code=ending.code,
        code_since=ending.code_since,
        sdk=ending.sdk,
        standing=ending.standing,
        probe=None if probe is None else mask(probe),
        oom_kills=None if before is None or now is None else max(0, now - int(before)),
        stdout=end_of_run(Path(keeping.stdout), _offset(session, "log_offset"), mask, until=ends[0]),
        stderr=end_of_run(Path(keeping.stderr), _offset(session, "err_offset"), mask, until=ends[1]),
        labels={name: value for name, value in session.labels.items() if name not in NOT_KEPT},
    )


def lost(keeping: Keeping) -> SessionFacts | None:
    """The run that was launched last, if it wrote something and its end was never kept; `ended_at` is its last word.

    To be asked where its session is gone. None as well where its launch was not noted. OSError.
    """
    state = Path(keeping.state)
    session = shelf.begun(state, keeping.neuron)
    if session is None or (shelf.folder_of(state, keeping.neuron) / _name_of(session, 0.0)).exists():
        return None
    logs = {keeping.stdout: "log_offset", keeping.stderr: "err_offset"}
    wrote = [
        Path(path).stat().st_mtime for path, label in logs.items() if _has_grown(LogFile(Path(path)), session, label)
    ]
    return replace(session, ended_at=max(wrote)) if wrote else None


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


def _name_of(session: SessionFacts, at: float) -> str:
    """Its capsule's, by the same label whoever tells its end; `at` is for sessions that have none."""
    return shelf.name_of(_number(session.labels.get(LAUNCHED)) or session.ended_at or at, session.restarts)


def _ends_of(keeping: Keeping, session: SessionFacts) -> tuple[int | None, int | None]:
    """How far this run's logs go at most: as far as they are now, or to where the next run began."""
    try:
        # In this order: what is launched between the two looks has not written before the first.
        sizes = LogFile(Path(keeping.stdout)).end(), LogFile(Path(keeping.stderr)).end()
    except OSError:
        return None, None
    last = shelf.begun(Path(keeping.state), keeping.neuron)
    if last is None or (_number(last.labels.get(LAUNCHED)) or 0.0) <= (_number(session.labels.get(LAUNCHED)) or 0.0):
        return sizes
    return min(sizes[0], _offset(last, "log_offset")), min(sizes[1], _offset(last, "err_offset"))


def _has_grown(log: LogFile, session: SessionFacts, label: str) -> bool:
    return log.end() > log.begin_of(session.labels.get(label))


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
