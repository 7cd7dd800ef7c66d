"""What is a secret by its name, and words of a command line that may be shown."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence

MASK = "********"
SECRET_NAME = re.compile(r"(KEY|TOKEN|SECRET|PASSWORD|PASSWD|MNEMONIC|CREDENTIAL)S?(_?\d+)?$", re.IGNORECASE)
NAMED = ("hotkey", "coldkey")
"""Options whose value is the name of a key, which is none."""

_SHORTEST = 6


def shown_words(words: Sequence[str], secrets: Collection[str] = ()) -> tuple[str, ...]:
    """The same words without the values of options that are secrets by their name, nor any of `secrets`."""
    return tuple(_without(word, secrets) for word in _masked(words))


def _masked(words: Sequence[str]) -> Iterator[str]:
    follows = False
    for word in words:
        name, has_value, _ = word.partition("=")
        is_option = word.startswith("-")
        is_secret = SECRET_NAME.search(name) is not None and not name.endswith(NAMED)
        if follows and not is_option:
            yield MASK
        elif has_value and is_secret:
            yield f"{name}={MASK}"
        else:
            yield word
        follows = is_option and not has_value and is_secret


def _without(word: str, secrets: Collection[str]) -> str:
    for secret in sorted(secrets, key=len, reverse=True):
        if len(secret) >= _SHORTEST:
            word = word.replace(secret, MASK)
    return word
