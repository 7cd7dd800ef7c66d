"""Names for the shell's completion, read cheaply: no SDK, no tmux, no validation, and never an error."""

from __future__ import annotations

import os
from pathlib import Path

import typer

from netctl.cli.completion import known_names
from netctl.errors import NetctlError

PHASES = ("wallets", "funding", "subnet", "registration", "stake", "files", "sessions")


def complete_phases(incomplete: str) -> list[str]:
    """The phases of `fleet up` that begin so."""
    return [phase for phase in PHASES if phase.startswith(incomplete)]


def complete_runbooks(incomplete: str) -> list[str]:
    """The runbooks of ./runbooks and those that netctl ships; a path is the shell's own to complete."""
    from netctl.runbook.shelves import runbooks

    return [path.stem for path in runbooks() if path.stem.startswith(incomplete)]


def complete_neurons(ctx: typer.Context, incomplete: str) -> list[str]:
    """Neurons of the profile in play, else of every fleet remembered under this directory; not those named already."""
    named = ctx.params.get("profile") or os.environ.get("NETCTL_PROFILE")
    taken = ctx.params.get("neurons") or ()
    names = _names(Path(named) if named else None)
    return sorted({name for name in names if name.startswith(incomplete) and name not in taken})


def _names(profile: Path | None) -> list[str]:
    known = known_names(profile)
    return known if known or profile is None else _of_profile(profile)


def _of_profile(path: Path) -> list[str]:
    # Loads pydantic: only for a profile that was never brought up from here.
    from netctl import members
    from netctl import profile as profiles

    try:
        profile = profiles.load(path)
    except (NetctlError, OSError):
        return []
    drafts = [*members.expand(profile.miners, "miner"), *members.expand(profile.validators, "validator")]
    return [draft.name for draft in drafts]
