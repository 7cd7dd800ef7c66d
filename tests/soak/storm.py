"""A storm as a list: what befalls a fleet, when and whom. The same seed makes the same list."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

MEAN_GAP_S = 0.45
CHAIN = "chain"
SUPERVISOR = "supervisor"
SERVER = "server"


@dataclass(frozen=True, order=True)
class Blow:
    """At `at_s` from the start, `what` is done to `whom`; `word` says how.

    kill: SIGKILL to a session's `program`, `guardian` or whole `group`; to the server of tmux. exit: the program fails
    by itself. hang and thaw: SIGSTOP and SIGCONT. run: the netctl command `word`; cut: one that is killed after `whom`
    seconds.
    """

    at_s: float
    what: str
    whom: str
    word: str = ""


def storm(seed: int, seconds: float, neurons: Sequence[str]) -> list[Blow]:
    """What happens in so many seconds, in order of time."""
    dice = random.Random(seed)
    makers, weights = zip(*_MAKERS, strict=True)
    found: list[Blow] = []
    at = 0.0
    while (at := at + dice.expovariate(1 / MEAN_GAP_S)) < seconds:
        found += dice.choices(makers, weights)[0](dice, at, neurons)
    return sorted(blow for blow in found if blow.at_s < seconds)


_Maker = Callable[[random.Random, float, Sequence[str]], Iterator[Blow]]


def _kill(dice: random.Random, at: float, neurons: Sequence[str]) -> Iterator[Blow]:
    yield Blow(at, "kill", dice.choice(neurons), dice.choice(("program", "program", "guardian", "group")))


def _kill_many(dice: random.Random, at: float, neurons: Sequence[str]) -> Iterator[Blow]:
    for name in dice.sample(neurons, 8):
        yield Blow(at, "kill", name, dice.choice(("program", "guardian", "group")))


def _fail(dice: random.Random, at: float, neurons: Sequence[str]) -> Iterator[Blow]:
    yield Blow(at, "exit", dice.choice(neurons))


def _hang(dice: random.Random, at: float, neurons: Sequence[str]) -> Iterator[Blow]:
    name = dice.choice(neurons)
    if dice.random() < 0.4:
        yield Blow(at, "hang", name)  # for good: a probe has to find it
    else:
        yield from _hung(dice, at, name, most_s=6.0, kills=True)


def _hung(dice: random.Random, at: float, name: str, *, most_s: float, kills: bool) -> Iterator[Blow]:
    yield Blow(at, "hang", name)
    end = at + dice.uniform(0.3, most_s)
    yield Blow(end, "kill", name, "program") if kills and dice.random() < 0.5 else Blow(end, "thaw", name)


def _lose_chain(dice: random.Random, at: float, neurons: Sequence[str]) -> Iterator[Blow]:
    yield Blow(at, "kill", CHAIN, dice.choice(("program", "guardian", "group")))


def _lose_supervisor(dice: random.Random, at: float, neurons: Sequence[str]) -> Iterator[Blow]:
    yield Blow(at, "kill", SUPERVISOR, dice.choice(("program", "guardian", "group")))
    yield Blow(at + dice.uniform(0.0, 6.0), "run", "", "up")


def _hang_supervisor(dice: random.Random, at: float, neurons: Sequence[str]) -> Iterator[Blow]:
    yield from _hung(dice, at, SUPERVISOR, most_s=5.0, kills=False)


def _lose_server(dice: random.Random, at: float, neurons: Sequence[str]) -> Iterator[Blow]:
    yield Blow(at, "kill", SERVER)
    yield Blow(at + dice.uniform(0.0, 4.0), "run", "", "up")


def _hang_server(dice: random.Random, at: float, neurons: Sequence[str]) -> Iterator[Blow]:
    yield from _hung(dice, at, SERVER, most_s=3.0, kills=False)


def _down_and_up(dice: random.Random, at: float, neurons: Sequence[str]) -> Iterator[Blow]:
    name = dice.choice(neurons)
    yield Blow(at, "run", name, "down")
    yield Blow(at + dice.uniform(2.0, 8.0), "run", name, "up")


def _restart(dice: random.Random, at: float, neurons: Sequence[str]) -> Iterator[Blow]:
    yield Blow(at, "run", dice.choice(neurons), "restart")


def _cut_command(dice: random.Random, at: float, neurons: Sequence[str]) -> Iterator[Blow]:
    yield Blow(at, "cut", f"{dice.uniform(0.2, 3.0):.2f}", "up")


_MAKERS: tuple[tuple[_Maker, int], ...] = (
    (_kill, 44),
    (_kill_many, 4),
    (_fail, 8),
    (_hang, 12),
    (_lose_chain, 3),
    (_lose_supervisor, 5),
    (_hang_supervisor, 2),
    (_lose_server, 3),
    (_hang_server, 2),
    (_down_and_up, 4),
    (_restart, 3),
    (_cut_command, 2),
)
