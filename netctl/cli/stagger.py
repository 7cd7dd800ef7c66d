"""The bare ``--stagger``, solved before typer sees the arguments: typer has no option whose value may be left out."""

from __future__ import annotations

from collections.abc import Sequence

from netctl.durations import is_stagger

_FLAG = "--stagger"


def spell_out_stagger(argv: Sequence[str]) -> list[str]:
    """The same arguments with every ``--stagger`` given its value: the next word if it is one, else ``auto``.

    A value is ``auto``, ``all``, a duration or ``Nblock``; any other word is a neuron. What
    follows ``--`` is left alone.
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
        if is_stagger(following):
            spelled.append(f"{_FLAG}={following}")
            next(words)
        else:
            spelled.append(f"{_FLAG}=auto")
    return spelled
