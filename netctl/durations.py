"""Durations and staggers as people write them: ``30s``, ``5m``, ``1h30m``, ``250ms``, ``2blocks``, ``auto``."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from netctl.fleet import Stagger

_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_PART = r"\d{1,9}(?:\.\d{1,3})?(?:ms|s|m|h|d)"
DURATION = re.compile(rf"(?:{_PART})+")
BLOCKS = re.compile(r"(\d{1,6})blocks?")
LONGEST_S = 366 * 86400.0
STAGGER_WORDS = ("auto", "all")


def seconds_of(text: str) -> float:
    """Seconds of a duration with its unit; ValueError for anything else, and beyond a year."""
    if not DURATION.fullmatch(text):
        raise ValueError(f"{text!r} is not a duration")
    parts = re.findall(r"([\d.]+)(ms|s|m|h|d)", text)
    seconds = sum(float(number) * _SECONDS[unit] for number, unit in parts)
    if seconds > LONGEST_S:
        raise ValueError(f"{text!r} is longer than a year")
    return seconds


def moment_of(text: str, *, now: float) -> float:
    """Seconds since the epoch of a duration before `now`, or of an ISO date or time, in UTC where it names no zone.

    ValueError for anything else.
    """
    if DURATION.fullmatch(text):
        return now - seconds_of(text)
    moment = datetime.fromisoformat(text)
    return (moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)).timestamp()


def stagger_of(text: str) -> Stagger:
    """The pause between registrations: ``auto``, ``all``, a duration or ``Nblock``; ValueError for anything else."""
    if text == "auto":
        return "auto"
    if text == "all":
        return "all"
    blocks = BLOCKS.fullmatch(text)
    if blocks:
        if int(blocks[1]) == 0:
            raise ValueError(f"{text!r} is no pause")
        return ("blocks", int(blocks[1]))
    return seconds_of(text)


def is_stagger(text: str) -> bool:
    """Whether the word is a value of ``--stagger`` and so cannot be a neuron's name."""
    try:
        stagger_of(text)
    except ValueError:
        return text in STAGGER_WORDS
    return True


def short(seconds: float) -> str:
    """A duration as people write it, to the second, or the tenth below ten: ``1h30m``, ``42s``, ``2.5s``."""
    if seconds < 10:
        return f"{round(max(seconds, 0.0), 1):g}s"
    left, words = round(seconds), []
    for unit, size in (("d", 86400), ("h", 3600), ("m", 60), ("s", 1)):
        count, left = divmod(left, size)
        if count:
            words.append(f"{count}{unit}")
    return "".join(words[:2])


def utc_text(at: float | None) -> str | None:
    """A moment in seconds since the epoch as JSON has it, to the second; None for none."""
    return None if at is None else datetime.fromtimestamp(int(at), UTC).isoformat().replace("+00:00", "Z")
