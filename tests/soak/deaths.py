"""Whether every death that the storm dealt can be explained by what netctl left behind."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator

from tests.soak.ground import Ground, Struck
from tests.soak.storm import SERVER, SUPERVISOR

LATE_S = 20.0
"""So much later the supervisor may tell of a death: it may have been dead or hung itself."""


def unexplained(ground: Ground) -> Iterator[str]:
    """The deaths of neurons that nothing explains.

    To be asked of `netctl why` once that is there; until then: the supervisor's log tells of it, or one who ended the
    neuron in passing (a command of ours, the loss of tmux or of the supervisor) came between.
    """
    told = list(_told(ground))
    taken = [hit.when for hit in ground.struck if hit.blow.whom in (SERVER, SUPERVISOR)]
    taken += [when for when, _ in ground.begun]
    for hit in ground.struck:
        if hit.blow.what not in ("kill", "exit") or hit.blow.whom not in ground.names:
            continue
        since, until = hit.when - 2.0, hit.when + LATE_S
        if any(name == hit.blow.whom and since <= when <= until for when, name in told):
            continue
        if not any(since - LATE_S <= when <= until for when in taken):
            yield _line(ground, hit)


def _told(ground: Ground) -> Iterator[tuple[float, str]]:
    """When the supervisor told of whose death."""
    pattern = re.compile(r"^(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d) \| INFO \| (\S+) (?:killed by|exited with) ", re.MULTILINE)
    for stamp, name in pattern.findall(ground.log(SUPERVISOR)):
        yield time.mktime(time.strptime(stamp, "%Y-%m-%d %H:%M:%S")), name


def _line(ground: Ground, hit: Struck) -> str:
    return f"{hit.blow.whom}: {hit.blow.what} {hit.blow.word} at {hit.when - ground.began:.2f} s, pid {hit.pid}"
