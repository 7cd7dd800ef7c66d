"""A neuron's whole environment: netctl's own few variables, then the pack's, the env files', the profile's."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

from dotenv import dotenv_values

from netctl.fleet import Fleet, NeuronSpec
from netctl.render.sources import Sources
from netctl.secrecy import SECRET_NAME

MARKER = "NETCTL_NEURON"
OWN = ("HOME", "LANG", MARKER, "PATH", "PWD", "TERM")
"""What netctl itself gives every neuron."""

_REFERENCE = re.compile(r"\$(?:(?P<dollar>\$)|\{(?P<braced>\w+)\}|(?P<bare>[A-Za-z_]\w*))")


@dataclass(frozen=True, slots=True)
class Variable:
    """One variable; a secret one never shows its value. `origin` is told to people."""

    name: str
    value: str = field(repr=False)
    secret: bool
    origin: str


@dataclass(frozen=True, slots=True)
class Environment:
    """A complete environment, sorted by name, with what is missing for it and what is worth saying."""

    variables: tuple[Variable, ...]
    missing: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    def values(self) -> Mapping[str, str]:
        """Name to value, secrets included: for the launcher and for digests only."""
        return {variable.name: variable.value for variable in self.variables}

    def secrets(self) -> frozenset[str]:
        """Every secret value, for masking."""
        return frozenset(variable.value for variable in self.variables if variable.secret and variable.value)

    def digest(self) -> str:
        """One-way over names and values."""
        return sha256(json.dumps(sorted(self.values().items())).encode(errors="surrogateescape")).hexdigest()[:32]

    def public(self) -> Mapping[str, str]:
        """The variables that may be shown."""
        return {variable.name: variable.value for variable in self.variables if not variable.secret}


def environment(
    fleet: Fleet,
    neuron: NeuronSpec,
    *,
    own: Sequence[tuple[str, str]],
    pack: Sequence[tuple[str, str]],
    operator: Mapping[str, str],
    sources: Sources,
) -> Environment:
    """Put it together. A rehearsal with stand-ins needs no keys: what the operator does not have is left out there."""
    found: dict[str, Variable] = {}
    missing: list[str] = []
    notes: list[str] = []
    lenient = fleet.rehearsal and fleet.code.path is None

    def add(name: str, value: str, origin: str, *, secret: bool = False) -> None:
        found[name] = Variable(name, value, secret or bool(SECRET_NAME.search(name)), origin)

    for name, value in own:
        add(name, value, "netctl")
    for name, value in pack:
        add(name, value, f"pack {fleet.code.pack}")
    for path in neuron.env_files:
        content = sources.read(path)
        if content is None and not lenient:
            missing.append(f"env_file {path} cannot be read")
        for name, value in _parsed(content).items():
            add(name, value, path.name, secret=True)
    for name, text in neuron.env:
        absent = [wanted for wanted in references(text) if wanted not in operator]
        if absent and lenient:
            found.pop(name, None)
            notes.append(f"{name} is left out: ${absent[0]} is not set, and stand-ins do not need it")
        elif absent:
            missing += [f"${wanted} is not set in your environment" for wanted in absent]
        else:
            add(name, _resolved(text, operator), "profile", secret=bool(references(text)))
    for name, value in own:
        if name == MARKER or (fleet.rehearsal and name == "HOME"):
            add(name, value, "netctl")
    missing += [f"{name} holds a NUL byte" for name, variable in found.items() if "\0" in variable.value]
    return Environment(tuple(found[name] for name in sorted(found)), tuple(missing), tuple(notes))


def operators_variables(fleet: Fleet) -> tuple[str, ...]:
    """What the fleet's env takes from the operator's environment, sorted; a rehearsal's stand-ins need none."""
    if fleet.rehearsal and fleet.code.path is None:
        return ()
    return tuple(sorted({name for neuron in fleet.neurons for _, text in neuron.env for name in references(text)}))


def public_names(neuron: NeuronSpec, *, own: Iterable[str], pack: Iterable[str], sources: Sources) -> tuple[str, ...]:
    """The names of this neuron's variables whose values are no secrets, sorted; what is not among them may be one."""
    of_files = {name for path in neuron.env_files for name in _parsed(sources.read(path))}
    plain = {name for name, text in neuron.env if not references(text)}
    named = {name for name, _ in neuron.env}
    found = (({*own, *pack} - of_files) - named) | plain
    return tuple(sorted(name for name in found if not SECRET_NAME.search(name)))


def references(text: str) -> list[str]:
    """The variables of the operator's environment that a value names."""
    return [name for match in _REFERENCE.finditer(text) if (name := match["braced"] or match["bare"])]


def _resolved(text: str, operator: Mapping[str, str]) -> str:
    replace: Callable[[re.Match[str]], str] = lambda m: "$" if m["dollar"] else operator[m["braced"] or m["bare"]]  # noqa: E731
    return _REFERENCE.sub(replace, text)


def _parsed(content: bytes | None) -> dict[str, str]:
    if content is None:
        return {}
    text = io.StringIO(content.decode("utf-8", errors="replace"))
    return {name: value for name, value in dotenv_values(stream=text, interpolate=False).items() if value is not None}


def dotenv_text(name: str, environment: Environment, profile: Path) -> str:
    """The environment for people, in the form of a .env file, with where each value comes from."""
    lines = [
        f"# Environment of {name}, written by netctl from {profile.name}. Changes here are lost:",
        "# change the profile and run `netctl fleet up`. The neuron gets exactly these variables and PWD.",
    ]
    origin = ""
    for variable in sorted(environment.variables, key=lambda v: (v.origin != "netctl", v.origin, v.name)):
        if variable.origin != origin:
            origin = variable.origin
            lines += ["", f"# {origin}"]
        lines.append(f"{variable.name}={_quoted(variable.value)}")
    return "\n".join(lines) + "\n"


def plain_quoted(value: str) -> str | None:
    """A value written so that python-dotenv, systemd, Compose and a shell all read it back; None where none can be."""
    if re.fullmatch(r"[\w./:@%+,=-]+", value):
        return value
    if "'" not in value and not re.search(r"\r|\\(\\|$)", value):
        return f"'{value}'"
    return f'"{value}"' if not re.search(r'[\r\n"\\$`]', value) else None


def _quoted(value: str) -> str:
    """The same; what not all of them can read is written as python-dotenv reads it, without interpolation."""
    plain = plain_quoted(value)
    return plain if plain is not None else "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"
