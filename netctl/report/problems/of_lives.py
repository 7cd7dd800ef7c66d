"""Neurons that ended, were started anew, told of exceptions, or lost the chain."""

from __future__ import annotations

from collections.abc import Iterator

from netctl.durations import short
from netctl.report.facts import Facts, Recorded
from netctl.report.problems.problem import Problem, pointed, times
from netctl.report.told import Evidence
from netctl.store.lives import Was

UP = ("running", "starting", "unknown")
"""States in which a neuron is not down, as far as is known."""


def of_lives(facts: Facts, recorded: Recorded) -> Iterator[Problem]:
    """One for each neuron that was down or started anew, then what its log and the chain told."""
    restarts = {life.neuron: life.restarts for life in recorded.lived}
    for neuron in (member.name for member in facts.kept.run.neurons):
        spells, anew = _down(recorded, neuron), restarts.get(neuron, 0)
        again = f"was started anew {'once' if anew == 1 else times(anew, 'time')}" if anew else ""
        if spells:
            told = " and ".join(filter(None, (_told_down(facts, spells), again)))
            proof = (_shown(recorded, spells[0][0]),)
            yield Problem("down", neuron, f"It {told}.", proof, next=f"netctl why {neuron}")
        elif anew:
            yield Problem("restarts", neuron, f"It {again}.", next=f"netctl why {neuron}")
    yield from _told(facts, recorded)


def _told_down(facts: Facts, spells: list[tuple[Was, float]]) -> str:
    seconds = sum(end - was.time for was, end in spells)
    more = f", {len(spells)} times in all," if len(spells) > 1 else ""
    return f"was {spells[0][0].state} for {short(seconds * facts.scale)} of the subnet's time{more}"


def _shown(recorded: Recorded, was: Was) -> Evidence:
    why = f": {was.problem}" if was.problem else ""
    return Evidence(f"{was.state}{why}", was.neuron, was.time, recorded.time.block_at(was.time))


def _down(recorded: Recorded, neuron: str) -> list[tuple[Was, float]]:
    """When it was down, and until when; what it was before the run began, and what ended it, are no fault of its."""
    rows = [was for was in recorded.states if was.neuron == neuron and was.time >= recorded.window.since]
    ends = (*(was.time for was in rows[1:]), recorded.window.until)
    spells = [(was, end) for was, end in zip(rows, ends, strict=False) if was.state not in UP]
    # Before it first ran it was not down, and at the end of a run somebody takes it down.
    begun = next((was.time for was in rows if was.state in UP), recorded.window.until)
    return [(was, end) for was, end in spells if was.time >= begun and end < recorded.window.until]


def _told(facts: Facts, recorded: Recorded) -> Iterator[Problem]:
    for role in ("miner", "validator"):
        for name, what in (("thread_died", "thread that died"), ("traceback", "exception in its log")):
            signal = role, name
            for telling in recorded.tellings.get(signal, ()):
                several = what.replace("thread", "threads").replace("exception", "exceptions")
                yield Problem(
                    "exceptions",
                    telling.neuron,
                    f"{times(telling.count, what, several)}.",
                    pointed(facts, recorded, signal, [telling]),
                    next=f"netctl logs {telling.neuron}",
                )
        signal = role, "metagraph_failed"
        for telling in recorded.tellings.get(signal, ()):
            told = f"The chain did not answer it {times(telling.count, 'time')} when it read the metagraph."
            yield Problem("chain errors", telling.neuron, told, pointed(facts, recorded, signal, [telling]))
