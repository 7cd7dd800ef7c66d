"""The report as one JSON document."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from math import isfinite
from typing import Any

from netctl.durations import utc_text
from netctl.report.facts import Facts
from netctl.report.report import Report
from netctl.report.told import Unknown
from netctl.runs.document import short_document

TIMES = ("time", "begin_s")


def document(facts: Facts, report: Report) -> dict[str, Any]:
    """Everything that is told; what is not known is {"unknown": why}. Times in UTC, shares 0 to 1, amounts in rao."""
    outcome = report.outcome
    return {
        "fleet": facts.kept.run.fleet,
        "rehearsal": facts.kept.run.rehearsal,
        "time_scale": facts.scale,
        "ok": None if isinstance(outcome, Unknown) else outcome.ok,
        "scenario": None if report.match is None else report.match.number,
        "run": short_document(facts.kept),
        **{each.name: plain(getattr(report, each.name)) for each in fields(report) if each.name != "match"},
    }


def plain(value: Any, name: str = "") -> Any:
    """A value as JSON has it."""
    if isinstance(value, Unknown):
        return {"unknown": value.why}
    if is_dataclass(value) and not isinstance(value, type):
        return {each.name: plain(getattr(value, each.name), each.name) for each in fields(value)}
    if isinstance(value, Mapping):
        return {str(key): plain(each) for key, each in value.items()}
    if isinstance(value, tuple | list):
        return [plain(each) for each in value]
    if isinstance(value, float):
        if name in TIMES:
            return utc_text(value)
        return round(value, 9) if isfinite(value) else None
    return value
