"""What netctl runs on: its own version and checkout, Python, the SDK, the system. Imports none of them."""

from __future__ import annotations

import os
import platform
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import psutil

from netctl import __version__
from netctl.checkout import code_version
from netctl.runs.record import Machine, Versions

PACKAGE = Path(__file__).parents[1]


def versions() -> Versions:
    """Of netctl, Python and the SDK; two or three runs of git."""
    try:
        sdk = version("bittensor")
    except PackageNotFoundError:
        sdk = None
    return Versions(__version__, platform.python_version(), sdk, netctl_commit=code_version(PACKAGE).mark)


def host() -> Machine:
    """This machine. Its cores are those that this process may use."""
    return Machine(_system(), platform.machine(), _cores(), psutil.virtual_memory().total)


def _cores() -> int:
    affinity = getattr(os, "sched_getaffinity", None)  # Linux only
    return len(affinity(0)) if affinity is not None else psutil.cpu_count() or 1


def _system() -> str:
    """``Debian GNU/Linux 12 (bookworm), Linux 6.1.0``, or the like."""
    kernel = f"{platform.system()} {platform.release()}"
    try:
        name = platform.freedesktop_os_release().get("PRETTY_NAME", "")
    except OSError:
        name = f"macOS {platform.mac_ver()[0]}" if platform.system() == "Darwin" else ""
    return f"{name}, {kernel}" if name else kernel
