"""Completion for zsh, whose script loses every apostrophe of a summary: neurons' became neurons."""

from __future__ import annotations

from typer._click.shell_completion import CompletionItem
from typer._completion_classes import ZshComplete


class PlainZsh(ZshComplete):
    """typer's, with apostrophes that are no quotes to the shell."""

    def format_completion(self, item: CompletionItem) -> str:
        """As typer has it."""
        item.help = item.help.replace("'", "\N{RIGHT SINGLE QUOTATION MARK}") if item.help else item.help
        return super().format_completion(item)
