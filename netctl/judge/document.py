"""Verdicts as `netctl check --json` has them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from math import isfinite
from typing import Any

from netctl.judge.measured import Evidence
from netctl.judge.verdicts import Judgement, Verdict

Line = Callable[[str, int], str | None]
"""The text of a line by its log and the offset where it begins."""


def document(judgement: Judgement, line: Line) -> dict[str, Any]:
    """The whole: `ok` only where every check is true."""
    window = judgement.window
    return {
        "fleet": judgement.fleet,
        "rehearsal": judgement.rehearsal,
        "run": judgement.run,
        "ingested": judgement.ingested,
        "since": _moment(None if window is None else window.since),
        "until": _moment(None if window is None else window.until),
        "time_scale": _number(judgement.time_scale),
        "ok": judgement.ok,
        "decided": judgement.decided,
        "ended": judgement.ended,
        "checks": [_check(verdict, line) for verdict in judgement.verdicts],
    }


def _check(verdict: Verdict, line: Line) -> dict[str, Any]:
    criterion, measured = verdict.criterion, verdict.measured
    return {
        "name": criterion.name,
        "group": criterion.group,
        "ok": verdict.ok,
        "final": verdict.ok is not None or measured.final,
        "measured": None if measured.value is None else verdict.text,
        "target": criterion.target.text,
        "why": verdict.why,
        "says": criterion.says,
        "metric": criterion.metric,
        "unit": verdict.metric.unit,
        "with": dict(verdict.metric.defaults | dict(criterion.parameters)),
        "window": criterion.window.text,
        "since": _moment(None if verdict.window is None else verdict.window.since),
        "until": _moment(None if verdict.window is None else verdict.window.until),
        "value": _number(measured.value),
        "most": _number(measured.highest),
        "of": _number(measured.whole),
        "naive": _number(measured.naive),
        "figures": _figures(measured.figures),
        "evidence": [_evidence(evidence, line) for evidence in measured.evidence],
    }


def _evidence(evidence: Evidence, line: Line) -> dict[str, Any]:
    has_line = evidence.path is not None and evidence.offset is not None
    return {
        "what": evidence.what,
        "neuron": evidence.neuron,
        "time": _moment(evidence.time),
        "log": evidence.path,
        "offset": evidence.offset,
        "line": line(evidence.path, evidence.offset) if has_line else None,  # type: ignore[arg-type]
        "block": evidence.block,
    }


def _figures(figures: Mapping[str, float | str | None]) -> dict[str, float | str | None]:
    return {name: value if isinstance(value, str) else _number(value) for name, value in figures.items()}


def _number(value: float | None) -> float | None:
    if value is None or not isfinite(value):
        return None
    return int(value) if value == int(value) else round(value, 6)


def _moment(time: float | None) -> str | None:
    return (
        None
        if time is None
        else datetime.fromtimestamp(time, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    )
