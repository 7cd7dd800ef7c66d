"""A chain looked at once: for a plan, whose phases all read the same and must agree on what they saw."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, cast

from netctl.ports import Chain, World


class Glance:
    """Reads of a chain, each asked for once; writing is not for it."""

    def __init__(self, chain: Chain) -> None:
        self._chain = chain
        self._answers: dict[tuple[str, str], Any] = {}

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._chain, name)
        if not callable(found):
            return found

        async def once(*args: Any, **options: Any) -> Any:
            question = (name, repr((args, sorted(options.items()))))
            if question not in self._answers:
                self._answers[question] = await found(*args, **options)
            return self._answers[question]

        return once


def at_a_glance(world: World) -> World:
    """The same world for one walk that changes nothing: also a chain that counts requests bears it."""
    return replace(world, chain=cast("Chain", Glance(world.chain)))
