"""What `netctl why` says of a neuron: one sentence, what it rests on, and what to do next. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from netctl.capsules.capsule import Capsule, signal_name
from netctl.cause import Cause, Place
from netctl.status import NeuronStatus
from netctl.step import Blocked
from netctl.why.judging import OF_PROBES, Evidence, Found, judged

Causes = Sequence[tuple[str, Cause]]


@dataclass(frozen=True, slots=True)
class Known:
    """All that an explanation is made of.

    `ends` are the capsules, newest first; `run` is the one that the neuron is in, or ended in, now: None where no
    session is there. `booted_at` is when this machine was started. `names` are what a pack's templates may use.
    `misses` is what its readiness, or a probe, waits for now. `chaos` are ends that netctl chaos made, by their run,
    with the words for them.
    """

    status: NeuronStatus
    ends: Sequence[Capsule]
    run: Capsule | None
    causes: Causes
    names: Mapping[str, Any]
    at: float
    blocked: Sequence[Blocked] = ()
    booted_at: float | None = None
    misses: Sequence[str] = ()
    chaos: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Explanation:
    """The answer. `well`: nothing is wrong, or somebody stopped it on purpose. `cause` is None where none was found.

    `end` is the last end, `others` what else the evidence would explain it by.
    """

    neuron: str
    state: str
    well: bool
    says: str
    next: str | None
    cause: Found | None
    others: tuple[Found, ...]
    end: Capsule | None
    run: Capsule | None
    ends: tuple[Capsule, ...]
    status: NeuronStatus

    def document(self) -> dict[str, Any]:
        """The JSON document of ``netctl why --json``."""
        now = self.status
        return {
            "neuron": self.neuron,
            "role": now.role,
            "state": self.state,
            "well": self.well,
            "says": self.says,
            "next": self.next,
            "cause": None if self.cause is None else _document_of(self.cause),
            "others": [_document_of(found) for found in self.others],
            "now": {
                "registered": now.registered,
                "uid": now.uid,
                "axon": now.axon,
                "stake_tao": now.stake_tao,
                "validator_permit": now.validator_permit,
                "ready": now.ready,
                "pid": now.pid,
                "uptime_s": now.uptime_s,
                "problem": now.problem,
            },
            "end": None if self.end is None else self.end.document(),
            "run": None if self.run is None else self.run.document(),
            "ends": [_short(end) for end in self.ends],
        }


def explained(known: Known) -> Explanation:
    """Say why: of a dead neuron how it ended, of a running one what is not well, of a missing one where it went."""
    state, problem = known.status.state, known.status.problem
    if state == "unknown":
        says = f"nobody can tell how it is: {problem}"
        return _explanation(known, says=says, well=False, then="netctl doctor", end=_last(known))
    if known.run is not None and known.status.pid is None and known.run.how != "unseen":
        return of_end(known, known.run)
    return _of_missing(known) if state == "missing" else _of_living(known)


def of_end(known: Known, end: Capsule) -> Explanation:
    """Why that end came."""
    found, cause = _judged(known, end)
    return _explanation(
        known,
        says=_sentence(known, end, cause),
        well=end.ended_by is not None,
        then=cause.next if cause is not None else "netctl fleet up",
        cause=cause,
        others=() if end.ended_by else tuple(one for one in found if one is not cause),
        end=end,
    )


def sentence_of(known: Known, end: Capsule) -> str:
    """The same in the one sentence."""
    return _sentence(known, end, _judged(known, end)[1])


def _judged(known: Known, end: Capsule) -> tuple[tuple[Found, ...], Found | None]:
    found = judged(_evidence(end, known.status), known.causes, known.names)
    if end.ended_by or end.unseen or end.run in known.chaos:
        return found, None
    # Who was ended for a probe did not end of anything that it said.
    telling = [one for one in found if end.probe is None or one.place == OF_PROBES]
    return found, telling[0] if telling else None


def _last(known: Known) -> Capsule | None:
    return known.ends[0] if known.ends else None


def _of_missing(known: Known) -> Explanation:
    last, name = _last(known), known.status.name
    if last is not None:
        return of_end(known, last)
    if known.blocked:
        first = known.blocked[0]
        says = f"it was never started: {first.why}"
        return _explanation(known, says=says, well=False, then=first.hint or "netctl fleet up", end=None)
    problems = [part for part in (known.status.problem or "").split("; ") if part not in ("", "no session")]
    says = "; ".join(["it was never started", *problems])
    return _explanation(known, says=says, well=False, then=f"netctl fleet up --neuron {name}", end=None)


def _of_living(known: Known) -> Explanation:
    status, last = known.status, _last(known)
    problem = status.problem
    lines = _run_lines(known.run) if known.run is not None else {}
    probe = (*known.misses, *((problem,) if problem else ()))
    evidence = Evidence({**lines, **_chain_lines(status), "probe": probe}, lives=True, well=problem is None)
    found = judged(evidence, known.causes, known.names)
    cause = next((one for one in found if problem is not None or one.confidence == "sure"), None)
    if problem is None and cause is None:
        ready = "and is ready" if status.ready else "and nothing is wrong with it"
        return _explanation(known, says=f"it runs {ready}", well=True, then=None, others=found, end=last)
    if cause is not None:
        others = tuple(one for one in found if one is not cause)
        says = f"it runs, but {cause.says}"
        return _explanation(known, says=says, well=False, then=cause.next, cause=cause, others=others, end=last)
    return _explanation(known, says=f"it runs, but {problem}", well=False, then=f"netctl logs {status.name}", end=last)


def _explanation(
    known: Known,
    *,
    says: str,
    well: bool,
    then: str | None,
    end: Capsule | None,
    cause: Found | None = None,
    others: tuple[Found, ...] = (),
) -> Explanation:
    return Explanation(
        neuron=known.status.name,
        state=known.status.state,
        well=well,
        says=says,
        next=then,
        cause=cause,
        others=others,
        end=end,
        run=known.run if known.status.pid is not None else None,
        ends=tuple(known.ends),
        status=known.status,
    )


def _sentence(known: Known, end: Capsule, cause: Found | None) -> str:
    if end.ended_by is not None:
        return f"it was stopped by {end.ended_by}"
    if end.run in known.chaos:
        return known.chaos[end.run]
    if end.unseen:
        if known.booted_at is not None and known.booted_at > end.ended_at:
            return "it ended with the whole machine, which was started again since"
        return "nothing saw it end: its session was gone with the fleet's tmux server"
    if cause is not None:
        return f"{cause.says} (an end that the programs make on purpose)" if cause.expected else cause.says
    if end.probe is not None:
        return f"the supervisor ended it, so that it starts anew: {end.probe}"
    if end.exit_signal is not None:
        return f"it was ended by {signal_name(end.exit_signal)}"
    return f"it ended by itself with exit code {end.exit_code}, and nothing that it said tells why"


def _evidence(end: Capsule, now: NeuronStatus) -> Evidence:
    """Of that run; what the chain says now stands in where nobody noted what it said then."""
    how = [end.how]
    if end.oom_kills:
        how.append(f"kills for want of memory meanwhile: {end.oom_kills}")
    chain = _chain_lines(now)
    if (there := end.standing) is not None:
        chain = {"chain": _facts(there.registered, there.uid, there.axon, there.stake_tao, there.validator_permit)}
    return Evidence({**_run_lines(end), **chain, "exit": how, "probe": (end.probe,) if end.probe else ()})


def _run_lines(run: Capsule) -> dict[Place, Sequence[str]]:
    return {"stdout": run.stdout.lines, "stderr": run.stderr.lines}


def _chain_lines(status: NeuronStatus) -> dict[Place, Sequence[str]]:
    if status.registered is None:
        return {}
    facts = _facts(status.registered, status.uid, status.axon, status.stake_tao, status.validator_permit)
    return {"chain": facts}


def _facts(
    registered: bool, uid: int | None, axon: str | None, stake_tao: str | None, permit: bool | None
) -> tuple[str, ...]:
    yes = {True: "yes", False: "no", None: "unknown"}
    return (
        f"registered: {yes[registered]}",
        f"uid: {'none' if uid is None else uid}",
        f"axon: {axon or 'none'}",
        f"stake: {stake_tao or 'unknown'}",
        f"permit: {yes[permit]}",
    )


def _document_of(found: Found) -> dict[str, Any]:
    document = asdict(found)
    del document["groups"]
    return document


def _short(end: Capsule) -> dict[str, Any]:
    return {
        "started_at": end.started_at,
        "ended_at": end.ended_at,
        "ran_s": end.ran_s,
        "how": end.how,
        "ended_by": end.ended_by,
        "restarts": end.restarts,
    }
