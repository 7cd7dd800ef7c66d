"""`netctl chain`: one module for each trade; importing it adds its commands."""

from __future__ import annotations

from netctl.cli.verbs.chain import clock, lifecycle, money
from netctl.cli.verbs.chain.group import app

__all__ = ["app", "clock", "lifecycle", "money"]

ORDER = ("up", "down", "status", "faucet", "mine")
"""Of the commands in the help."""

app.registered_commands.sort(key=lambda command: ORDER.index(str(command.name)))
