"""Neurons that ended, were started anew, told of exceptions, or lost the chain."""

from __future__ import annotations

from collections.abc import Iterator

from netctl.report.facts import Facts, Recorded
from netctl.report.problems.problem import Problem, pointed, times

LEAST_RUNNING = 0.98


def of_lives(facts: Facts, recorded: Recorded) -> Iterator[Problem]:
    """One for each neuron and kind, restarts first."""
    members = {member.name for member in facts.kept.run.neurons}
    for life in recorded.lived:
        if life.neuron not in members:
            continue
        if life.restarts:
            told = f"It was started anew {times(life.restarts, 'time')}."
            yield Problem("restarts", life.neuron, told, next=f"netctl why {life.neuron}")
        if life.running_share is not None and life.running_share < LEAST_RUNNING:
            told = f"It ran for {100 * life.running_share:.0f} % of the time that it was watched."
            yield Problem("down", life.neuron, told, next=f"netctl why {life.neuron}")
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
