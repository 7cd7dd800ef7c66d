"""pm2's settings of how an app is started again, as the profile's `restart:` says the same."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

RESTARTING = frozenset(
    {
        "autorestart",
        "stop_exit_codes",
        "restart_delay",
        "exp_backoff_restart_delay",
        "max_restarts",
        "min_uptime",
    }
)
_UNITS = {"h": 3_600_000, "m": 60_000, "s": 1000}
_LONGEST_PM2_MS = 15_000


def restart_of(rest: Mapping[str, Any]) -> dict[str, str | int]:
    """The fields of `restart:`; empty where the app leaves all of it to pm2, for netctl has a default of its own.

    pm2 starts an app again however it ended, but for its `stop_exit_codes`.
    """
    if not RESTARTING & rest.keys():
        return {}
    if rest.get("autorestart") in (False, "false"):
        return {"when": "never"}
    codes = rest.get("stop_exit_codes")
    listed = [str(code) for code in (codes if isinstance(codes, list) else [codes])]
    found: dict[str, str | int] = {"when": "on-failure" if "0" in listed else "always"}
    delay, growing = _ms(rest.get("restart_delay")), _ms(rest.get("exp_backoff_restart_delay"))
    pause = growing or delay
    if pause:
        found |= {"backoff": f"{pause}ms", "most": f"{max(pause, _LONGEST_PM2_MS) if growing else pause}ms"}
    tries = _ms(rest.get("max_restarts"))
    if tries:
        found["tries"] = min(tries, 10_000)
        uptime = _ms(rest.get("min_uptime"))
        if uptime:
            found["window"] = f"{uptime * tries}ms"
    return found


def _ms(value: Any) -> int:
    """Milliseconds: a number, or a text with pm2's units h, m and s; 0 for what is neither."""
    match = re.fullmatch(r"(\d{1,9})(?:\.\d+)?\s*([hms]?)", str(value))
    return int(match[1]) * _UNITS.get(match[2], 1) if match is not None else 0
