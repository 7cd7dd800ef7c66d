"""The profile to begin with, as text: two miners and a validator of the code, with a comment at each guess."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from netctl.fleet import Role
from netctl.newcomer.annotated import Entry, Part, Remark, entry, text_of
from netctl.newcomer.facts import Argument, Checkout, Place, Variable
from netctl.newcomer.guesses import LEAST_STAKE, Guess, RoleGuess
from netctl.newcomer.meanings import meaning_of
from netctl.profile.secrets import is_secret_name

MOST_SHOWN = 40
_KNOWN = {"HOME", "PATH", "USER", "PWD", "LANG", "PYTHONPATH", "DEBUG", "WANDB_MODE"}


@dataclass(frozen=True, slots=True)
class Wish:
    """What the user chose: names, and the subnet's number and interpreter where they are told."""

    name: str
    netuid: int | None = None
    python: Path | None = None


def netuid_of(checkout: Checkout, roles: Mapping[Role, RoleGuess], told: int | None) -> tuple[int, Guess]:
    """The subnet's number: as told, else from a command line for the test network, else from any, else a default."""
    if told is not None:
        return told, Guess("netuid", Place("--netuid"), "certain", "as you said")
    shown = [
        (line, number)
        for line in checkout.papers.run_lines
        if (number := line.options.get("--netuid") or "").isdigit() and 0 < int(number) < 65536
    ]
    on_test = [each for each in shown if each[0].options.get("--subtensor.network") == "test"]
    if on_test or shown:
        line, number = (on_test or shown)[0]
        where = "a command line for the test network" if on_test else "a command line, not for the test network"
        return int(number), Guess("netuid", line.place, "likely" if on_test else "guessed", f"from {where}")
    for guess in roles.values():
        for argument in guess.program.arguments:
            known = meaning_of(argument.name)
            default = argument.default
            if known is not None and known[0].name == "netuid" and isinstance(default, int) and 0 < default < 65536:
                return default, Guess("netuid", argument.place, "guessed", "what the code takes by itself")
    return 1, Guess("netuid", Place("README.md"), "guessed", "nothing names the subnet: put its number here")


def needed_variables(checkout: Checkout, roles: Mapping[Role, RoleGuess]) -> tuple[Variable, ...]:
    """Variables that a program ends without, each once; the example's value comes along where it is no secret."""
    examples = {each.name: each.example for each in checkout.papers.variables}
    taken = {variable.name for guess in roles.values() for variable in guess.variables}
    found: dict[str, Variable] = {}
    for guess in roles.values():
        for each in guess.program.variables:
            if each.needed and each.name not in taken | _KNOWN:
                found.setdefault(each.name, Variable(each.name, each.place, True, examples.get(each.name)))
    return tuple(found.values())


def value_of(variable: Variable) -> str:
    """As a profile writes it: the example's, or a name of the operator's environment."""
    if variable.example:
        return variable.example.replace("$", "$$")
    return f"${variable.name}"


def profile_text(checkout: Checkout, roles: Mapping[Role, RoleGuess], wish: Wish, *, beside: Path, pack: str) -> str:
    """The profile; `beside` is the directory that it will lie in, `pack` what it calls its pack."""
    netuid, why = netuid_of(checkout, roles, wish.netuid)
    code = relative(checkout.root, beside)
    python = wish.python or checkout.papers.interpreter
    neurons: list[Part] = [entry("path", code)]
    if python is not None:
        told = "as you said (certain)" if wish.python is not None else "the checkout's own, found and not run (likely)"
        neurons.append(entry("python", relative(python, beside), told))
    neurons.append(entry("pack", pack, "How to run them; netctl made it of the same code, and it is yours to mend."))
    parts: list[Part] = [
        Remark(
            f"An experiment with the neurons of {checkout.root.name}. Written by netctl, which read the code and ran"
        ),
        Remark("none. At each guess stands where it was read and how sure that is: certain, likely, guessed."),
        Remark(""),
        entry("name", wish.name, "Also the name of its directory under .netctl/."),
        entry("network", "test", "finney, test, local, or the ws:// address of a node."),
        entry("netuid", netuid, str(why)),
        Remark(""),
        entry("neurons", neurons, "The subnet's own programs, run as they are. Paths are relative to this file."),
        *_defaults(checkout, roles),
        Remark(""),
        entry("miners", list(_miners(checkout, roles["miner"], wish.name))),
        Remark(""),
        *_validators(checkout, roles, wish.name),
        Remark(""),
        entry(
            "registration", {"max_burn": 1, "budget": 5}, "TAO that one registration may cost, and one command spend."
        ),
        Remark(""),
        *_rehearsal(neurons, has_python=python is not None),
    ]
    return text_of(parts)


