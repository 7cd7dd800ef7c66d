"""One fault: what it strikes, how often, and until when."""

from __future__ import annotations

from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from random import Random
from typing import Any

from bittensor_core import ss58_decode

from netctl.devchain.faults.kinds import DEFAULTS, KINDS, Layer

MOST_SECONDS = 7 * 24 * 3600.0


class BadFault(ValueError):
    """No such kind of fault, or options that are none of its."""


@dataclass
class Fault:
    """A fault that holds. `until` is in the clock's seconds, `left` how many times it still strikes."""

    id: int
    kind: str
    method: str
    probability: float = 1.0
    seed: int = 0
    left: int | None = None
    until: float | None = None
    options: dict[str, Any] = field(default_factory=dict)
    struck: int = 0

    def __post_init__(self) -> None:
        self._chance = Random(self.seed)

    @property
    def layer(self) -> Layer:
        """Where it bites."""
        return KINDS[self.kind].layer

    def is_over(self, now: float) -> bool:
        """Whether its time or its count has run out."""
        return self.left == 0 or (self.until is not None and now >= self.until)

    def matches(self, name: str) -> bool:
        """Whether it means the RPC method by this name."""
        return fnmatchcase(name, self.method)

    def strikes(self, now: float) -> bool:
        """Whether it strikes this time; counts if so. The same seed strikes in the same order."""
        if self.is_over(now) or (self.probability < 1 and self._chance.random() >= self.probability):
            return False
        self.struck += 1
        if self.left is not None:
            self.left -= 1
        return True

    def told(self, now: float) -> dict[str, Any]:
        """The fault as JSON: id, kind, what is left of it, and its options."""
        kind = KINDS[self.kind]
        told: dict[str, Any] = {
            "id": self.id,
            "kind": self.kind,
            "what": kind.summary,
            "in_chain_state": kind.layer == "state",
            "struck": self.struck,
            "left": self.left,
            "left_s": None if self.until is None else round(max(0.0, self.until - now), 3),
            **self.options,
        }
        if kind.layer == "message":
            told["method"] = self.method
        if self.probability < 1:
            told |= {"probability": self.probability, "seed": self.seed}
        return told


def make_fault(number: int, kind: str, options: dict[str, Any], now: float) -> Fault:
    """A fault from what was asked for; BadFault says everything that is wrong with it.

    Options of every kind: `method` (a pattern, messages only), `probability`, `seed`, `count`, `for_s`.
    """
    rule = KINDS.get(kind)
    if rule is None:
        raise BadFault(f"no fault {kind!r}; there are {', '.join(KINDS)}")
    given = {name: value for name, value in options.items() if value is not None}
    wrong = [f"{name} is missing" for name in rule.needs if name not in given]
    common = {"probability", "seed", "count", "for_s"} if rule.layer not in ("state", "finality") else {"for_s"}
    known = {*common, *rule.takes, *(("method",) if rule.layer == "message" else ())}
    wrong += [f"{name} is none of its options" for name in given if name not in known]
    wrong += [f"{name} is {given[name]!r:.40}: {why}" for name, why in _wrong_values(given)]
    if wrong:
        raise BadFault(f"{kind}: {'; '.join(wrong)}")
    chosen = {name: given.get(name, DEFAULTS.get(name)) for name in rule.takes}
    return Fault(
        id=number,
        kind=kind,
        method=str(given.get("method", rule.method)),
        probability=float(given.get("probability", 1.0)),
        seed=given.get("seed", 0),
        left=given.get("count"),
        until=now + given["for_s"] if "for_s" in given else None,
        options={name: value for name, value in chosen.items() if value is not None},
    )


def _wrong_values(given: dict[str, Any]) -> list[tuple[str, str]]:
    bounds: dict[str, tuple[type | tuple[type, ...], float, float, str]] = {
        "probability": ((int, float), 0, 1, "a number from 0 to 1 wanted"),
        "for_s": ((int, float), 0.001, MOST_SECONDS, "seconds, up to a week, wanted"),
        "count": (int, 1, 10**9, "a whole number from 1 wanted"),
        "seed": (int, 0, 2**63, "a whole number wanted"),
        "ms": ((int, float), 0, 600_000, "milliseconds, up to ten minutes, wanted"),
        "rate": ((int, float), 0.01, 1_000_000, "requests a second wanted"),
        "blocks": (int, 0, 100_000, "a number of blocks wanted"),
        "netuid": (int, 0, 65_535, "a netuid wanted"),
        "factor": ((int, float), 0.000_001, 1_000_000, "a factor above 0 wanted"),
        "code": (int, -(2**31), 2**31, "an error code wanted"),
        "text": (str, 0, 0, "text wanted"),
        "method": (str, 0, 0, "a method's name or a pattern wanted"),
        "signer": (str, 0, 0, "an ss58 address wanted"),
    }
    found = []
    for name, value in given.items():
        if name not in bounds:
            continue
        kinds, low, high, why = bounds[name]
        is_right = isinstance(value, kinds) and not isinstance(value, bool)
        if is_right:
            is_right = (name != "signer" or _is_address(value)) if isinstance(value, str) else low <= value <= high
        if not is_right:
            found.append((name, why))
    return found


def _is_address(text: str) -> bool:
    try:
        ss58_decode(text)
    except ValueError:
        return False
    return True
