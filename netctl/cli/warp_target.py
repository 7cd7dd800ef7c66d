"""What people write for a time to warp to and a factor of speed, as the embedded chain takes it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from netctl.durations import seconds_of
from netctl.errors import UsageError

HINT = "write +2h, block 500, next-epoch, or a time: 2026-03-01T12:00"


def read_target(words: Sequence[str], netuid: int | None) -> dict[str, Any]:
    """The target of `netctl chain warp`; UsageError for what is none. A time without a zone is UTC."""
    match [*words]:
        case ["next-epoch"]:
            return {"epoch": netuid}
        case _ if netuid is not None:
            raise UsageError("--netuid goes with next-epoch", hint=HINT)
        case ["block", number] if number.isdecimal() and number.isascii():
            return {"block": int(number)}
        case [span] if span.startswith("+"):
            return {"by_ms": _milliseconds(span)}
        case [moment] | [moment, _] if moment[:1].isdecimal():
            return {"until_ms": _moment("T".join(words))}
    raise UsageError(f"{' '.join(words)!r} is no time, block or epoch to warp to", hint=HINT)


def _milliseconds(span: str) -> int:
    try:
        return round(seconds_of(span[1:]) * 1000)
    except ValueError as error:
        raise UsageError(f"{span!r}: {error}", hint=HINT) from None


def _moment(text: str) -> int:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise UsageError(f"{text!r} is no time", hint=HINT) from None
    aware = moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
    return max(0, round(aware.timestamp() * 1000))


def read_factor(text: str) -> float:
    """The factor of `netctl chain speed`; UsageError for what is none."""
    try:
        factor = float(text.removesuffix("x"))
    except ValueError:
        factor = math.nan
    if not (math.isfinite(factor) and factor > 0):
        raise UsageError(f"{text!r} is no speed", hint="write it as a factor: netctl chain speed 10x")
    return factor
