"""What `netctl why` prints: the sentence, what it rests on, and the last lines of both streams."""

from __future__ import annotations

from datetime import UTC, datetime

from netctl.capsules.capsule import Capsule, Stream
from netctl.capsules.lines import cut
from netctl.cli.output import Cell, show, show_hanging, show_json, show_table
from netctl.cli.status_report import duration_text
from netctl.errors import UsageError
from netctl.why.explanation import Explanation, Known, explained, of_end, sentence_of
from netctl.why.judging import Found

SHOWN = 10
"""Lines of each stream; --json has all two hundred."""
LONGEST = 300
_WIDTH = 13


def show_why(known: Known, *, as_json: bool) -> bool:
    """The answer; returns whether the neuron is well."""
    answer = explained(known)
    if as_json:
        show_json(answer.document())
    else:
        _show(known, answer)
    return answer.well


def show_end(known: Known, number: int, *, as_json: bool) -> None:
    """Its Nth last end; UsageError where there are not so many."""
    name, ends = known.status.name, known.ends
    if number > len(ends):
        kept = "1 end" if len(ends) == 1 else f"{len(ends) or 'no'} ends"
        raise UsageError(f"{name} -n {number}: {kept} of it kept", hint=f"netctl why {name} --list")
    answer = of_end(known, ends[number - 1])
    if as_json:
        show_json(answer.document())
    else:
        _show(known, answer)


def show_ends(known: Known, *, as_json: bool) -> None:
    """Every end that is kept, newest first."""
    if as_json:
        show_json([{**end.document(), "says": sentence_of(known, end)} for end in known.ends])
    elif not known.ends:
        show(f"{known.status.name}: no end of it is kept")
    else:
        headers = ("n", "ended", "ran", "how", "restarts", "what happens")
        show_table(headers, [_row(number, end, known) for number, end in enumerate(known.ends, 1)])


def _row(number: int, end: Capsule, known: Known) -> list[Cell]:
    cells = (str(number), _time(end.ended_at), duration_text(end.ran_s), end.how, str(end.restarts))
    return [*map(Cell, cells), Cell(sentence_of(known, end))]


def _show(known: Known, answer: Explanation) -> None:
    show_hanging(f"{answer.neuron}: ", answer.says)
    if answer.cause is not None:
        _show_cause(answer.cause)
    if answer.next is not None:
        _show_fact("next", answer.next)
    for other in answer.others[:2]:
        _show_fact("or", f"{other.says} ({other.place})")
    run = answer.run if answer.run is not None else answer.end
    if answer.run is not None:
        show()
        _show_now(answer)
        if answer.end is not None:
            _show_fact("last end", f"{_ended(answer.end, known.at)}: {sentence_of(known, answer.end)}")
    elif answer.end is not None:
        show()
        _show_end_facts(answer.end, known.at)
        _show_now(answer)
    if run is not None:
        _show_run_facts(run)
        _show_stream("standard error", run.stderr)
        _show_stream("standard output", run.stdout)


def _show_cause(cause: Found) -> None:
    sure = "" if cause.confidence == "sure" else "likely: "
    _show_fact("shown by", f"{sure}{cause.place}: {cause.line}")


def _show_end_facts(end: Capsule, at: float) -> None:
    _show_fact("ended", f"{_ended(end, at)}, {end.how}{_ran(end)}")
    _show_fact("ended by", end.ended_by or _by(end))
    if end.probe:
        _show_fact("probe", end.probe)
    if end.standing is not None:
        there = end.standing
        text = _chain(there.registered, there.uid, there.axon, there.stake_tao, permit=there.validator_permit)
        _show_fact("chain then", f"block {there.block}: {text}")


def _show_now(answer: Explanation) -> None:
    now = answer.status
    if now.pid is not None:
        ready = {True: ", ready", False: ", not ready", None: ""}[now.ready]
        _show_fact("runs", f"pid {now.pid}, for {duration_text(now.uptime_s)}{ready}")
    if now.registered is not None:
        text = _chain(now.registered, now.uid, now.axon, now.stake_tao, permit=now.validator_permit)
        _show_fact("chain now", text)


def _show_run_facts(run: Capsule) -> None:
    times = ", ".join(_time(at) for at in run.restarted_at[-5:])
    _show_fact("restarts", f"{run.restarts}{f'; runs before began {times}' if times else ''}")
    code = (
        run.code
        if run.code_since is None
        else f"{run.code or 'unknown'}; its checkout has changed since, to {run.code_since}"
    )
    facts = {"code": code, "bittensor": run.sdk, "environment": run.environment, "spec": run.spec_hash or None}
    for name, value in facts.items():
        if value is not None:
            _show_fact(name, value)


def _show_stream(what: str, stream: Stream) -> None:
    lines = stream.lines[-SHOWN:]
    if not lines:
        show(f"{what}: nothing")
        return
    show(f"{what}, its last {len(lines)} lines:" if len(lines) > 1 else f"{what}, its last line:")
    for line in lines:
        show(f"  | {cut(line, LONGEST)}")


def _show_fact(name: str, text: str) -> None:
    show_hanging(f"  {name:<{_WIDTH}}", text)


def _chain(registered: bool, uid: int | None, axon: str | None, stake: str | None, *, permit: bool | None) -> str:
    if not registered:
        return "not registered"
    served, permitted = f"axon {axon}" if axon else "no axon", "has a permit" if permit else "no permit"
    return f"registered, uid {uid}, {served}, stake {stake}, {permitted}"


def _by(end: Capsule) -> str:
    if end.unseen:
        return "nobody saw it"
    return "itself" if end.exit_signal is None else "itself, or a hand that left no word"


def _ended(end: Capsule, at: float) -> str:
    return f"{_time(end.ended_at)} ({duration_text(max(0.0, at - end.ended_at))} ago)"


def _ran(end: Capsule) -> str:
    return "" if end.ran_s is None else f", after {duration_text(end.ran_s)}"


def _time(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M:%SZ")
