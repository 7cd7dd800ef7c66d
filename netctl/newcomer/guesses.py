"""From what was read to what a pack says of one role: each with its place, how sure it is, and why. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from netctl.newcomer.facts import Argument, Certainty, Checkout, Place, Program
from netctl.newcomer.meanings import file_kept, is_other_port, is_stake_limit, meaning_of

LEAST_STAKE = 100
"""A rehearsal's validator has a little more, and miners that ask for a stake are told to ask for so much there."""


@dataclass(frozen=True, slots=True)
class Guess:
    """One thing that a pack or a profile says: of what it is, from where, how sure, and what that means."""

    what: str
    place: Place
    certainty: Certainty
    why: str

    def __str__(self) -> str:
        return f"{self.place} ({self.certainty}): {self.why}"


@dataclass(frozen=True, slots=True)
class OptionGuess:
    """An option of the command line; `template` None is a switch."""

    name: str
    template: str | None
    guess: Guess


@dataclass(frozen=True, slots=True)
class OwnedGuess:
    """What each neuron must have to itself."""

    what: str
    kind: str
    option: str
    default: str | None
    below_code: bool
    guess: Guess


@dataclass(frozen=True, slots=True)
class RoleGuess:
    """All that is guessed of one role. `left` are its options that nothing is said of."""

    program: Program
    options: tuple[OptionGuess, ...]
    variables: tuple[OptionGuess, ...]
    owns: tuple[OwnedGuess, ...]
    left: tuple[Argument, ...]
    stake_limit: Argument | None
    listens: Guess | None
    announces: Guess | None
    after_permits: Guess | None
    can_be_several: bool
    notes: tuple[str, ...]

    @property
    def has_port(self) -> bool:
        """Whether its port can be told to it."""
        return any(one.what == "axon port" for one in self.owns)


def guess_role(checkout: Checkout, program: Program) -> RoleGuess:
    """What is guessed of one program."""
    options: dict[str, OptionGuess] = {}
    owns: list[OwnedGuess] = []
    left: list[Argument] = []
    taken: set[str] = set()
    for argument in sorted(program.arguments, key=_certain_first):
        found = _of_meaning(argument, taken) or _of_file(argument) or _of_port(argument) or _of_stake(argument)
        if found is None:
            left.append(argument)
            continue
        option, owned = found
        if option is not None:
            options[option.name] = option
        if owned is not None:
            owns.append(owned)
    order = [argument.name for argument in program.arguments]
    variables = tuple(_variables(program, taken))
    return RoleGuess(
        program=program,
        options=tuple(sorted(options.values(), key=lambda each: order.index(each.name))),
        variables=variables,
        owns=tuple(owns),
        left=tuple(sorted(left, key=lambda each: order.index(each.name))),
        stake_limit=next((each for each in program.arguments if is_stake_limit(each)), None),
        listens=_listens(program),
        announces=_announces(program),
        after_permits=_after_permits(program),
        can_be_several="hotkey" in taken and ("axon port" in taken or _server(program) is None),
        notes=tuple(_notes(checkout, program, taken, left)),
    )


def _certain_first(argument: Argument) -> int:
    known = meaning_of(argument.name)
    return 0 if known is not None and known[1] == "certain" else 1


_Found = tuple[OptionGuess | None, OwnedGuess | None]


def _of_meaning(argument: Argument, taken: set[str]) -> _Found | None:
    known = meaning_of(argument.name)
    if known is None:
        return None
    meaning, certainty = known
    if meaning.name in taken or (meaning.name == "endpoint" and "network" in taken):
        return None  # another option of the program says it
    if meaning.template is None and not argument.is_switch:
        return None
    taken.add(meaning.name)
    by = "bittensor's own option, " if argument.of_sdk else ""
    guess = Guess(argument.name, argument.place, certainty, by + meaning.words)
    option = OptionGuess(argument.name, meaning.template, guess)
    if meaning.name != "axon port":
        return option, None
    default = str(argument.default) if isinstance(argument.default, int) else None
    return option, OwnedGuess("axon port", "port", argument.name, default, False, guess)


