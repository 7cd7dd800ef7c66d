"""How help reads: each command's whole summary, and examples at the end of it.

Examples stand beside the command, as `@app.command("up", examples=("netctl fleet up ...",))`: one to three whole lines
as they are typed, a comment behind them where that helps.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup

from netctl.cli.epilog import epilog_of, write_epilog


class PlainCommand(TyperCommand):
    """A command whose examples stand as its options do."""

    def format_epilog(self, ctx: Any, formatter: Any) -> None:  # noqa: ARG002
        write_epilog(self.epilog, formatter)


class PlainGroup(TyperGroup):
    """A group that does not cut its commands' summaries."""

    def format_commands(self, ctx: typer.Context, formatter: Any) -> None:  # type: ignore[override]
        commands = {name: self.get_command(ctx, name) for name in self.list_commands(ctx)}
        rows = [(name, _summary(command)) for name, command in commands.items() if command and not command.hidden]
        with formatter.section("Commands"):
            formatter.write_dl(rows)

    def format_epilog(self, ctx: Any, formatter: Any) -> None:  # noqa: ARG002
        write_epilog(self.epilog, formatter)


class Verbs(typer.Typer):
    """An app whose commands are plain ones, each with its examples."""

    def command(  # type: ignore[override]
        self, name: str | None = None, *, examples: Sequence[str] = (), hidden: bool = False
    ) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
        """As typer's; `examples` are whole lines that begin with netctl."""
        return super().command(name, cls=PlainCommand, epilog=epilog_of(examples), hidden=hidden)


def _summary(command: Any) -> str:
    return (command.help or "").split("\n\n")[0].replace("\n", " ")
