"""What a session was started with, part by part, small enough for a label: so that a plan can say what differs.

What may be shown stands there as it is; secrets, files and long values are digests, and change without saying how.
"""

from __future__ import annotations

import base64
import json
import re
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from hashlib import sha256

LONGEST_PLAIN = 160
SHOWN = 60
INTERPRETER, CODE = "interpreter", "code directory"
"""The settings whose places also stand in arguments and variables."""
_NUMBER = re.compile(r"-[\d.]")
_Settled = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Parts:
    """All that reaches a neuron's process: a variable or a file is kept as it is, or else as a digest.

    `settings` are the few other things, by the name that a person knows them by. `salt` sets the digests apart from
    those of other neurons.
    """

    salt: str
    argv: tuple[str, ...]
    variables: Mapping[str, str]
    secrets: Mapping[str, str]
    files: Mapping[str, str]
    settings: Mapping[str, str]

    def text(self) -> str:
        """One word of letters, digits, ``-`` and ``_``, as a label can hold it."""
        plain = json.dumps(asdict(self), separators=(",", ":"))
        return base64.urlsafe_b64encode(zlib.compress(plain.encode())).decode().rstrip("=")


def parts_of(
    salt: str,
    argv: Sequence[str],
    variables: Mapping[str, str],
    public: Mapping[str, str],
    files: Mapping[str, bytes],
    settings: Mapping[str, str],
) -> Parts:
    """The parts of one neuron; `public` are the variables whose values may be kept as they are."""
    plain = {name: value for name, value in public.items() if name in variables and len(value) <= LONGEST_PLAIN}
    return Parts(
        salt,
        tuple(argv),
        plain,
        {name: _digest(salt, name, text.encode()) for name, text in variables.items() if name not in plain},
        {name: _digest(salt, name, content) for name, content in files.items()},
        settings,
    )


def read(text: str) -> Parts | None:
    """What `Parts.text` wrote; None for anything else, such as what another version of netctl wrote."""
    try:
        found = json.loads(zlib.decompress(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))))
        maps = (dict(found[name]) for name in ("variables", "secrets", "files", "settings"))
        return Parts(str(found["salt"]), tuple(found["argv"]), *maps)
    except (ValueError, zlib.error, KeyError, TypeError):
        return None


def differences(before: Parts, now: Parts) -> tuple[str, ...]:
    """What sets them apart, one line each: ``variable WAIT 5 → 10``; empty where nothing that is kept differs."""
    moved = [name for name in (INTERPRETER, CODE) if before.settings.get(name) != now.settings.get(name)]
    old, new = _settling(before, moved), _settling(now, moved)
    return (
        *_settings(before.settings, now.settings),
        *_arguments([old(word) for word in before.argv], [new(word) for word in now.argv]),
        *_variables(before, now, old, new),
        *_files(before.files, now.files),
    )


def _settling(parts: Parts, moved: Sequence[str]) -> _Settled:
    """Leaves open where an interpreter or a code directory lies that has moved: it is said once, not for each word."""
    places = {}
    for name in moved:
        place = parts.settings.get(name, "")
        places[place] = name
        if name == INTERPRETER:
            places.setdefault(place.rpartition("/")[0], f"{name}'s directory")
    places.pop("", None)

    def settled(text: str) -> str:
        for place in sorted(places, key=len, reverse=True):
            text = re.sub(rf"(?<![^:=]){re.escape(place)}(?=[/:]|$)", f"<{places[place]}>", text, count=1)
        return text

    return settled


def _settings(before: Mapping[str, str], now: Mapping[str, str]) -> Iterator[str]:
    for name in dict.fromkeys((*now, *before)):
        old, new = before.get(name), now.get(name)
        if old != new:
            yield f"{name} {_shown(old or 'none')} → {_shown(new or 'none')}"


def _arguments(before: Sequence[str], now: Sequence[str]) -> Iterator[str]:
    (old_words, old), (new_words, new) = _taken_apart(before), _taken_apart(now)
    if old_words != new_words:
        yield f"program {_shown(' '.join(old_words))} → {_shown(' '.join(new_words))}"
    for name in dict.fromkeys((*old, *new)):
        if name not in new:
            yield f"argument {name} removed"
        elif name not in old:
            yield f"argument {name} added{_value(new[name])}"
        elif old[name] != new[name]:
            yield f"argument {name} {_shown(old[name] or 'without a value')} → {_shown(new[name] or 'without a value')}"
    if old_words == new_words and old == new and before != now:
        yield "order of the arguments changed"


def _taken_apart(argv: Sequence[str]) -> tuple[list[str], dict[str, str]]:
    """The words that are no options, and what each option is given."""
    words: list[str] = []
    options: dict[str, str] = {}
    name = ""
    for word in argv:
        if word.startswith("-") and len(word) > 1 and not _NUMBER.match(word):
            name, equals, value = word.partition("=")
            options[name] = f"{options.get(name, '')} {value}".strip()
            name = "" if equals else name
        elif name:
            options[name] = f"{options[name]} {word}".strip()
            name = ""
        else:
            words.append(word)
    return words, options


def _variables(before: Parts, now: Parts, old: _Settled, new: _Settled) -> Iterator[str]:
    for name in sorted({*before.variables, *before.secrets, *now.variables, *now.secrets}):
        was, is_now = before.variables.get(name), now.variables.get(name)
        if was is not None and is_now is not None:
            if old(was) != new(is_now):
                yield f"variable {name} {_shown(was or 'empty')} → {_shown(is_now or 'empty')}"
        elif was is None and name not in before.secrets:
            yield f"variable {name} added{_value(is_now or '')}"
        elif is_now is None and name not in now.secrets:
            yield f"variable {name} removed"
        elif _print(before, name) != _print(now, name):
            yield f"variable {name} changed"


def _print(parts: Parts, name: str) -> str:
    plain = parts.variables.get(name)
    return parts.secrets[name] if plain is None else _digest(parts.salt, name, plain.encode())


def _files(before: Mapping[str, str], now: Mapping[str, str]) -> Iterator[str]:
    for name in sorted(before.keys() | now.keys()):
        if before.get(name) != now.get(name):
            yield f"file {name} {'added' if name not in before else 'removed' if name not in now else 'changed'}"


def _value(value: str) -> str:
    return f": {_shown(value)}" if value else ""


def _shown(value: str) -> str:
    text = " ".join(value.split())
    return text if len(text) <= SHOWN else f"{text[: SHOWN - 3]}..."


def _digest(salt: str, name: str, content: bytes) -> str:
    return sha256(b"\0".join((salt.encode(), name.encode(), content))).hexdigest()[:12]
