"""Where figures of a run come from, in the order in which they are shown."""

from __future__ import annotations

from netctl.compare import judged, outcome
from netctl.compare.figure import Source

SOURCES: tuple[Source, ...] = (
    judged.of_verdicts,
    outcome.of_chain,
    outcome.of_scores,
    outcome.of_lives,
    outcome.of_events,
    outcome.of_resources,
)
"""A source of another trade is one more line here."""