def _of_file(argument: Argument) -> _Found | None:
    path = file_kept(argument)
    if path is None:
        return None
    what = argument.name[2:].replace("_", " ").replace(".", " ").replace("-", " ")
    where = "in the checkout, where all neurons would share it" if argument.below_code else "where it runs"
    guess = Guess(argument.name, argument.place, "likely", f"a file of its own; without the option {path} {where}")
    option = OptionGuess(argument.name, f"{{{{ paths.work }}}}/{path.name}", guess)
    return option, OwnedGuess(what, "file", argument.name, str(path), argument.below_code, guess)


def _of_port(argument: Argument) -> _Found | None:
    if not is_other_port(argument):
        return None
    what = argument.name[2:].replace("_", " ").replace(".", " ").replace("-", " ")
    guess = Guess(argument.name, argument.place, "guessed", f"a second port, {argument.default} without the option")
    option = OptionGuess(argument.name, "{{ neuron.bind_port + 1000 }}", guess)
    return option, OwnedGuess(what, "port", argument.name, str(argument.default), False, guess)


def _of_stake(argument: Argument) -> _Found | None:
    if not is_stake_limit(argument):
        return None
    why = f"the stake that it asks of a validator, {argument.default} without the option; less off the public networks"
    guess = Guess(argument.name, argument.place, "likely", why)
    return OptionGuess(argument.name, f"{{{{ '' if network.public else '{LEAST_STAKE}' }}}}", guess), None


def _variables(program: Program, taken: set[str]) -> Iterator[OptionGuess]:
    """Variables of the environment that say what no option says."""
    for variable in program.variables:
        known = meaning_of(variable.name)
        if known is None or known[0].template is None or known[0].name in taken:
            continue
        taken.add(known[0].name)
        guess = Guess(variable.name, variable.place, "likely", f"read from the environment: {known[0].words}")
        yield OptionGuess(variable.name, known[0].template, guess)


def _server(program: Program) -> Place | None:
    return program.traits.makes_axon or program.traits.listens


def _listens(program: Program) -> Guess | None:
    traits = program.traits
    if traits.starts_axon is not None:
        return Guess("port", traits.starts_axon, "likely", "it starts an axon, so its port is its own when it is ready")
    if traits.listens is not None:
        return Guess("port", traits.listens, "likely", "it listens, so its port is its own when it is ready")
    return None


def _announces(program: Program) -> Guess | None:
    place = program.traits.announces
    return None if place is None else Guess("axon", place, "guessed", "it announces its axon on the chain")


def _after_permits(program: Program) -> Guess | None:
    place = program.traits.reads_permits
    if program.role != "miner" or place is None:
        return None
    why = "it reads who has a permit, and may keep that for long: started when the validators have theirs"
    return Guess("after_permits", place, "likely", why)


def _notes(checkout: Checkout, program: Program, taken: set[str], left: list[Argument]) -> Iterator[str]:
    """What the user has to look at."""
    traits = program.traits
    if program.certainty == "guessed":
        yield f"{program.file} was taken for the {program.role} {program.why}: look whether it is"
    if program.others:
        yield f"the {program.role} could also be {', '.join(program.others)}"
    for thing, words in (("hotkey", "its hotkey"), ("netuid", "the subnet's number")):
        if thing not in taken:
            yield f"{program.file}: no option or variable was found that tells it {words}"
    if not {"network", "endpoint"} & taken:
        yield f"{program.file}: no option or variable was found that tells it which chain"
    if "axon port" not in taken and _server(program) is not None:
        yield f"{_server(program)}: it listens, and no option was found for its port: two on one machine would share it"
    for argument in left:
        if argument.required:
            yield f"{argument.place}: {argument.name} must be given, and nothing says what: see args: in the profile"
    for file in program.files:
        if file.below_code:
            yield f"{file.place}: it writes {file.path} into the checkout, which all neurons share"
    if checkout.papers.env_file is not None and traits.loads_env_file is not None:
        wins = "; it beats what netctl gives" if traits.env_file_wins else ""
        yield f".env: every neuron reads it ({traits.loads_env_file}){wins}; move it away and name it as env_file"
