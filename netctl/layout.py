"""Where the things of a fleet lie below its state directory."""

from __future__ import annotations

from pathlib import Path

from netctl.fleet import Fleet


def work_of(fleet: Fleet, name: str) -> Path:
    """A neuron's own working directory."""
    return fleet.state / "work" / name


def files_of(fleet: Fleet, name: str) -> Path:
    """Where a neuron's rendered files lie."""
    return fleet.state / "files" / name


def env_of(fleet: Fleet, name: str) -> Path:
    """The file that shows a neuron's whole environment, and from which others can start it."""
    return fleet.state / "env" / f"{name}.env"


def log_of(fleet: Fleet, name: str) -> Path:
    """Where a session's standard output goes."""
    return fleet.state / "logs" / f"{name}.log"


def error_log_of(fleet: Fleet, name: str) -> Path:
    """Where a session's standard error goes."""
    return fleet.state / "logs" / f"{name}.err.log"
