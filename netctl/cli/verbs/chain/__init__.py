"""`netctl chain`: one module for each trade; importing it adds its commands."""

from __future__ import annotations

from netctl.cli.verbs.chain import clock, faults, lifecycle, money, snapshots
from netctl.cli.verbs.chain.group import app

__all__ = ["app", "clock", "faults", "lifecycle", "money", "snapshots"]

ORDER = (
    *("up", "down", "status", "modelled", "faucet"),
    *("mine", "warp", "pause", "resume", "speed"),
    *("snapshot", "snapshots", "revert", "export", "import", "reorg", "finality"),
)
"""Of the commands in the help."""

app.registered_commands.sort(key=lambda command: ORDER.index(str(command.name)))
