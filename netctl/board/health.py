"""The health of every neuron as a plain document: by the status of now, else by what was written down last."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from netctl.status import StatusReport
from netctl.store.latest import StateNow

OF_NEURON = (
    "name",
    "role",
    "uid",
    "state",
    "ready",
    "uptime_s",
    "restarts",
    "balance_tao",
    "stake_tao",
    "axon",
    "problem",
)


def of_report(report: StatusReport) -> dict[str, Any]:
    """What `netctl status` says now."""
    told = report.document(below=Path())
    return {
        "live": True,
        "why": None,
        "ok": told["ok"],
        "network": told["network"],
        "netuid": told["netuid"],
        "block": told["block"],
        "sampled_at": report.sampled_at,
        "supervisor": told["supervisor"],
        "neurons": [{name: neuron[name] for name in OF_NEURON} for neuron in told["neurons"]],
    }


def of_store(states: tuple[StateNow, ...], roles: Mapping[str, str], why: str, at: float | None) -> dict[str, Any]:
    """What neurons were last, `at` that time; `why` there is no status of now."""
    nothing = dict.fromkeys(OF_NEURON)
    return {
        "live": False,
        "why": why,
        "ok": None,
        "network": None,
        "netuid": None,
        "block": None,
        "sampled_at": at,
        "supervisor": None,
        "neurons": [
            {**nothing, "name": was.neuron, "role": roles.get(was.neuron), "state": was.state, "restarts": was.restarts}
            for was in states
        ],
    }
