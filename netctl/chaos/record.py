"""What disturbs a fleet now: by its journal, and for stops by the process table. Loads nothing heavy."""

from __future__ import annotations

from collections.abc import Mapping

from netctl.chaos import disturbance, signals
from netctl.chaos.disturbance import Disturbance
from netctl.ports import Journal


def holding(journal: Journal, now: float) -> tuple[Disturbance, ...]:
    """What holds now, also what should have ended and has not."""
    return disturbance.holding(journal.entries(), now, is_stopped)


def disturbed(journal: Journal, now: float) -> Mapping[str, tuple[Disturbance, ...]]:
    """The same by neuron."""
    found: dict[str, tuple[Disturbance, ...]] = {}
    for each in holding(journal, now):
        found[each.neuron] = (*found.get(each.neuron, ()), each)
    return found


def overdue(journal: Journal, now: float) -> tuple[Disturbance, ...]:
    """What should have ended and is not closed in the journal; to be undone with `acts.undo_overdue`."""
    return disturbance.overdue(journal.entries(), now)


def is_stopped(each: Disturbance) -> bool:
    """Whether the process that was stopped is there and stopped."""
    return signals.is_stopped(each.process or 0, each.birth or "")
