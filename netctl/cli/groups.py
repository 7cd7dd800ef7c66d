"""Groups of commands whose help shows each command's whole first line."""

from __future__ import annotations

from typing import Any

import typer
from typer.core import TyperGroup


class PlainGroup(TyperGroup):
    """A group that does not cut its commands' summaries."""

    def format_commands(self, ctx: typer.Context, formatter: Any) -> None:  # type: ignore[override]
        rows = [(name, _summary(self.get_command(ctx, name))) for name in self.list_commands(ctx)]
        with formatter.section("Commands"):
            formatter.write_dl(rows)


def _summary(command: Any) -> str:
    return (command.help or "").split("\n\n")[0].replace("\n", " ")
