"""Keeps a capsule whenever the host is about to forget how a neuron ended, for whichever command that happens."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import cached_property
from typing import Any, TypeVar, cast

from netctl import __version__
from netctl.capsules.keeping import Ending, Keeping, keep, keep_unseen
from netctl.capsules.machine import sdk_version
from netctl.capsules.standing import standing_of
from netctl.errors import NetctlError
from netctl.fleet import Fleet
from netctl.ports import FAULT, Clock, SessionFacts
from netctl.provenance import code_now
from netctl.supervisor.samples import last

T = TypeVar("T")
LATELY_S = 5.0


class FleetWitness:
    """`ports.Witness` of one fleet. `by` is who ends neurons here on purpose: "netctl fleet down".

    Sessions that are no neurons of the fleet are nothing to it; what cannot be written is let go.
    """

    def __init__(self, fleet: Fleet, *, by: str, clock: Clock) -> None:
        self._fleet = fleet
        self._by = by
        self._clock = clock
        self._answers: dict[str, tuple[float, Any]] = {}

    def ended(self, session: SessionFacts, *, on_purpose: bool) -> None:
        """Keep its capsule, if it has none yet."""
        keeping = self._keepings.get(session.name)
        if keeping is None:
            return
        # The supervisor ends a neuron whose probe failed; the label of that fault, or of a stop, says so.
        by = self._by if on_purpose and FAULT not in session.labels else None
        with suppress(OSError):
            standing = standing_of(self._lately("samples", lambda: last(self._fleet.state)), session.name)
            ending = Ending(session, self._clock.now(), ended_by=by, standing=standing, code=self._code, sdk=self._sdk)
            keep(keeping, ending)

    def launching(self, name: str) -> None:
        """Keep what its logs tell of a run that ended with the whole tmux server, if there was one."""
        keeping = self._keepings.get(name)
        if keeping is not None:
            with suppress(OSError):
                keep_unseen(keeping, code=self._code, sdk=self._sdk)

    @cached_property
    def _keepings(self) -> Mapping[str, Keeping]:
        # Loaded when something ends: no command that only looks shall pay for it.
        from netctl import packs
        from netctl.capsules.orders import keepings_of

        try:
            pack = packs.load(self._fleet.code.pack, self._fleet.profile_path.parent)
        except (NetctlError, OSError):
            pack = None
        return keepings_of(self._fleet, pack)

    @property
    def _code(self) -> str:
        return self._lately("code", lambda: code_of(self._fleet))

    def _lately(self, what: str, ask: Callable[[], T]) -> T:
        """An answer that holds for some seconds: two hundred neurons may end together."""
        now = self._clock.now()
        asked_at, answer = self._answers.get(what, (-LATELY_S, None))
        if now - asked_at >= LATELY_S:
            answer = ask()
            self._answers[what] = (now, answer)
        return cast("T", answer)

    @cached_property
    def _sdk(self) -> str | None:
        return sdk_version(self._fleet.code.python)


def code_of(fleet: Fleet) -> str:
    """The version of a subnet's code for a capsule; stand-ins are netctl's own."""
    found = code_now(fleet)
    return f"netctl {__version__}" if found is None else str(found)
