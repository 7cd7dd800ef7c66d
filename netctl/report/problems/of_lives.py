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
    """One for each neuron and kind: restarts, then times without it, then what its log and the chain told."""
    members = {member.name for member in facts.kept.run.neurons}
    for life in recorded.lived:
        if life.restarts and life.neuron in members:
            told = f"It was started anew {times(life.restarts, 'time')}."
            yield Problem("restarts", life.neuron, told, next=f"netctl why {life.neuron}")
    for neuron in (member.name for member in facts.kept.run.neurons):
        spells = _down(recorded, neuron)
        if spells:
            seconds, first = sum(end - was.time for was, end in spells), spells[0][0]
            more = f", {len(spells)} times in all" if len(spells) > 1 else ""
            told = f"It was {first.state} for {short(seconds * facts.scale)} of the subnet's time{more}."
            block = recorded.time.block_at(first.time)
            proof = (
                Evidence(f"{first.state}{f': {first.problem}' if first.problem else ''}", neuron, first.time, block),
            )
            yield Problem("down", neuron, told, proof, next=f"netctl why {neuron}")
    yield from _told(facts, recorded)


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
