"""Takes a neuron's secrets out of what it wrote, also where it wrote them quoted, escaped or encoded."""

from __future__ import annotations

import io
import json
import re
import shlex
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Collection, Iterator
from html import escape
from pathlib import Path
from urllib.parse import quote, quote_plus

from dotenv import dotenv_values

MASK = "********"
SHORTEST = 4
"""What is shorter says nothing by itself, and stands in every other line."""
_ANYWHERE = 6
_PERCENT = re.compile(r"%[0-9A-F]{2}")
# Prose has words of one or two letters; a mnemonic never does.
_MNEMONIC = re.compile(r"\b[a-z]{3,8}(?:[ ,'\"]{1,4}[a-z]{3,8}){11,}\b")


class Mask:
    """Hides these values in a text. `longest` is how many characters the longest way of writing one takes."""

    def __init__(self, secrets: Collection[str]) -> None:
        written = {form for secret in secrets for form in _forms(secret) if len(form) >= SHORTEST}
        ordered = sorted(written, key=lambda form: (-len(form), form))
        self.longest = len(ordered[0]) if ordered else 0
        parts = [re.escape(form) if len(form) >= _ANYWHERE else rf"(?<!\w){re.escape(form)}(?!\w)" for form in ordered]
        self._pattern = re.compile("|".join(parts)) if parts else None

    def __call__(self, text: str) -> str:
        """The text without them, and without word lists that could be a mnemonic."""
        if self._pattern is not None:
            text = self._pattern.sub(MASK, text)
        return _MNEMONIC.sub(MASK, text)

    def __repr__(self) -> str:
        return "Mask(...)"


def mask_of(env_file: Path, public: Collection[str]) -> Mask:
    """The mask of a neuron by its rendered environment: what is not known to be public is a secret."""
    try:
        text = env_file.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return Mask(())
    values = dotenv_values(stream=io.StringIO(text), interpolate=False)
    return Mask([value for name, value in values.items() if value and name not in public])


def _forms(secret: str) -> Iterator[str]:
    """The ways in which programs write a value, and each line of one that has several."""
    lines = secret.splitlines()
    for text in (secret, *(line.strip() for line in lines if len(lines) > 1)):
        encoded = text.encode(errors="surrogateescape")
        quoted = (quote(encoded, safe=""), quote(encoded), quote_plus(encoded))
        yield from (text, json.dumps(text)[1:-1], repr(text)[1:-1], shlex.quote(text)[1:-1], escape(text))
        yield from (*quoted, *(_PERCENT.sub(lambda hit: hit[0].lower(), form) for form in quoted))
        yield from (b64encode(encoded).decode(), urlsafe_b64encode(encoded).decode())
