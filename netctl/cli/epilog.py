"""The end of a command's help: lines that can be typed as they stand."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

TITLE = "Examples"


def epilog_of(examples: Sequence[str]) -> str | None:
    """The lines as a command keeps them; None for none."""
    return "\n".join(examples) or None


def write_epilog(epilog: str | None, formatter: Any, title: str = TITLE) -> None:
    """Write the lines under their title, as wide as they are: a line that is wrapped cannot be typed."""
    if epilog:
        with formatter.section(title):
            for line in epilog.splitlines():
                formatter.write(f"{'':>{formatter.current_indent}}{line}\n")
