"""Figures as a narrow table has room for them."""

from __future__ import annotations

UNKNOWN = "-"
RAO = 1_000_000_000


def score_text(score: float | None) -> str:
    """In seven signs, also of 2.26e-38."""
    if score is None:
        return UNKNOWN
    if score == 0:
        return "0"
    if 0.001 <= abs(score) < 10_000:
        return f"{score:.4f}"[:7].rstrip(".")
    return f"{score:.1e}"


def share(value: float | None) -> str:
    """From 0 to 1."""
    return UNKNOWN if value is None else f"{value:.4f}"


def percent(value: float | None) -> str:
    """Of one core."""
    if value is None:
        return UNKNOWN
    return f"{value * 100:.0f}%" if value >= 1 else f"{value * 100:.1f}%"


def bytes_text(value: float | None) -> str:
    """In the largest unit of 1024 that leaves a figure above one."""
    if value is None:
        return UNKNOWN
    for unit in ("B", "K", "M", "G"):
        if value < 1000:
            return f"{value:.0f}{unit}" if unit != "G" else f"{value:.1f}G"
        value /= 1024
    return f"{value:.1f}T"


def alpha_text(rao: int | None) -> str:
    """Alpha in an epoch."""
    return UNKNOWN if rao is None else f"{rao / RAO:.3f}"


def span(seconds: float | None) -> str:
    """A duration in its largest unit."""
    if seconds is None:
        return UNKNOWN
    for unit, size in (("d", 86400), ("h", 3600), ("m", 60)):
        if seconds >= size:
            return f"{int(seconds // size)}{unit}"
    return f"{int(max(seconds, 0))}s"


def ago(time: float | None, now: float) -> str:
    """How long since then."""
    return UNKNOWN if time is None else span(now - time)
