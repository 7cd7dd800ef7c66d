"""What a metric is: a name, what it means in words, and a pure function of facts."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

from netctl.judge.facts import Facts, Signal
from netctl.judge.measured import Measured, unknowable
from netctl.judge.units import Unit

Theme = Literal["network health", "geography", "api validation", "dynamics", "weights", "resources"]
ParameterKind = Literal["count", "share", "periods", "seconds", "ratio", "correlation", "word", "name"]
Value = float | str


@dataclass(frozen=True, slots=True)
class Parameter:
    """One figure that a criterion may change. A word is one of `words`, a name any.

    Seconds are of the subnet's own time where `means` does not say otherwise.
    """

    name: str
    kind: ParameterKind
    default: Value
    means: str
    words: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Metric:
    """`means` is the definition that a reader can check, `needs` when it is decided, `naive` what a count gets wrong.

    `signals` are (role, name) that it reads; without one that is `needed` of a pack it says so. With `out_of` its count
    is out of a known number of these things. `by_place`: it looks zipcodes up in the subnet's list. `by_reveal`: it
    goes by when the chain shows weights.
    """

    name: str
    theme: Theme
    unit: Unit
    means: str
    needs: str
    naive: str
    function: Callable[[Facts, Mapping[str, Value]], Measured]
    signals: tuple[Signal, ...] = ()
    needed: tuple[Signal, ...] = ()
    parameters: tuple[Parameter, ...] = ()
    out_of: str | None = None
    by_place: bool = False
    by_reveal: bool = False

    @property
    def defaults(self) -> dict[str, Value]:
        """Its parameters where a criterion says nothing."""
        return {parameter.name: parameter.default for parameter in self.parameters}

    def measure(self, facts: Facts, given: Mapping[str, Value] | None = None) -> Measured:
        """What it comes to for these facts."""
        silent = [f"{name} (of {role}s)" for role, name in self.needed if not facts.can_tell(role, name)]
        if silent:
            return unknowable(f"this pack's programs do not tell of {', '.join(silent)}")
        return self.function(facts, self.defaults | dict(given or {}))
