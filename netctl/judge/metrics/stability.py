"""What broke: processes and threads that died, the chain that did not answer, what the machine had to give."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import pairwise

from netctl.judge.facts import Facts
from netctl.judge.measured import MOST_EVIDENCE, Evidence, Figures, Measured, unknown
from netctl.judge.metric import Metric, Parameter, Value
from netctl.store.lives import Use, Was

DEAD = ("exited", "killed", "backoff")
ONE_EVALUATION = "eval_miner_sync"
THREADS = (("miner", "thread_died"), ("validator", "thread_died"))
FAILED = (("validator", "metagraph_failed"), ("miner", "metagraph_failed"), ("validator", "loop_failed"))
WENT_WELL = (("validator", "step"), ("miner", "resynced"))


def _crashes(facts: Facts, given: Mapping[str, Value]) -> Measured:
    del given
    threads = [
        event
        for role, signal in THREADS
        for event in facts.heard(role, signal)
        if event.fields.get("target") != ONE_EVALUATION
    ]
    deaths = [(name, was) for name, of in _by_neuron(facts).items() for was in _deaths(of)]
    if not facts.states and not facts.looks and not threads:
        return unknown("nobody has sampled what became of the processes")
    counts = Counter([name for name, _ in deaths] + [event.neuron for event in threads])
    evidence = [
        Evidence(f"{name} was {was.state}{f': {was.problem}' if was.problem else ''}", name, was.time)
        for name, was in deaths
    ]
    evidence += [Evidence.of(event) for event in threads]
    why = ", ".join(f"{name} {_times(count)}" for name, count in counts.items()) or None
    figures: Figures = {name: counts[name] for name in (*facts.miners, *facts.validators)}
    return Measured(counts.total(), why=why, figures=figures, evidence=tuple(evidence[:MOST_EVIDENCE]))


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count} times"


def _by_neuron(facts: Facts) -> dict[str, list[Was]]:
    names = {member.name for member in facts.members}
    found: dict[str, list[Was]] = {}
    for was in facts.states:
        if was.neuron in names:
            found.setdefault(was.neuron, []).append(was)
    return found


def _deaths(of: Sequence[Was]) -> list[Was]:
    """Each restart that the supervisor made, and the end of a neuron that was not started again."""
    found: list[Was] = []
    for before, now in pairwise(of):
        found += [now] * max(0, now.restarts - before.restarts)
    return [*found, of[-1]] if of[-1].state in DEAD else found


def _uptime(facts: Facts, given: Mapping[str, Value]) -> Measured:
    del given
    figures: Figures = {}
    for member in facts.members:
        own = [was for was in facts.states if was.neuron == member.name]
        figures[member.name] = _running(own, facts.window.until, facts.window.since)
    known = {name: share for name, share in figures.items() if isinstance(share, float)}
    if not known:
        return unknown("nobody has sampled what became of the processes", **figures)
    least = min(known, key=lambda name: known[name])
    lost = [was for was in facts.states if was.neuron == least and was.state in DEAD]
    evidence = tuple(Evidence(f"{least} was {was.state}", least, was.time) for was in lost[:MOST_EVIDENCE])
    why = f"least of {least}" if known[least] < 1 else None
    return Measured(known[least], why=why, figures=figures, evidence=evidence)


def _running(own: Sequence[Was], until: float, since: float) -> float | None:
    """From when it was first seen; what it takes to start counts as running, and what was stopped does not count."""
    if not own:
        return None
    ends = [*(was.time for was in own[1:]), until]
    spans = [(was.state, max(0.0, end - max(was.time, since))) for was, end in zip(own, ends, strict=True)]
    whole = sum(seconds for state, seconds in spans if state != "stopped")
    return sum(seconds for state, seconds in spans if state in ("running", "starting")) / whole if whole else None


def _network_errors(facts: Facts, given: Mapping[str, Value]) -> Measured:
    least = float(given["times"])
    failed = sorted((event for key in FAILED for event in facts.heard(*key)), key=lambda event: event.time)
    well = sum(len(facts.heard(*key)) for key in WENT_WELL)
    counts = Counter(event.neuron for event in failed)
    figures: Figures = {"failed": len(failed), "in order": well, **counts}
    if well + len(failed) < least:
        return unknown(f"{well + len(failed)} looks at the chain so far, {least:.0f} are needed", **figures)
    why = f"most of {counts.most_common(1)[0][0]}" if counts else None
    evidence = tuple(Evidence.of(event) for event in failed[-MOST_EVIDENCE:])
    return Measured(len(failed) / (well + len(failed)), why=why, figures=figures, evidence=evidence)


def _processor_use(facts: Facts, given: Mapping[str, Value]) -> Measured:
    del given
    figures: Figures = {member.name: _cores(_uses(facts, member.name)) for member in facts.members}
    known = [value for value in figures.values() if isinstance(value, float)]
    if not known:
        return unknown("no process was sampled twice", **figures)
    return Measured(sum(known), figures=figures, evidence=_heaviest(facts, figures, "processor"))


def _cores(own: Sequence[Use]) -> float | None:
    """Over all processes that it was, each from its first sample to its last."""
    by_pid: dict[int, list[Use]] = {}
    for use in own:
        by_pid.setdefault(use.pid, []).append(use)
    seconds = sum(each[-1].time - each[0].time for each in by_pid.values())
    return sum(each[-1].cpu_s - each[0].cpu_s for each in by_pid.values()) / seconds if seconds > 0 else None


def _memory_use(facts: Facts, given: Mapping[str, Value]) -> Measured:
    del given
    peaks = {name: max((use.memory_bytes for use in _uses(facts, name)), default=None) for name in _names(facts)}
    figures: Figures = {name: None if peak is None else float(peak) for name, peak in peaks.items()}
    known = [peak for peak in peaks.values() if peak is not None]
    if not known:
        return unknown("no process was sampled", **figures)
    return Measured(sum(known), figures=figures, evidence=_heaviest(facts, figures, "memory"))


def _connections(facts: Facts, given: Mapping[str, Value]) -> Measured:
    del given
    figures: Figures = {
        name: max((use.connections for use in _uses(facts, name) if use.connections is not None), default=None)
        for name in _names(facts)
    }
    known = [value for value in figures.values() if isinstance(value, int | float)]
    if not known:
        return unknown("no process was sampled", **figures)
    return Measured(max(known), figures=figures, evidence=_heaviest(facts, figures, "connections"))


def _names(facts: Facts) -> list[str]:
    return [member.name for member in facts.members]


def _uses(facts: Facts, name: str) -> list[Use]:
    return [use for use in facts.uses if use.neuron == name]


def _heaviest(facts: Facts, figures: Figures, what: str) -> tuple[Evidence, ...]:
    known = {name: value for name, value in figures.items() if isinstance(value, int | float)}
    name = max(known, key=lambda name: known[name])
    return (Evidence(f"most {what}: {name}", name, _uses(facts, name)[-1].time),)


def _observed(facts: Facts, given: Mapping[str, Value]) -> Measured:
    longest = float(given["longest"])
    times = [facts.window.since, *(look.time for look in facts.looks), facts.window.until]
    if not facts.looks:
        return unknown("the chain was never looked at")
    gaps = [later - earlier for earlier, later in pairwise(times)]
    unseen = sum(gap - longest for gap in gaps if gap > longest)
    figures: Figures = {"looks": len(facts.looks), "longest gap": max(gaps)}
    whole = facts.window.length_s
    return Measured(1 - unseen / whole if whole else 1.0, figures=figures)


METRICS = (
    Metric(
        name="crashes",
        theme="network health",
        unit="count",
        means="How often a neuron died by itself: each start that the supervisor made again, each neuron that is"
        " exited, killed or in backoff at the end (samples of its state), and each thread that ended by an exception"
        f" (`thread_died`, without those of target {ONE_EVALUATION}, which are one evaluation each).",
        needs="One sample of the fleet.",
        naive="Whether the processes are there: of RESI's neurons every part is a thread, and the process outlives it.",
        function=_crashes,
        signals=THREADS,
    ),
    Metric(
        name="uptime",
        theme="network health",
        unit="share",
        means="For which part of the time the neuron that was least of it was running or starting, by samples of its"
        " state, from when it was first seen; what was stopped on purpose does not count.",
        needs="One sample of the fleet.",
        naive="Whether it runs at the moment.",
        function=_uptime,
    ),
    Metric(
        name="network_errors",
        theme="network health",
        unit="share",
        means="Which part of the neurons' looks at the chain failed: `metagraph_failed` and `loop_failed` over these"
        " and the looks that went well (`step` of validators, `resynced` of miners).",
        needs="`times` looks.",
        naive="Lines of level ERROR: one outage logs hundreds of them, and a refused connection in a thread none.",
        function=_network_errors,
        signals=(*FAILED, *WENT_WELL),
        parameters=(Parameter("times", "count", 5.0, "How many looks there have to be."),),
    ),
    Metric(
        name="processor_use",
        theme="resources",
        unit="cores",
        means="How many processor cores the neurons used, all together, on average: processor time that each process"
        " with its children used from its first sample to its last, over that time.",
        needs="Two samples of one process.",
        naive="A look at `top`, which shows a moment.",
        function=_processor_use,
    ),
    Metric(
        name="memory_use",
        theme="resources",
        unit="bytes",
        means="How much memory the neurons used: the most that was sampled of each (resident), added up.",
        needs="A sample of one process.",
        naive="Memory at the end, after a restart.",
        function=_memory_use,
    ),
    Metric(
        name="connections",
        theme="resources",
        unit="count",
        means="How many sockets the neuron that had most of them had open at once. It stands for bandwidth: bytes over"
        " the network cannot be told of one process without privileges.",
        needs="A sample of one process.",
        naive="The traffic of the machine, in which all else is as well.",
        function=_connections,
    ),
    Metric(
        name="observed",
        theme="resources",
        unit="share",
        means="For which part of the window somebody watched: what is beyond `longest` of wall time between two looks"
        " at the chain counts as unseen.",
        needs="One look at the chain.",
        naive="That a dashboard is open.",
        function=_observed,
        parameters=(Parameter("longest", "seconds", 60.0, "The longest of wall time that may lie between two looks."),),
    ),
)
