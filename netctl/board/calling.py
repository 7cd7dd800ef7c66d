"""The calls of an API against their limits, as the page shows them: `netctl budget`'s document without its digests."""

from __future__ import annotations

from typing import Any

from netctl.budget.budget import Budget
from netctl.budget.document import document as whole_of


def document(found: Budget) -> dict[str, Any]:
    """By key and in all. `period_s` is, by validator, how long it should be between its verdicts, in real seconds."""
    told = whole_of(found)
    return {
        "why": None,
        "api": told["api"],
        "real": told["real"],
        "scale": told["time_scale"],
        "ok": told["ok"],
        "keys": [{name: key[name] for name in key if name != "digest"} for key in told["keys"]],
        "total": told["total"],
        "used": {each["name"]: each["used"] for each in told["neurons"]},
        "period_s": {
            each["name"]: each["cadence"]["s"] / found.scale
            for each in told["neurons"]
            if each["cadence"] is not None and each["cadence"]["setting"].isupper()
        },
    }
