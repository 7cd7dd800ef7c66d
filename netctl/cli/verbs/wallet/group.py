"""The group that every `netctl wallet` command joins."""

from __future__ import annotations

from netctl.cli.options import verb_group

app = verb_group(
    "List, create, back up and restore the fleet's wallets.",
    examples=("netctl wallet list -p profiles/day2.yaml", "netctl wallet backup keys.netctl"),
)
