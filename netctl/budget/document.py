"""A budget as one JSON document; no key in it but by place, name of its variable, and digest."""

from __future__ import annotations

from typing import Any

from netctl.budget.budget import Budget
from netctl.budget.calls import Cadence
from netctl.budget.forecast import Forecast
from netctl.durations import utc_text


def document(found: Budget) -> dict[str, Any]:
    """Everything that is known; a day and every duration are of the neurons' own time."""
    return {
        "ok": found.lasts,
        "api": found.api,
        "variable": found.variable,
        "real": found.real,
        "time_scale": found.scale,
        "since": None if found.window is None else utc_text(found.window.since),
        "until": None if found.window is None else utc_text(found.window.until),
        "neurons": [
            {
                "name": each.neuron,
                "used": each.used,
                "refused": each.refused,
                "measured_a_day": each.measured,
                "expected_a_day": each.expected,
                "cadence": _cadence(each.cadence),
            }
            for each in found.calls
        ],
        "keys": [
            {
                "place": use.key.place,
                "reference": use.key.reference or None,
                "digest": use.key.digest,
                "neurons": list(use.key.neurons),
                **_forecast(use.forecast),
            }
            for use in found.keys
        ],
        "total": _forecast(found.total),
        "suggestion": {
            "keys_needed": found.keys_needed,
            "too_much_for_one_key": list(found.too_quick),
            "cadences": [
                {
                    "neuron": each.neuron,
                    "setting": each.cadence.setting,
                    "now_s": each.cadence.seconds,
                    "s": each.seconds,
                }
                for each in found.slower
            ],
        },
    }


def _cadence(cadence: Cadence | None) -> dict[str, Any] | None:
    return None if cadence is None else {"setting": cadence.setting, "s": cadence.seconds}


def _forecast(found: Forecast) -> dict[str, Any]:
    return {
        "used": found.used,
        "a_day": found.a_day,
        "limit": None if found.limit is None else found.limit.calls,
        "per_s": None if found.limit is None else found.limit.per_s,
        "verdict": found.verdict,
        "share_of_limit": found.share,
        "runs_out_in_s": found.runs_out_s,
    }