def relative(path: Path, beside: Path) -> str:
    """The path as the profile names it, never with the symlinks of an interpreter followed."""
    return os.path.relpath(path.absolute(), beside.absolute())


def _defaults(checkout: Checkout, roles: Mapping[Role, RoleGuess]) -> Iterator[Part]:
    needed = needed_variables(checkout, roles)
    taken = (
        {each.name for each in needed} | {each.name for guess in roles.values() for each in guess.variables} | _KNOWN
    )
    others: dict[str, Variable] = {}
    for each in (*checkout.papers.variables, *(v for guess in roles.values() for v in guess.program.variables)):
        if each.name not in taken and not each.name.startswith("BT_"):
            others.setdefault(each.name, each)
    on: list[Part] = [
        entry(each.name, value_of(each), f"{each.place} (certain): the program ends without it") for each in needed
    ]
    off: list[Part] = [
        entry(each.name, value_of(each), f"{each.place} (guessed): it may be read", off=bool(on))
        for each in list(others.values())[:MOST_SHOWN]
    ]
    if not on and not off:
        return
    yield Remark("")
    told = "Secrets are named, never written: $NAME is taken from your environment."
    yield entry("defaults", [entry("env", [*on, *off], told)], off=not on)


def _miners(checkout: Checkout, guess: RoleGuess, name: str) -> Iterator[Part]:
    can_be_two = guess.can_be_several
    why = "guessed: enough to see them side by side" if can_be_two else "certain: two would share a port or a hotkey"
    member: list[Part] = [
        entry("name", "miner_{i}"),
        entry("count", 2 if can_be_two else 1, why),
        entry("wallet", f"{name}_miner_{{i}}", "Made where it is missing; for keys of yours: existing: true"),
        entry("hotkey", "default"),
        *_arguments(checkout, guess.left),
    ]
    yield from _machine(checkout, "miner")
    yield entry(None, member)


def _validators(checkout: Checkout, roles: Mapping[Role, RoleGuess], name: str) -> Iterator[Part]:
    guess = roles.get("validator")
    limit = roles["miner"].stake_limit
    stake = LEAST_STAKE + 10
    why = "guessed: a little, for a permit; what miners ask for on a public network is for you to find out"
    if limit is not None:
        why = f"{limit.place} (likely): miners ask for {limit.default}, and off the public networks for {LEAST_STAKE}"
    member: list[Part] = [
        entry("name", "validator_1"),
        entry("wallet", f"{name}_validator"),
        entry("hotkey", "default"),
        entry("stake", stake, why),
        *(_arguments(checkout, guess.left) if guess is not None else ()),
    ]
    if guess is None:
        text = "guessed: no validator was found in the code; the stand-ins of a rehearsal have one"
        yield entry("validators", [entry(None, member)], text, off=True)
        return
    yield entry("validators", [*_machine(checkout, "validator"), entry(None, member)])


def _machine(checkout: Checkout, role: Role) -> Iterator[Part]:
    wanted = checkout.papers.machine.get(role)
    if wanted is not None:
        yield Remark(f"{wanted[1]} (certain): a {role} wants {wanted[0]}")


def _arguments(checkout: Checkout, left: tuple[Argument, ...]) -> Iterator[Part]:
    """What else the program takes, to be uncommented; a switch is given as true."""
    shown = [each for each in left if not each.of_sdk and not is_secret_name(each.name)]
    below = [
        entry(each.name[2:], _sample(checkout, each), f"{each.place} (certain): {_told(each)}")
        for each in sorted(shown, key=lambda each: not each.required)[:MOST_SHOWN]
    ]
    if below:
        yield entry("args", below, "What else it takes, with the value that it takes by itself.", off=True)


def _sample(checkout: Checkout, argument: Argument) -> str | int | float | bool:
    if argument.is_switch:
        return True
    if argument.below_code:
        return str(checkout.root / str(argument.default))
    return argument.default if argument.default is not None else ""


def _told(argument: Argument) -> str:
    words = (
        "it must be given" if argument.required else "a switch" if argument.is_switch else argument.kind or "an option"
    )
    return f"{words}; {argument.help[:160]}" if argument.help else words


def _bare(parts: list[Part]) -> list[Part]:
    """The same without what was said of them already."""
    return [replace(each, remarks=()) for each in parts if isinstance(each, Entry)]


def _rehearsal(neurons: list[Part], *, has_python: bool) -> Iterator[Part]:
    told = "Under --rehearse the same programs run on the embedded chain. Without this, netctl's stand-ins do."
    if not has_python:
        told = (
            "Under --rehearse netctl's stand-ins run, for the checkout has no interpreter yet. To rehearse the code "
            "itself: `netctl neurons install`, then uncomment this."
        )
    yield entry("rehearsal", [entry("neurons", _bare(neurons))], told, off=not has_python)
