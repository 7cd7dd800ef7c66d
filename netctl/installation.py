"""The recipe that makes the neurons' own interpreter: a pack's commands, filled in for one fleet. Pure."""

from __future__ import annotations

from netctl import packs
from netctl.errors import PrerequisiteError
from netctl.fleet import Fleet
from netctl.packs import Pack


def install_commands(fleet: Fleet, pack: Pack) -> tuple[tuple[str, ...], ...]:
    """The commands in their order, each as its argv; empty where the pack's neurons need no interpreter of their own.

    PrerequisiteError where the profile names no checkout of code that the recipe wants.
    """
    if pack.spec.install is None:
        return ()
    if fleet.code.path is None or not fleet.code.path.is_dir():
        found = fleet.code.path or "nothing named"
        hint = "check the subnet's code out there, or set neurons.path in the profile"
        raise PrerequisiteError(f"pack {pack.name}: the neurons' code is not there ({found})", hint=hint)
    jinja = packs.jinja()
    names = {"code": fleet.code}
    return tuple(tuple(jinja.from_string(word).render(names) for word in words) for words in pack.spec.install.commands)
