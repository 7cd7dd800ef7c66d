"""What happens in one run of the fault campaign, by its seed: a fault of the chain or the wire, a death, or both."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

Options = dict[str, Any]
SUBMIT = "author_submit*"
SUBMISSIONS = 5
"""Of an undisturbed run: a batch of transfers, three registrations, a stake."""

ANY = ("*", SUBMIT, "state_*", "chain_*", "author_*")
BOUNDARIES = [
    f"{kind}#{ordinal}:{side}"
    for kind, count in (("journal", 10), ("submit", 5), ("wire", 5), ("keyfile", 12), ("link", 12))
    for ordinal in range(1, count + 1)
    for side in ("before", "after")
]


@dataclass(frozen=True)
class Mishap:
    """The fault `kind` with its options begins before submission `at`; the process dies at `fatal`, or `after_s`."""

    what: str
    at: int
    fault: tuple[str, Options] | None = None
    fatal: str | None = None
    after_s: float | None = None


def mishap(seed: int) -> Mishap:
    """The same for the same seed; every kind comes at every submission within KINDS times SUBMISSIONS seeds."""
    chance = random.Random(f"mishap {seed}")
    what, at = list(KINDS)[seed % len(KINDS)], seed // len(KINDS) % SUBMISSIONS
    if what == "killed at a line":
        return Mishap(what, at, fatal=chance.choice(BOUNDARIES))
    if what == "killed at a moment":
        return Mishap(what, at, after_s=chance.uniform(0.05, 1.6))
    fault = KINDS[what](chance)
    after_s = chance.uniform(0.3, 2.5) if chance.random() < 0.2 else None
    return Mishap(what, at, fault, after_s=after_s)


def _message(kind: str, methods: tuple[str, ...] = (SUBMIT,), most: int = 1, **more: Any) -> Any:
    def made(chance: random.Random) -> tuple[str, Options]:
        return kind, {"method": chance.choice(methods), "count": chance.randint(1, most), **more}

    return made


def _delay(chance: random.Random) -> tuple[str, Options]:
    return "delay", {"method": chance.choice(ANY), "ms": chance.randint(20, 1800), "count": chance.randint(1, 20)}


def _jump(kind: str) -> Any:
    def made(chance: random.Random) -> tuple[str, Options]:
        return kind, {"netuid": 1, "factor": chance.choice((1.05, 1.5, 5, 50, 1000)), "for_s": chance.uniform(0.3, 3)}

    return made


def _blocks(kind: str, most: int) -> Any:
    def made(chance: random.Random) -> tuple[str, Options]:
        return kind, {"count": chance.randint(1, most)}

    return made


def _never(_chance: random.Random) -> Any:
    return None


KINDS: dict[str, Callable[[random.Random], Any]] = {
    "connection lost": _message("disconnect"),
    "connection lost again and again": _message("disconnect", ANY, most=6),
    "delay": _delay,
    "refused by the pool, 1010": _blocks("pool-1010", 4),
    "refused by the pool, 1014": _blocks("pool-1014", 4),
    "refused by a gateway": _message("refuse", (SUBMIT, "state_*"), most=3, code=-32005),
    "refused for no reason": _message("refuse", ANY, most=3),
    "too many requests": lambda chance: ("rate-limit", {"rate": chance.randint(5, 40), "for_s": 1.0}),
    "price jump": _jump("price-jump"),
    "alpha jump": _jump("alpha-jump"),
    "registration closed": lambda chance: ("registration-closed", {"netuid": 1, "for_s": chance.uniform(0.2, 2)}),
    "answer lost": _message("lose-answer", ANY, most=3),
    "never heard": _message("drop", ANY, most=3),
    "heard, then silence": _message("unheard"),
    "half-dead connection": _message("hang"),
    "answered twice": _message("duplicate", ANY, most=9),
    "taken and not included": _blocks("withhold", 90),
    "no finality": lambda chance: ("finality-lag", {"blocks": chance.randint(1, 80), "for_s": chance.uniform(0.2, 3)}),
    "killed at a line": _never,
    "killed at a moment": _never,
}
