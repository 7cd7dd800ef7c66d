"""Words that every line must have that a pattern can take, so that most lines need no pattern at all."""

from __future__ import annotations

import re
from collections.abc import Sequence
from re import _constants, _parser  # type: ignore[attr-defined]
from typing import Any

SHORTEST = 3
"""Bytes: a shorter word is in too many lines to save anything."""


def literals_of(pattern: str, *, last_line: bool = False) -> tuple[str, ...]:
    """Texts of which each match of the pattern has at least one; none where nothing of the kind can be said.

    With `last_line` in the last of the lines that it takes. Read from the standard library's own parse of the pattern,
    whose module is private: what it does not know is taken for something that may be absent.
    """
    parsed = _parser.parse(pattern)
    if parsed.state.flags & re.IGNORECASE:
        return ()
    parts = list(parsed)
    if last_line:
        dotall = bool(parsed.state.flags & re.DOTALL)
        begin = max((n + 1 for n, part in enumerate(parts) if dotall or _may_break(*part)), default=0)
        parts = parts[begin:]
    return tuple(sorted(set(_best(_choices(parts)))))


def ends_with_text(pattern: str) -> bool:
    r"""Whether the pattern ends in `\Z`, so that all it takes ends where the text does."""
    parsed = _parser.parse(pattern)
    return bool(len(parsed)) and parsed[-1] == (_constants.AT, _constants.AT_END_STRING)


def hidden_by(found: str, other: str) -> set[str]:
    """What must follow the word `found` for `other` to begin within it; an empty text where nothing must."""
    starts = (
        start for start in range(len(found)) if (found[start:] + other[len(found) - start :])[: len(other)] == other
    )
    return {other[len(found) - start :] for start in starts}


def _best(choices: Sequence[Sequence[str]]) -> Sequence[str]:
    """Of several sets of which each must have a member in the line: the one whose shortest member is longest."""
    usable = [each for each in choices if each and _shortest(each) >= SHORTEST]
    return max(usable, key=lambda each: (_shortest(each), -len(each)), default=())


def _shortest(words: Sequence[str]) -> int:
    return min(len(word.encode()) for word in words)


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


def _may_break(code: Any, argument: Any) -> bool:
    """Whether a part of a pattern may take the end of a line."""
    if code in (_constants.LITERAL, _constants.NOT_LITERAL):
        return (argument == ord("\n")) is (code is _constants.LITERAL)
    if code is _constants.SUBPATTERN:
        return argument[1] != 0 or any(_may_break(*part) for part in argument[3])
    if code is _constants.BRANCH:
        return any(_may_break(*part) for branch in argument[1] for part in branch)
    if code in (_constants.MAX_REPEAT, _constants.MIN_REPEAT):
        return any(_may_break(*part) for part in argument[2])
    if code is _constants.IN:
        return not all(map(_is_within_line, argument))
    return code not in (_constants.AT, _constants.ANY)


def _is_within_line(member: Any) -> bool:
    code, argument = member
    if code is _constants.LITERAL:
        return bool(argument != ord("\n"))
    if code is _constants.RANGE:
        return bool(argument[0] > ord("\n") or argument[1] < ord("\n"))
    return argument in (_constants.CATEGORY_DIGIT, _constants.CATEGORY_WORD, _constants.CATEGORY_NOT_SPACE)


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
