"""Did you mean ...?"""

from __future__ import annotations

import difflib
from collections.abc import Iterable


def closest(word: str, known: Iterable[str]) -> str | None:
    """The known word that this one most likely stands for, or None."""
    by_lower = {candidate.lower().replace("-", "_"): candidate for candidate in known}
    matches = difflib.get_close_matches(word[:80].lower().replace("-", "_"), by_lower, n=1, cutoff=0.6)
    return by_lower[matches[0]] if matches else None


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """A hint that names the likely word, or an empty one."""
    match = closest(word, known)
    return f"did you mean {match}?" if match is not None else ""
