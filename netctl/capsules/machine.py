"""What this machine tells of ends for want of memory, and of what a neuron ran on; nothing is run for it."""

from __future__ import annotations

from pathlib import Path


def oom_kills(vmstat: Path = Path("/proc/vmstat")) -> int | None:
    """How many processes the kernel has killed for want of memory since it started; None where it does not tell."""
    try:
        for line in vmstat.read_text(encoding="ascii", errors="replace").splitlines():
            name, _, count = line.partition(" ")
            if name == "oom_kill" and count.isdigit():
                return int(count)
    except OSError:
        return None
    return None


def sdk_version(python: Path) -> str | None:
    """The version of bittensor that lies in an interpreter's virtual environment; None where none is found."""
    found = sorted(python.parent.parent.glob("lib/python3*/site-packages/bittensor-*.dist-info"))
    return found[0].name.removeprefix("bittensor-").removesuffix(".dist-info") if found else None


def started_at(stat: Path = Path("/proc/stat")) -> float | None:
    """When this machine was started, in seconds since the epoch; None where it does not tell."""
    try:
        for line in stat.read_text(encoding="ascii", errors="replace").splitlines():
            name, _, value = line.partition(" ")
            if name == "btime":
                return float(value)
    except (OSError, ValueError):
        return None
    return None
