"""Names for the shell's completion, read cheaply: no SDK, no tmux, no validation, and never an error."""

from __future__ import annotations

import os
from pathlib import Path

import typer

from netctl.cli.completion import known_names
from netctl.cli.places import state_home
from netctl.errors import NetctlError
from netctl.supplied import supplied

LEVELS = ("TRACE", "DEBUG", "INFO", "SUCCESS", "WARNING", "ERROR", "CRITICAL")
NETWORKS = ("finney", "local", "test")
PACES = ("all", "auto")
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


def complete_networks(incomplete: str) -> list[str]:
    """The networks that have a name."""
    return [name for name in NETWORKS if name.startswith(incomplete)]


def complete_levels(incomplete: str) -> list[str]:
    """How loud a line is, as --level has it."""
    return [level for level in LEVELS if level.startswith(incomplete)]


def complete_packs(incomplete: str) -> list[str]:
    """The packs that come with netctl, by the look of their directories."""
    shelf = supplied("templates")
    names = [path.parent.name for path in shelf.glob("*/pack.yaml")] if shelf is not None else []
    return sorted(name for name in names if name.startswith(incomplete))


def complete_runs(incomplete: str) -> list[str]:
    """last and last-1, and the ids of all runs that are kept under this directory."""
    kept = state_home().glob("*/runs/*/run.json")
    names = ["last", "last-1", *sorted({path.parent.name for path in kept}, reverse=True)]
    return [name for name in names if name.startswith(incomplete)]


def complete_paces(ctx: typer.Context, incomplete: str) -> list[str]:
    """The paces that are words, and neurons: behind a bare --stagger may come either."""
    return [*(pace for pace in PACES if pace.startswith(incomplete)), *complete_neurons(ctx, incomplete)]


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
