"""The group that every `netctl chain` command joins."""

from __future__ import annotations

from netctl.cli.options import verb_group

app = verb_group(
    "Run the embedded chain and act on it.",
    examples=("netctl chain up", "netctl chain status", "netctl chain warp +2h"),
)
