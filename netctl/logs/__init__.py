"""Neurons' logs: read by offsets that rotation does not move, chosen from, followed, and rotated."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from netctl.fleet import Fleet, LogPolicy
from netctl.layout import error_log_of, log_of
from netctl.logs.choice import EVERYTHING, Choice, when
from netctl.logs.following import follow
from netctl.logs.heads import LEVELS
from netctl.logs.lines import LogLine
from netctl.logs.logfile import LogFile
from netctl.logs.reading import Source, between, last_lines, recent
from netctl.logs.rotation import Rotated, rotate_due
from netctl.logs.words import last_words

__all__ = [
    "EVERYTHING",
    "LEVELS",
    "Choice",
    "LogFile",
    "LogLine",
    "LogPolicy",
    "Rotated",
    "Source",
    "between",
    "follow",
    "has_log",
    "last_lines",
    "last_words",
    "log_paths",
    "recent",
    "rotate_due",
    "when",
]


def log_paths(fleet: Fleet, names: list[str], *, err: bool = False) -> Mapping[str, Path]:
    """Where the logs of these sessions lie; with `err` their standard error. The chain's is one of them."""
    return {name: error_log_of(fleet, name) if err else log_of(fleet, name) for name in names}


def has_log(fleet: Fleet, name: str) -> bool:
    """Whether a session's log lies where it belongs; a process that runs on may write to one that was deleted."""
    return log_of(fleet, name).exists()
