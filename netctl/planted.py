"""Trouble that a profile plants in a rehearsal: which stand-in does what wrong, and when their API fails.

All times are the subnet's own seconds, counted from the beginning of the day that the rehearsal plays.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

FIRST_OTHER = ""
"""In the place of a name: the first other neuron of the same role."""


@dataclass(frozen=True, slots=True)
class NeuronTrouble:
    """One neuron's. `duplicates` (a miner) and `copies_weights` (a validator) name whom it copies."""

    duplicates: str | None = None
    lies: bool = False
    stops_uploading_s: float | None = None
    slow_s: float = 0.0
    copies_weights: str | None = None


@dataclass(frozen=True, slots=True)
class ApiTrouble:
    """`errors`: from when every call fails, and for how long. `limit`: so many calls of a key in so many seconds."""

    errors: tuple[float, float] | None = None
    limit: tuple[int, float] | None = None


@dataclass(frozen=True, slots=True)
class Planted:
    """All of a rehearsal's, by the names of its neurons."""

    neurons: Mapping[str, NeuronTrouble] = field(default_factory=dict)
    api: ApiTrouble = ApiTrouble()

    def __bool__(self) -> bool:
        return bool(self.neurons) or self.api != ApiTrouble()

    def named(self, members: Sequence[tuple[str, str]]) -> Planted:
        """With the name of the first other one where a copier names nobody; `members` in the order of the profile."""
        roles = dict(members)
        filled = {}
        for name, trouble in self.neurons.items():
            others = [other for other, role in members if other != name and role == roles.get(name)]
            first = others[0] if others else None
            filled[name] = replace(
                trouble,
                duplicates=first if trouble.duplicates == FIRST_OTHER else trouble.duplicates,
                copies_weights=first if trouble.copies_weights == FIRST_OTHER else trouble.copies_weights,
            )
        return replace(self, neurons=filled)

    def orders(self, name: str) -> str:
        """What a stand-in is told of it, as JSON; empty where nothing was planted for it."""
        own = self.neurons.get(name, NeuronTrouble())
        document: dict[str, object] = {
            key: value
            for key in ("duplicates", "lies", "stops_uploading_s", "slow_s", "copies_weights")
            if (value := getattr(own, key)) != getattr(NeuronTrouble(), key)
        }
        api: dict[str, object] = {}
        if self.api.errors is not None:
            begin_s, for_s = self.api.errors
            api["errors"] = [begin_s, begin_s + for_s]
        if self.api.limit is not None:
            api["limit"] = list(self.api.limit)
        return json.dumps(document | ({"api": api} if api else {})) if document or api else ""


NOTHING_PLANTED = Planted()
