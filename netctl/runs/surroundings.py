"""How a run learns what netctl runs on, which is an adapter's to know."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from netctl.runs.record import Machine, Versions


@dataclass(frozen=True, slots=True)
class Surroundings:
    """Asked once, when a run begins."""

    versions: Callable[[], Versions]
    host: Callable[[], Machine]
