"""The bare ``--stagger``, solved before typer sees the arguments: typer has no option whose value may be left out."""

from __future__ import annotations

import re
from collections.abc import Sequence

_FLAG = "--stagger"
_VALUE = re.compile(r"auto|all|\d+(\.\d+)?(ms|s|m|h)|\d+blocks?", re.ASCII)


def is_stagger_value(word: str) -> bool:
    """Whether the word is a pace (``auto``, ``all``, ``30s``, ``1block``) and so cannot be meant as a neuron."""
    return _VALUE.fullmatch(word) is not None


def spell_out_stagger(argv: Sequence[str]) -> list[str]:
    """The same arguments with every ``--stagger`` given its value: the next word if that is a pace, else ``auto``.

    Words after ``--`` are left alone.
    """
    spelled: list[str] = []
    words = iter(enumerate(argv))
    for place, word in words:
        if word == "--":
            return [*spelled, *argv[place:]]
        if word != _FLAG:
            spelled.append(word)
            continue
        following = argv[place + 1] if place + 1 < len(argv) else ""
        if is_stagger_value(following):
            spelled.append(f"{_FLAG}={following}")
            next(words)
        else:
            spelled.append(f"{_FLAG}=auto")
    return spelled
