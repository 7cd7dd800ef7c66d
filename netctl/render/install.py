"""The recipe by which `netctl neurons install` makes the neurons' interpreter."""

from __future__ import annotations

from jinja2 import TemplateError

from netctl.errors import PrerequisiteError
from netctl.fleet import Fleet
from netctl.packs import Pack, jinja


def install_commands(fleet: Fleet, pack: Pack) -> tuple[tuple[str, ...], ...]:
    """The pack's commands, to be run in turn until one fails; PrerequisiteError where there is no recipe."""
    recipe = pack.spec.install
    if recipe is None:
        raise PrerequisiteError(
            f"pack {pack.name} has no install recipe", hint="its neurons run on netctl's own Python"
        )
    names = {"code": {"path": str(fleet.code.path or ""), "python": str(fleet.code.python)}}
    try:
        return tuple(tuple(jinja().from_string(word).render(names) for word in words) for words in recipe.commands)
    except TemplateError as exc:
        raise PrerequisiteError(f"pack {pack.name}, install: {exc}", hint="docs/packs.md explains the recipe") from exc
