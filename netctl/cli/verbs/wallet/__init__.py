"""`netctl wallet`: one module for each trade; importing it adds its commands."""

from __future__ import annotations

from netctl.cli.verbs.wallet import backups, creation, listing
from netctl.cli.verbs.wallet.group import app

__all__ = ["app", "backups", "creation", "listing"]

ORDER = ("list", "create", "backup", "restore")
"""Of the commands in the help."""

app.registered_commands.sort(key=lambda command: ORDER.index(str(command.name)))
