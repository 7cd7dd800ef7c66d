"""A window that shows logs live and is gone once one leaves it, on the fleet's own tmux server."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path

from netctl.adapters.tmux_server import TmuxServer


def view_argv(server: TmuxServer, name: str, logs: Sequence[Path]) -> Sequence[str]:
    """The command that shows a neuron's logs, to be executed in place of netctl, on a terminal. Ctrl-b d leaves."""
    view = f"log-{name}-{time.time_ns() // 1_000_000}"
    tail = ["tail", "-q", "-n", "100", "-F", *map(str, logs)]
    words = ["new-session", "-s", view, "-n", "log", *tail, ";"]
    words += ["set-option", "-w", "remain-on-exit", "off", ";", "set-option", "destroy-unattached", "on", ";"]
    words += ["set-option", "status-left", f"[log of {name}] ", ";"]
    words += ["set-option", "status-left-length", "60"]
    unset = [word for name in ("TMUX", "TMUX_PANE", "TMUX_TMPDIR") for word in ("-u", name)]
    return ["/usr/bin/env", *unset, *server.argv(*words)]
