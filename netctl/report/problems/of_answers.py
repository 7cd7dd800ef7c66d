"""Miners that answer validators slowly, or not at all."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from statistics import median

from netctl.durations import short
from netctl.report.facts import Facts, Recorded
from netctl.report.problems.problem import Problem, count, of_each, pointed, times
from netctl.store.histories import Heard
from netctl.store.tellings import Spot

SILENT, WITHOUT = ("validator", "no_response"), ("validator", "no_index")
FEWEST = 3
TIMES_SLOWER, SLOW_S = 4.0, 5.0
"""So many times as slow as the other miners, and so many seconds of the subnet's time, is slow."""
SILENT_SHARE = 0.2


def of_answers(facts: Facts, recorded: Recorded) -> Iterator[Problem]:
    """Slow ones, then silent ones."""
    waits = waits_of(recorded)
    usual = {miner: median(wait for wait, _ in each) for miner, each in waits.items() if len(each) >= FEWEST}
    for miner in facts.miners:
        others = [value for name, value in usual.items() if name != miner]
        if miner not in usual or not others:
            continue
        if usual[miner] < TIMES_SLOWER * median(others) or usual[miner] * facts.scale < SLOW_S:
            continue
        wait, line = max(waits[miner], key=lambda each: each[0])
        spot = Spot(line.neuron, line.time, line.path, line.offset)
        yield Problem(
            "slow",
            miner,
            f"It takes {short(usual[miner] * facts.scale)} to show a validator its index (median, in the subnet's"
            f" time), where the others take {short(median(others) * facts.scale)}.",
            (facts.pointed(f"index_received after {short(wait * facts.scale)}", spot),),
        )
    silent, without = of_each(facts, recorded, SILENT), of_each(facts, recorded, WITHOUT)
    for miner in facts.miners:
        lost, answered = count(silent.get(miner, [])) or count(without.get(miner, [])), len(waits.get(miner, ()))
        if lost < FEWEST or lost < SILENT_SHARE * (lost + answered):
            continue
        signal = SILENT if miner in silent else WITHOUT
        yield Problem(
            "silent",
            miner,
            f"{lost} of {times(lost + answered, 'request')} for its index got no answer. Validators go on to score it"
            " by what they knew of it.",
            pointed(facts, recorded, signal, (silent if signal == SILENT else without)[miner]),
            next=f"netctl why {miner}",
        )


def waits_of(recorded: Recorded) -> Mapping[str, list[tuple[float, Heard]]]:
    """By miner: seconds from the beginning of an evaluation to its index, and the line that brought it."""
    began: dict[tuple[str, str], float] = {}
    found: dict[str, list[tuple[float, Heard]]] = {}
    for event in recorded.asked:
        miner = recorded.roll.of(event)
        if miner is None:
            continue
        if event.signal == "evaluation_started":
            began[event.neuron, miner] = event.time
        elif (event.neuron, miner) in began:
            found.setdefault(miner, []).append((event.time - began.pop((event.neuron, miner)), event))
    return found
