"""A run as JSON."""

from __future__ import annotations

from typing import Any

from netctl.chaos.disturbance import iso
from netctl.runs.finding import Kept
from netctl.runs.record import Change, Code, Run, plain


def short_document(kept: Kept) -> dict[str, Any]:
    """``netctl run list --json`` has one for each run. Times are ISO 8601 in UTC."""
    run = kept.run
    return {
        "id": run.id,
        "began": iso(run.began),
        "ended": None if kept.running else iso(kept.until),
        "ended_by": None if run.end is None or kept.running else run.end.by,
        "running": kept.running,
        "seconds": round(kept.seconds, 1),
        "first_block": run.block,
        "last_block": kept.last_block,
        "network": run.chain.kind,
        "netuid": run.chain.netuid,
        "profile": {"path": run.profile.path, "sha256": run.profile.sha256},
        "code": _code(run.code),
        "neurons": [{"name": member.name, "role": member.role} for member in run.neurons],
        "changes": len(run.changes),
    }


def whole_document(kept: Kept) -> dict[str, Any]:
    """``netctl run show --json``: all that is kept of it."""
    run = kept.run
    more = {name: value for name, value in plain(run).items() if name not in {"id", "began", "block", "end", "format"}}
    return {**short_document(kept), **more, "changes": [_change(each) for each in run.changes]}


def _change(change: Change) -> dict[str, Any]:
    return {**plain(change), "at": iso(change.at)}


def _code(code: Code | None) -> dict[str, Any] | None:
    return None if code is None else {"commit": code.commit, "dirty": code.dirty}


def neurons_text(run: Run) -> str:
    """``4 miners, 1 validator``."""
    counts = {role: sum(member.role == role for member in run.neurons) for role in ("miner", "validator")}
    return ", ".join(f"{count} {role}{'' if count == 1 else 's'}" for role, count in counts.items() if count)
