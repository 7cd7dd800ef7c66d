"""Which rows of the doctor were seen red, and which green: a test says so by its decorator, and must show it."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Any, Literal

from netctl.doctor.finding import Finding

Colour = Literal["red", "green"]
VERDICTS: dict[Colour, set[str]] = {"red": {"failed", "warning"}, "green": {"good"}}
SHOWN: set[tuple[str, Colour]] = set()
"""Row and colour of every test that shows one; filled when the modules of rows are imported."""


def shows(colour: Colour, row: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """The test gives the Finding of that row, and fails unless its verdict has the colour."""

    def wrapped(test: Callable[..., Any]) -> Callable[..., Any]:
        SHOWN.add((row, colour))

        def check(finding: Finding) -> None:
            assert finding.name == row, finding
            assert finding.verdict in VERDICTS[colour], finding
            assert finding.next if colour == "red" else not finding.next, finding

        if inspect.iscoroutinefunction(test):

            @functools.wraps(test)
            async def awaited(*args: Any, **options: Any) -> None:
                check(await test(*args, **options))

            return awaited

        @functools.wraps(test)
        def plain(*args: Any, **options: Any) -> None:
            check(test(*args, **options))

        return plain

    return wrapped


red = functools.partial(shows, "red")
green = functools.partial(shows, "green")
