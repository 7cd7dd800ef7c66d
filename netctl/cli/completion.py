"""Neurons' names for a waiting shell, answered before typer is loaded: somebody has a finger on Tab.

Bash and zsh, where the word can only be a neuron of a fleet that was brought up; typer answers everything else.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from netctl.fleets import remembered

_TAKE_NEURONS = ("logs", "register", "render")
_TAKE_ONE = ("attach",)
_SWITCHES = ("-f", "--follow", "--err", "--json", "--rehearse", "--diff", "--show", "--yes", "-y", "--dry-run")


def quick_answer(environ: Mapping[str, str]) -> str | None:
    """What to print for the shell that asks, None where typer must be asked. Never an error."""
    words = _words(environ)
    if words is None or not _wants_neuron(words):
        return None
    profile = _profile(words, environ)
    names = known_names(profile)
    if profile is not None and not names:
        return None
    offered = sorted({name for name in names if name.startswith(words[-1]) and name not in words[2:-1]})
    if environ["_NETCTL_COMPLETE"] == "complete_bash":
        return "\n".join(offered)
    listed = "\n".join(f'"{name}"' for name in offered)
    return f"_arguments '*: :(({listed}))'" if offered else "_files"


def known_names(profile: Path | None) -> list[str]:
    """Neurons of the fleets that were brought up from here: of that profile, or of all."""
    known = remembered(Path(os.environ.get("NETCTL_HOME") or ".netctl"))
    noted = [fleet for fleet in known if profile is None or fleet.profile == profile.absolute()]
    return [name for fleet in noted for name in fleet.neurons]


def _words(environ: Mapping[str, str]) -> list[str] | None:
    """The command line up to the word that is being typed, that one last; None for quotes and other shells."""
    shell = environ.get("_NETCTL_COMPLETE")
    line = environ.get("COMP_WORDS" if shell == "complete_bash" else "_TYPER_COMPLETE_ARGS", "")
    if any(letter in line for letter in "'\"\\$`="):
        return None
    words = line.split()
    if shell == "complete_bash":
        place = environ.get("COMP_CWORD", "")
        return [*words[: int(place)], *(words[int(place) : int(place) + 1] or [""])] if place.isdecimal() else None
    if shell == "complete_zsh":
        return [*words, ""] if line.endswith((" ", "\n")) else words
    return None


def _wants_neuron(words: Sequence[str]) -> bool:
    """Whether the last word can be nothing but a neuron's name."""
    if len(words) < 3 or words[-1].startswith("-") or "--" in words:
        return False
    before = words[-2]
    if before == "--neuron":
        return words[1] == "fleet"
    if before.startswith("-") and before not in _SWITCHES:
        return False
    if words[1] in _TAKE_ONE:
        return len(words) == 3
    return words[1] in _TAKE_NEURONS


def _profile(words: Sequence[str], environ: Mapping[str, str]) -> Path | None:
    named = environ.get("NETCTL_PROFILE", "")
    for place, word in enumerate(words[:-1]):
        if word in ("-p", "--profile"):
            named = words[place + 1]
    return Path(named) if named else None
