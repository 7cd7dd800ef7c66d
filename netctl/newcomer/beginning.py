"""From a checkout to the files that begin a fleet of its neurons, and to what a person should know of them. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from netctl import packs
from netctl.fleet import Role
from netctl.newcomer.facts import Checkout
from netctl.newcomer.guesses import Guess, RoleGuess, guess_role
from netctl.newcomer.laying import Target
from netctl.newcomer.pack import SHIM, needs_shim, notes_of, pack_text
from netctl.newcomer.profile import Wish, needed_variables, netuid_of, profile_text, value_of
from netctl.profile.starter import fleet_name


@dataclass(frozen=True, slots=True)
class Beginning:
    """The files below the directory, the guesses that they hold, and what is to be looked at.

    `wanted` are variables of the operator's environment that the programs end without; `rehearses_code` says whether a
    rehearsal runs the subnet's own programs, or for want of an interpreter the stand-ins.
    """

    name: str
    profile: Target
    pack: tuple[Target, ...]
    programs: Mapping[Role, str]
    guesses: tuple[Guess, ...]
    notes: tuple[str, ...]
    wanted: tuple[str, ...]
    rehearses_code: bool
    installs: bool

    @property
    def targets(self) -> tuple[Target, ...]:
        return (self.profile, *self.pack)


def begun(checkout: Checkout, directory: Path, wish: Wish | None = None) -> Beginning:
    """Guess a pack and a profile; `directory` is the one that will hold ``profiles/`` and ``templates/``."""
    wish = wish or Wish(fleet_name(checkout.root.name))
    roles = {role: guess_role(checkout, program) for role, program in checkout.programs.items()}
    pack = f"templates/{wish.name}"
    text = profile_text(checkout, roles, wish, beside=directory / "profiles", pack=f"../{pack}")
    targets = [Target(f"{pack}/{packs.FILE}", pack_text(checkout, roles, name=wish.name).encode())]
    if needs_shim(checkout.papers, roles) is not None:
        targets.append(Target(f"{pack}/{SHIM}", (packs.find("resi") / SHIM).read_bytes()))
    values = [value_of(variable) for variable in needed_variables(checkout, roles)]
    papers = checkout.papers
    return Beginning(
        name=wish.name,
        profile=Target(f"profiles/{wish.name}.yaml", text.encode()),
        pack=tuple(targets),
        programs={role: program.file for role, program in checkout.programs.items()},
        guesses=(netuid_of(checkout, roles, wish.netuid)[1], *(g for r in roles.values() for g in _guesses(r))),
        notes=notes_of(checkout, roles),
        wanted=tuple(value[1:] for value in values if value.startswith("$") and not value.startswith("$$")),
        rehearses_code=(wish.python or papers.interpreter) is not None,
        installs=papers.requirements is not None or papers.is_package is not None,
    )


def _guesses(guess: RoleGuess) -> Iterator[Guess]:
    yield from (option.guess for option in (*guess.options, *guess.variables))
    yield from (each for each in (guess.listens, guess.announces, guess.after_permits) if each is not None)
