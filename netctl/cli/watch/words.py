"""The lines around the table."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from netctl.cli.log_lines import harmless
from netctl.cli.status_report import fleet_line, supervisor_line
from netctl.live.rows import Picture, Row


def head_line(picture: Picture) -> str:
    """Which fleet, on which chain, and how old what is told of it."""
    report = picture.report
    parts = [fleet_line(report)]
    if report.supervisor.problem is None:
        parts.append(supervisor_line(report))
    return harmless("; ".join(parts))


def count_line(rows: Sequence[Row], picture: Picture, *, troubled: bool) -> str:
    """How many neurons are in which state, and how many of them are shown."""
    counted = Counter(row.status.state for row in picture.rows)
    told = ", ".join(f"{count} {state}" for state, count in counted.most_common())
    if len(rows) == len(picture.rows):
        return told
    return f"{told}; {len(rows)} shown{', those with a problem' if troubled else ''}"


def log_title(name: str, stream: str, *, holds: bool) -> str:
    """Whose log, which of it, and whether it is followed."""
    return f"log of {name}: {stream}, {'held, f follows' if holds else 'followed'}"
