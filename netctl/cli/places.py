"""Where fleets keep their state, and whether one runs."""

from __future__ import annotations

import os
from pathlib import Path

from netctl.errors import SessionError
from netctl.fleets import Remembered


def state_home() -> Path:
    """Where fleets keep their state: $NETCTL_HOME, else .netctl of the working directory."""
    return Path(os.environ.get("NETCTL_HOME") or ".netctl").absolute()


def is_running(fleet: Remembered) -> bool:
    """Whether the fleet's tmux server is there; one that does not answer is."""
    from netctl.adapters.tmux import TmuxHost

    try:
        return TmuxHost(fleet.state, fleet.name).is_alive()
    except SessionError:
        return True
