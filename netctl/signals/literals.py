"""Words that every line must have that a pattern can take, so that most lines need no pattern at all."""

from __future__ import annotations

import re
from collections.abc import Sequence
from re import _constants, _parser  # type: ignore[attr-defined]
from typing import Any

SHORTEST = 3
"""A shorter word is in too many lines to save anything."""


def literals_of(pattern: str) -> tuple[str, ...]:
    """Texts of which each match of the pattern has at least one; none where nothing of the kind can be said.

    Read from the standard library's own parse of the pattern, whose module is private: what it does not know is taken
    for something that may be absent.
    """
    parsed = _parser.parse(pattern)
    if parsed.state.flags & re.IGNORECASE:
        return ()
    return tuple(sorted(set(_best(_choices(parsed)))))


def hidden_by(found: str, other: str) -> set[str]:
    """What must follow the word `found` for `other` to begin within it; an empty text where nothing must."""
    starts = (
        start for start in range(len(found)) if (found[start:] + other[len(found) - start :])[: len(other)] == other
    )
    return {other[len(found) - start :] for start in starts}


def _best(choices: Sequence[Sequence[str]]) -> Sequence[str]:
    """Of several sets of which each must have a member in the line: the one whose shortest member is longest."""
    usable = [each for each in choices if each and min(map(len, each)) >= SHORTEST]
    return max(usable, key=lambda each: (min(map(len, each)), -len(each)), default=())


def _choices(parts: Any) -> list[Sequence[str]]:
    """Of a sequence: the runs of plain characters in it, and what its parts must have."""
    found: list[Sequence[str]] = []
    run = ""
    for code, argument in parts:
        if code is _constants.LITERAL and argument != ord("\n"):
            run += chr(argument)
            continue
        found.append((run,))
        run = ""
        found += _of_part(code, argument)
    return [each for each in (*found, (run,)) if each != ("",)]


def _of_part(code: Any, argument: Any) -> list[Sequence[str]]:
    if code is _constants.SUBPATTERN:
        _, add_flags, _, inside = argument
        return [] if add_flags & re.IGNORECASE else _choices(inside)
    if code is _constants.BRANCH:
        branches = [_best(_choices(branch)) for branch in argument[1]]
        return [tuple(text for branch in branches for text in branch)] if all(branches) else []
    if code in (_constants.MAX_REPEAT, _constants.MIN_REPEAT):
        least, _, inside = argument
        return _choices(inside) if least else []
    return []
