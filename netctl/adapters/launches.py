"""What hosts of either kind do alike before they start sessions: which are to be started, and as what."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence

from netctl.capsules.labels import LAUNCHED
from netctl.errors import SessionError
from netctl.logs import LogFile
from netctl.ports import SessionFacts, SessionSpec


def to_launch(
    specs: Sequence[SessionSpec], alive: Mapping[str, str], unknown: Mapping[str, str] | None = None
) -> list[SessionSpec]:
    """Those that do not live so already; SessionError for one that lives and was started differently.

    `alive` has the hashes of the specs that what lives was started by, `unknown` why nobody can tell of it whether it
    does; both by name.
    """
    wanted = [spec for spec in specs if alive.get(spec.name) != spec.spec_hash]
    for spec in wanted:
        if spec.name in alive:
            why = (unknown or {}).get(spec.name)
            told = f"; {why}" if why else " already runs, started differently"
            raise SessionError(f"session {spec.name}{told}", hint=f"netctl fleet restart --neuron {spec.name}")
    return wanted


def session_to_be(spec: SessionSpec, restarts: int | None, more: Mapping[str, str] | None = None) -> SessionFacts:
    """The session that a launch makes now, with `more` labels beside its own.

    `restarts` are those of the dead one whose place it takes, None where there is none.
    """
    # How long the logs were before this run: a reader tells its lines from earlier ones by it.
    ends = {"log_offset": str(LogFile(spec.stdout).end()), "err_offset": str(LogFile(spec.stderr).end())}
    return SessionFacts(
        name=spec.name,
        spec_hash=spec.spec_hash,
        pid=None,
        started_at=None,
        exit_code=None,
        exit_signal=None,
        restarts=0 if restarts is None else restarts + 1,
        labels={**dict(spec.labels), **ends, LAUNCHED: f"{time.time():.3f}", **(more or {})},
        node=(None if spec.placement is None else spec.placement.node) or "",
    )
