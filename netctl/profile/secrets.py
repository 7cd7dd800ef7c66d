"""Secrets have no place in a profile: keys, mnemonics, passwords. Found by shape and by name, never repeated."""

from __future__ import annotations

import re

from netctl.errors import Fault
from netctl.profile.place import Place
from netctl.profile.source import Document

_RAW_KEY = re.compile(r"(?<![0-9a-zA-Z])(?:0x)?[0-9a-fA-F]{64}(?:[0-9a-fA-F]{64})?(?![0-9a-zA-Z])")
_WORD_COUNTS = (12, 15, 18, 21, 24)
_WORD = re.compile(r"[a-z]{3,8}")
_SECRET_NAME = re.compile(
    r"(?:^|[_.-])(?:API)?(?:KEY|TOKEN|SECRET|PASSWORD|PASSWD|PASSPHRASE|PWD|MNEMONIC|SEED|CREDENTIALS?)"
    r"(?:[_.-]?(?:[0-9]+|\{i\}))?$",
    re.IGNORECASE,
)
_REFERENCE = re.compile(r"\$(?:[A-Za-z_][A-Za-z0-9_]*(?:\{i\})?|\{[A-Za-z_][A-Za-z0-9_]*(?:\{i\})?\})")


def find(document: Document) -> list[tuple[Place, Fault]]:
    """Every place that holds what looks like a secret; the message never shows it."""
    leaks: list[tuple[Place, Fault]] = []
    for place, text in document.texts.items():
        what = _shape(text)
        if what:
            hint = "take it out of the file, and treat it as lost if others saw it"
        elif _is_named_secret(place) and text and not _REFERENCE.fullmatch(text):
            what = f"{place[-1]} looks like a secret and is written out"
            hint = _instead(place)
        else:
            continue
        leaks.append((place, document.fault(place, what, hint)))
    return leaks


def _shape(text: str) -> str:
    if _RAW_KEY.search(text):
        return "this looks like a private key or a seed"
    words = text.split()
    if len(words) in _WORD_COUNTS and all(_WORD.fullmatch(word) for word in words):
        return f"this looks like a mnemonic of {len(words)} words"
    return ""


def _is_named_secret(place: Place) -> bool:
    section = place[-2] if len(place) > 1 else None
    return section in ("env", "args") and isinstance(place[-1], str) and bool(_SECRET_NAME.search(place[-1]))


def _instead(place: Place) -> str:
    if place[-2] == "args":
        return "a command line is no place for secrets: name it in env: as $NAME"
    return f"write ${place[-1]} and export it before `netctl fleet up`"


def hide(text: str) -> str:
    """The text without anything that has the shape of a key."""
    return _RAW_KEY.sub("<secret>", text)
