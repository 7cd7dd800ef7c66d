"""Secrets have no place in a profile: keys, mnemonics, passwords. Found by shape and by name, never repeated."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace

from netctl.errors import Fault
from netctl.profile.place import Place
from netctl.profile.source import Document

# An image's digest is as long as a key, and none.
_RAW_KEY = re.compile(r"(?<!sha256:)(?<![0-9a-zA-Z])(?:0x)?[0-9a-fA-F]{64}(?:[0-9a-fA-F]{64})?(?![0-9a-zA-Z])")
_MNEMONIC = re.compile(r"(?:\b[a-z]{3,8} ){11,}[a-z]{3,8}\b")
_WORD_COUNTS = (12, 15, 18, 21, 24)
_WORD = re.compile(r"[a-z]{3,8}")
_SECRET_NAME = re.compile(
    r"(?:^|[_.-])(?:API)?(?:KEY|TOKEN|SECRET|PASSWORD|PASSWD|PASSPHRASE|PWD|MNEMONIC|SEED|CREDENTIALS?)"
    r"(?:[_.-]?(?:[0-9]+|\{i\}))?$",
    re.IGNORECASE,
)
_REFERENCE = re.compile(r"\$(?:[A-Za-z_][A-Za-z0-9_]*(?:\{i\})?|\{[A-Za-z_][A-Za-z0-9_]*(?:\{i\})?\})")

_KEY_SHAPED = "this looks like a private key or a seed"
_LOST = "take it out of the file, and treat it as lost if others saw it"


def find(document: Document) -> list[tuple[Place, Fault]]:
    """Every place that holds what looks like a secret; the message never shows it."""
    leaks: list[tuple[Place, Fault]] = []
    for place in document.lines:
        key = place[-1] if place and isinstance(place[-1], str) else ""
        text = document.texts.get(place, "")
        what = _shape(text)
        if _shape(key):
            leaks.append((place, Fault(document.path, document.line_of(place), "", _shape(key), _LOST)))
        elif what:
            leaks.append((place, document.fault(place, what, _LOST)))
        elif _is_named_secret(place) and text and (place[-2] == "args" or not _REFERENCE.fullmatch(text)):
            what = f"{key} looks like a secret" + (" and is written out" if place[-2] == "env" else "")
            leaks.append((place, document.fault(place, what, _instead(place))))
    return leaks + _in_comments(document, {fault.line for _, fault in leaks})


def _in_comments(document: Document, seen: set[int | None]) -> list[tuple[Place, Fault]]:
    lines = enumerate(document.text.split("\n"), start=1)
    found = [number for number, line in lines if _RAW_KEY.search(line) and number not in seen]
    return [((), Fault(document.path, number, "", _KEY_SHAPED, _LOST)) for number in found]


def _shape(text: str) -> str:
    if _RAW_KEY.search(text):
        return _KEY_SHAPED
    return f"this looks like a mnemonic of {len(text.split())} words" if is_mnemonic(text) else ""


def _is_named_secret(place: Place) -> bool:
    section = place[-2] if len(place) > 1 else None
    return section in ("env", "args") and isinstance(place[-1], str) and bool(_SECRET_NAME.search(place[-1]))


def _instead(place: Place) -> str:
    if place[-2] == "args":
        return "a command line is no place for secrets: name it in env: as $NAME"
    return f"write ${place[-1]} and export it before `netctl fleet up`"


def is_mnemonic(text: str) -> bool:
    """Whether a text is a mnemonic by its look: so many small words, and nothing else."""
    words = text.split()
    return len(words) in _WORD_COUNTS and all(_WORD.fullmatch(word) for word in words)


def is_secret_name(name: str) -> bool:
    """Whether a variable or option of that name holds a secret."""
    return bool(_SECRET_NAME.search(name))


def is_secret_shaped(text: str) -> bool:
    """Whether a text looks like a key or a mnemonic, whatever it is called."""
    return bool(_shape(text))


def hide(faults: Iterable[Fault]) -> list[Fault]:
    """The same faults without anything in them that has the shape of a secret."""
    return [replace(f, field=_hidden(f.field), message=_hidden(f.message), hint=_hidden(f.hint)) for f in faults]


def _hidden(text: str) -> str:
    return _MNEMONIC.sub("<secret>", _RAW_KEY.sub("<secret>", text))
