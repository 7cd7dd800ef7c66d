"""The lines around the table."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from netctl.cli.log_lines import harmless
from netctl.cli.status_report import fleet_line, supervisor_line
from netctl.durations import short
from netctl.live.rows import Picture, Row

WIDE = 120


def head_line(picture: Picture, width: int) -> str:
    """Which fleet, on which chain, and how old what is told of it."""
    report = picture.report
    if width >= WIDE:
        supervisor = "" if report.supervisor.problem is not None else f"; {supervisor_line(report)}"
        return harmless(fleet_line(report) + supervisor)
    facts = [f"subnet {report.netuid}", "no answer" if report.block is None else f"block {report.block}"]
    if report.sample_age_s is not None:
        facts.append(f"asked {short(report.sample_age_s)} ago")
    return harmless(f"{report.fleet}: {', '.join(facts)}; supervisor {report.supervisor.state}")


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
