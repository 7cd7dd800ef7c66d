"""Every neuron runs, once, as it was rendered: one tmux session each, miners before validators."""

from __future__ import annotations

from netctl.phases.sessions.difference import GIVES_UP, diff
from netctl.phases.sessions.facts import SessionsFacts, observe
from netctl.phases.sessions.steps import NAME, STOP_GRACE_S, LaunchSessions, StopSession

__all__ = ["GIVES_UP", "NAME", "STOP_GRACE_S", "LaunchSessions", "SessionsFacts", "StopSession", "diff", "observe"]
