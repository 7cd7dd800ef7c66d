"""One fault: what it strikes, how often, and until when."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from fnmatch import fnmatchcase
from random import Random
from typing import Any

from bittensor_core import ss58_decode

from netctl.devchain.faults.kinds import KINDS, Layer

MOST_SECONDS = 7 * 24 * 3600.0


class BadFault(ValueError):
    """No such kind of fault, or options that are none of its.

    `wrong` has a reason for each option by its name, said of its value where `values` has one; `hint`, if it is
    not empty, is what to do instead.
    """

    def __init__(
        self,
        what: str,
        *,
        wrong: Mapping[str, str] | None = None,
        values: Mapping[str, Any] | None = None,
        hint: str = "",
    ) -> None:
        self.wrong = dict(wrong or {})
        self.hint = hint
        given = values or {}
        said = {name: f"is {given[name]!r:.60}: {why}" if name in given else why for name, why in self.wrong.items()}
        told = "; ".join(f"{name} {why}" for name, why in said.items())
        super().__init__(f"{what}: {told}" if told else what)


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
            "what": self._what(kind.summary),
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

    def _what(self, summary: str) -> str:
        """The kind's sentence with this fault's own values."""
        for name, value in self.options.items():
            summary = summary.replace(f"`{name}`", _text_of(name, value))
        return summary


def _text_of(name: str, value: Any) -> str:
    if name == "ms":
        return f"{value / 1000:g} s" if value >= 1000 else f"{value:g} ms"
    if name == "blocks":
        return f"{value} block{'' if value == 1 else 's'}"
    return repr(value) if isinstance(value, str) else f"{value:g}" if isinstance(value, float) else str(value)


def make_fault(number: int, kind: str, options: dict[str, Any], now: float) -> Fault:
    """A fault from what was asked for; BadFault says everything that is wrong with it.

    Options of every kind: `method` (a pattern, messages only), `probability`, `seed`, `count`, `for_s`.
    """
    rule = KINDS.get(kind)
    if rule is None:
        near = get_close_matches(kind, KINDS, n=1)
        known = f" (did you mean {near[0]}?)" if near else f"; there are {', '.join(KINDS)}"
        raise BadFault(f"no fault {kind!r:.40}{known}")
    given = {name: value for name, value in options.items() if value is not None}
    values = {name: value for name, value in given.items() if name in rule.options}
    wrong = {name: "is missing" for name in rule.needs if name not in given}
    wrong |= {name: "is none of its options" for name in given if name not in rule.options}
    wrong |= _wrong_values(values)
    if wrong:
        raise BadFault(kind, wrong=wrong, values=values)
    chosen = {name: given.get(name, rule.given.get(name)) for name in rule.takes}
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


def _wrong_values(given: dict[str, Any]) -> dict[str, str]:
    bounds: dict[str, tuple[type | tuple[type, ...], float, float, str]] = {
        "probability": ((int, float), 0, 1, "a number from 0 to 1 wanted"),
        "for_s": ((int, float), 0.001, MOST_SECONDS, "more than nothing and at most a week wanted"),
        "count": (int, 1, 10**9, "a whole number from 1 wanted"),
        "seed": (int, 0, 2**63, "a whole number wanted"),
        "ms": ((int, float), 0, 600_000, "at most ten minutes wanted"),
        "rate": ((int, float), 0.01, 1_000_000, "from 0.01 to 1000000 requests a second wanted"),
        "blocks": (int, 0, 100_000, "a number of blocks wanted"),
        "netuid": (int, 0, 65_535, "a netuid wanted"),
        "factor": ((int, float), 0.000_001, 1_000_000, "a factor from 0.000001 to 1000000 wanted"),
        "code": (int, -(2**31), 2**31, "an error code wanted"),
        "text": (str, 0, 0, "text wanted"),
        "method": (str, 0, 0, "a method's name or a pattern wanted"),
        "signer": (str, 0, 0, "an ss58 address wanted"),
    }
    found = {}
    for name, value in given.items():
        kinds, low, high, why = bounds[name]
        is_right = isinstance(value, kinds) and not isinstance(value, bool)
        if is_right:
            is_right = (name != "signer" or _is_address(value)) if isinstance(value, str) else low <= value <= high
        if not is_right:
            found[name] = why
    return found


def _is_address(text: str) -> bool:
    try:
        ss58_decode(text)
    except ValueError:
        return False
    return True
