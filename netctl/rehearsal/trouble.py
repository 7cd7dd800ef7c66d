"""Trouble that was planted: what a neuron does wrong on purpose, and what goes wrong with the API.

Read from REHEARSAL_TROUBLE, a JSON document of one neuron's trouble and the API's; all times are the subnet's, counted
from the beginning of the day.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any


class TroubleError(ValueError):
    """A document that is none."""


@dataclass(frozen=True)
class ApiTrouble:
    """`errors`: from when to when every call fails; `limit`: so many calls, per so many seconds, per key."""

    errors: tuple[float, float] | None = None
    limit: tuple[int, float] | None = None

    def fails_at(self, elapsed_s: float) -> bool:
        return self.errors is not None and self.errors[0] <= elapsed_s < self.errors[1]


@dataclass(frozen=True)
class Trouble:
    """One neuron's: `duplicates` and `copies_weights` name the neuron that is copied."""

    duplicates: str | None = None
    lies: bool = False
    stops_uploading_s: float | None = None
    slow_s: float = 0.0
    copies_weights: str | None = None
    api: ApiTrouble = field(default_factory=ApiTrouble)


NO_TROUBLE = Trouble()


def read_trouble(text: str) -> Trouble:
    """Parse the document; an empty text is no trouble. Raises TroubleError."""
    if not text:
        return NO_TROUBLE
    try:
        document: dict[str, Any] = json.loads(text)
        api = document.pop("api", {})
        errors, limit = api.get("errors"), api.get("limit")
        return Trouble(
            **document,
            api=ApiTrouble(
                errors=None if errors is None else (float(errors[0]), float(errors[1])),
                limit=None if limit is None else (int(limit[0]), float(limit[1])),
            ),
        )
    except (ValueError, TypeError, AttributeError, IndexError) as exc:
        raise TroubleError(str(exc)) from exc
