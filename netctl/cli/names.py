"""Names for the shell's completion, read cheaply: no SDK, no tmux, no validation, and never an error."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path

import typer

PHASES = ("wallets", "funding", "subnet", "registration", "stake", "files", "sessions")


def complete_phases(incomplete: str) -> list[str]:
    """The phases of `fleet up` that begin so."""
    return [phase for phase in PHASES if phase.startswith(incomplete)]


def complete_neurons(ctx: typer.Context, incomplete: str) -> list[str]:
    """Neurons of the profile in play, else of every fleet remembered under this directory; not those named already."""
    profile = ctx.params.get("profile") or os.environ.get("NETCTL_PROFILE")
    names = _of_profile(Path(profile)) if profile else _of_remembered(_state_root())
    taken = ctx.params.get("neurons") or ()
    return sorted({name for name in names if name.startswith(incomplete) and name not in taken})


def _state_root() -> Path:
    return Path(os.environ.get("NETCTL_HOME") or ".netctl")


def _of_remembered(root: Path) -> Iterator[str]:
    for note in root.glob("*/fleet.json"):
        try:
            neurons = json.loads(note.read_text(encoding="utf-8")).get("neurons", [])
        except (OSError, ValueError, AttributeError):
            continue
        yield from (name for name in neurons if isinstance(name, str))


def _of_profile(path: Path) -> list[str]:
    from netctl import profile as profiles  # loads pydantic: only when a profile is named
    from netctl.errors import NetctlError

    try:
        return list(profiles.neuron_names(path))
    except (NetctlError, OSError):
        return []
