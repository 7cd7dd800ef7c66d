"""What `ports.Host` is asked of other machines, for a host that has none."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from netctl.ports import Placed, SessionFacts, Usage


class OnlyHere:
    """All sessions are on this machine, and nobody but netctl starts them again."""

    __slots__ = ()

    def past(self) -> Sequence[SessionFacts]:
        """Runs that an engine followed by others: none."""
        return ()

    def placed(self) -> Sequence[Placed]:
        """What runs on other machines: nothing."""
        return ()

    def usage_elsewhere(self, names: Collection[str]) -> Mapping[str, Usage]:
        """What runs elsewhere uses: nothing."""
        del names
        return {}

    def tidy(self) -> None:
        """A session is there or is not: nothing is left beside it."""

    def abandon(self, name: str) -> None:
        """This machine answers: no session of it is given up."""
        del name

    def purge(self) -> Sequence[str]:
        """Nothing lies on other machines."""
        return ()
