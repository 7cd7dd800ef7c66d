"""Whether every death of a storm is explained by `netctl why`, once: no run may end without leaving its capsule."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

from netctl.capsules.shelf import NEWEST
from tests.soak import census
from tests.soak.ground import TARGET, Ground

_LINE = re.compile(r"^pid (\d+) serves ", re.MULTILINE)


def unexplained(ground: Ground) -> Iterator[str]:
    """What `why` leaves open: runs whose end it does not know or tells twice, ends without a sentence or a true cause.

    Of each neuron the newest ends are looked at, as many as are kept. Runs are known by what they wrote.
    """
    living = census.program_pids(ground.state)
    for name in ground.names:
        answer = ground.call("why", name, *TARGET, "--list", "--json")
        if answer.code:
            yield f"netctl why {name} ended with {answer.code}: {answer.err}"
            continue
        runs = [int(pid) for pid in _LINE.findall(ground.log(name))]
        dead = [pid for pid in runs if pid not in living.get(name, ())]
        yield from (f"{name}: {fault}" for fault in _faults(ground, dead, answer.document))


def _faults(ground: Ground, dead: Sequence[int], ends: Sequence[dict[str, Any]]) -> Iterator[str]:
    told: dict[int, list[dict[str, Any]]] = {}
    for end in ends:
        if not end["says"]:
            yield f"no sentence for {end}"
        for pid in {int(line.split()[1]) for line in end["stdout"]["lines"] if line.startswith("pid ")}:
            told.setdefault(pid, []).append(end)
    if len(ends) >= NEWEST:  # what came before the oldest that is kept is forgotten, and may be
        dead = dead[next((number for number, pid in enumerate(dead) if pid in told), len(dead)) :]
    for pid in dead:
        found = told.get(pid, [])
        blows = [hit.blow.what for hit in ground.struck if hit.program == pid and hit.blow.what in ("kill", "exit")]
        if len(found) != 1:
            yield f"the end of pid {pid} (struck: {blows}) is told {len(found)} times: {found}"
        elif (
            blows
            and not found[0]["unseen"]
            and not found[0]["ended_by"]
            and not found[0]["probe"]
            and found[0]["how"] not in _ends_of(blows)
        ):
            yield f"pid {pid} was struck by {blows}, and {found[0]['says']}"


def _ends_of(blows: Sequence[str]) -> set[str]:
    return {{"kill": "signal SIGKILL", "exit": "exit 3"}[blow] for blow in blows}
