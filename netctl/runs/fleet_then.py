"""The fleet of a run as it was: by the profile that it ran by last, whatever the file says now."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from netctl import profile, resolve
from netctl.fleet import Fleet
from netctl.runs.finding import Kept


def fleet_then(kept: Kept) -> Fleet:
    """Where it lies now, in its state directory; ProfileError for a profile that this netctl does not take."""
    run = kept.run
    path = Path(run.profiles[-1].path)
    written = profile.loads(run.profiles[-1].text, path)
    network = run.chain.endpoint if run.chain.kind == "custom" else run.chain.kind
    found = resolve.resolve(
        written,
        profile_path=path,
        state_home=kept.state.parent,
        python=Path(),
        network=None if run.rehearsal else network,
        rehearse=run.rehearsal,
    )
    return replace(found, state=kept.state)
