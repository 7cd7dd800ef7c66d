"""Secrets of an ecosystem file: never copied, named as variables of the operator's environment instead."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from netctl.profile.secrets import is_secret_name, is_secret_shaped

_URL_WITH_PASSWORD = re.compile(r"[a-z][a-z0-9+.-]*://[^/\s:@]*:[^/\s@]+@")
_PLACEHOLDER = re.compile(r"\$[A-Za-z_][A-Za-z0-9_]*")


@dataclass(frozen=True, slots=True)
class Secrets:
    """Which variable of the operator's stands for which of a neuron's: (neuron, NAME) to its own name.

    `values` are what the file said, by that name; one that the file took from the environment has none.
    """

    references: Mapping[tuple[str, str], str]
    values: Mapping[str, str] = field(repr=False)

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(self.references.values()))


def is_secret(name: str, value: str) -> bool:
    """By its name, or by the look of its value; an empty one is none."""
    return bool(value) and (
        is_secret_name(name) or is_secret_shaped(value) or bool(_URL_WITH_PASSWORD.search(value)) or _is_taken(value)
    )


def _is_taken(value: str) -> bool:
    """Whether the file took it from the environment: it was evaluated with the variable's name in its place."""
    return _PLACEHOLDER.fullmatch(value) is not None


def secrets_of(neurons: Sequence[tuple[str, Mapping[str, str]]]) -> Secrets:
    """One name for all neurons where their values agree, else one for each."""
    given: dict[str, dict[str, str]] = {}
    for neuron, env in neurons:
        for name, value in env.items():
            if is_secret(name, value):
                given.setdefault(name, {})[neuron] = value
    references: dict[tuple[str, str], str] = {}
    values: dict[str, str] = {}
    for name, by_neuron in given.items():
        is_one = len(set(by_neuron.values())) == 1
        for neuron, value in by_neuron.items():
            own = value[1:] if _is_taken(value) else name if is_one else f"{name}_{_upper(neuron)}"
            references[neuron, name] = own
            if not _is_taken(value):
                values[own] = value
    return Secrets(references, values)


def _upper(neuron: str) -> str:
    return re.sub(r"[^A-Z0-9]+", "_", neuron.upper())
