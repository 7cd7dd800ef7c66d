"""Keeps a capsule whenever the host is about to forget how a neuron ended, for whichever command that happens."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from functools import cached_property
from typing import Any, TypeVar, cast

from netctl.capsules import shelf
from netctl.capsules.keeping import Ending, Keeping, keep, lost
from netctl.capsules.machine import sdk_version
from netctl.capsules.standing import standing_of
from netctl.checkout import CodeVersion
from netctl.errors import NetctlError
from netctl.fleet import Fleet
from netctl.ports import FAULT, Clock, SessionFacts
from netctl.provenance import CODE, code_now, told_of
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
            keep(keeping, replace(self._ending(session), ended_by=by, standing=standing))

    def launching(self, session: SessionFacts) -> None:
        """Keep what is known of the run before, if that ended with its whole tmux server; then note this one."""
        keeping = self._keepings.get(session.name)
        if keeping is None:
            return
        with suppress(OSError):
            if (gone := lost(keeping)) is not None:
                keep(keeping, replace(self._ending(gone), unseen=True))
        with suppress(OSError):
            shelf.note(self._fleet.state, session)

    def _ending(self, session: SessionFacts) -> Ending:
        code, since = told_of(session.labels.get(CODE), self._code)
        return Ending(session, self._clock.now(), code=code, code_since=since, sdk=self._sdk)

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
    def _code(self) -> CodeVersion | None:
        return self._lately("code", lambda: code_now(self._fleet))

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
