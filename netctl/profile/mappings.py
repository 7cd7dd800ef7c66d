"""The free mappings of a profile: environment, command line, files. Each reports all its faults at once."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from pathlib import PurePosixPath
from typing import Annotated, Any

from pydantic import PlainValidator, WithJsonSchema

from netctl.profile.words import Sub, expected, found, number_text, wrongs

Args = tuple[tuple[str, str | None], ...]
"""Long options without their dashes; None for one that takes no value. False switches a default's option off."""

_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*(?:\{i\}[A-Za-z0-9_]*)?")
_OPTION = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*")
_REFERENCE = re.compile(r"\$(?:\$|[A-Za-z_][A-Za-z0-9_]*(?:\{i\})?|\{[A-Za-z_][A-Za-z0-9_]*(?:\{i\})?\})")
OFF = "\0off"
"""The value of an option that is switched off: no command line can hold it."""

SET_BY_NETCTL = {
    "netuid": "`netuid:`",
    "wallet.name": "`wallet:`",
    "wallet.hotkey": "`hotkey:`",
    "wallet.path": "`wallet_path:`",
    "subtensor.network": "`network:`",
    "subtensor.chain_endpoint": "`network:`",
    "axon.port": "`port:`",
    "axon.external_port": "`port:`",
    "axon.external_ip": "`ip:`",
}


def text_of(item: str | int | Decimal) -> str:
    """A word as it was written."""
    return item if isinstance(item, str) else number_text(item)


def _env(value: Any) -> dict[str, str]:
    if not isinstance(value, Mapping):
        raise expected("a mapping of variables", value, "write for example MINER_EVAL_PERIOD_MINUTES: 5")
    faults: list[Sub] = []
    variables: dict[str, str] = {}
    for key, item in value.items():
        if not _VARIABLE.fullmatch(key):
            faults.append(((key,), f"{key[:60]!r} is not a name of a variable", "letters, digits and _"))
        if isinstance(item, str | int | Decimal) and not isinstance(item, bool):
            variables[key] = text_of(item)
            faults += [((key,), *fault) for fault in _value_faults(text_of(item))]
        elif item is None:
            faults.append(((key,), "a variable without a value", 'write "" for an empty one'))
        else:
            faults.append(((key,), f"expected text, found {found(item)}", "put it in quotes"))
    if faults:
        raise wrongs(faults)
    return variables


def _value_faults(text: str) -> list[tuple[str, str]]:
    if "\n" in text or "\r" in text:
        return [("a value of more than one line", "write it in one line")]
    if "$" in _REFERENCE.sub("", text):
        return [("a $ that names no variable", "write $NAME or ${NAME}, or $$ for a dollar sign")]
    return []


def _args(value: Any) -> Args:
    if isinstance(value, tuple):
        return _args_of_list(value)
    if not isinstance(value, Mapping):
        raise expected("a mapping of options, or a list", value, "write for example max_targets: 10")
    faults: list[Sub] = []
    pairs: list[tuple[str, str | None]] = []
    for key, item in value.items():
        faults += [((key,), *fault) for fault in _option_faults(key)]
        if item is None or item is True:
            pairs.append((key, None))
        elif item is False:
            pairs.append((key, OFF))
        elif isinstance(item, str | int | Decimal):
            pairs.append((key, text_of(item)))
            faults += [((key,), *fault) for fault in _argument_faults(text_of(item))]
        else:
            faults.append(((key,), f"expected one value, found {found(item)}", "give the option as text"))
    if faults:
        raise wrongs(faults)
    return tuple(pairs)


def _args_of_list(items: tuple[Any, ...]) -> Args:
    faults: list[Sub] = []
    pairs: list[tuple[str, str | None]] = []
    for number, item in enumerate(items):
        if isinstance(item, bool) or not isinstance(item, str | int | Decimal):
            faults.append(((number,), f"expected text, found {found(item)}", "put it in quotes"))
            continue
        text = text_of(item)
        faults += [((number,), *fault) for fault in _argument_faults(text)]
        if text.startswith("--"):
            option, is_pair, given = text[2:].partition("=")
            faults += [((number,), *fault) for fault in _option_faults(option)]
            pairs.append((option, given if is_pair else None))
        elif pairs and pairs[-1][1] is None:
            pairs[-1] = (pairs[-1][0], text)
        else:
            faults.append(((number,), f"{text[:60]!r} follows no option", "write --option and its value in turn"))
    if faults:
        raise wrongs(faults)
    return tuple(pairs)


def _option_faults(option: str) -> list[tuple[str, str]]:
    if option.startswith("-"):
        return [(f"the option {option[:60]!r} is written with its dashes", f"write {option.lstrip('-')[:60]}:")]
    if not _OPTION.fullmatch(option):
        return [(f"{option[:60]!r} is not the name of an option", "letters, digits, dots, - and _")]
    if option in SET_BY_NETCTL:
        return [(f"--{option} is set by netctl", f"use {SET_BY_NETCTL[option]} instead")]
    return []


def _argument_faults(text: str) -> list[tuple[str, str]]:
    if any(ord(character) < 32 for character in text):
        return [("a value of more than one line, or with a tab", "write it in one line")]
    return []


def _env_file(value: Any) -> tuple[str, ...]:
    names = value if isinstance(value, tuple) else (value,)
    for name in names:
        if not isinstance(name, str) or not name.strip():
            raise expected("a path, or a list of paths", name, "name a file beside the profile")
    return names


def _files(value: Any) -> dict[str, str]:
    if not isinstance(value, Mapping):
        raise expected("a mapping of files", value, "write where it goes, then where it comes from: a/b.json: my.json")
    faults: list[Sub] = []
    for target, origin in value.items():
        if not _is_inside(target):
            hint = "write a path inside the neuron's working directory"
            faults.append(((target,), f"{target[:60]!r} leaves the neuron's working directory", hint))
        if not isinstance(origin, str) or not origin.strip():
            faults.append(((target,), f"expected a path, found {found(origin)}", "name the file to copy"))
    if faults:
        raise wrongs(faults)
    return dict(value)


def _is_inside(target: str) -> bool:
    path = PurePosixPath(target)
    plain = target.isprintable() and not target.endswith("/") and "\\" not in target
    return plain and bool(path.parts) and not path.is_absolute() and ".." not in path.parts and target[0] != "~"


_SCALARS = {"type": ["string", "number"]}
Env = Annotated[
    dict[str, str], PlainValidator(_env), WithJsonSchema({"type": "object", "additionalProperties": _SCALARS})
]
Arguments = Annotated[
    Args,
    PlainValidator(_args),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "object", "additionalProperties": {"type": ["string", "number", "boolean", "null"]}},
                {"type": "array", "items": _SCALARS},
            ]
        }
    ),
]
EnvFiles = Annotated[
    tuple[str, ...],
    PlainValidator(_env_file),
    WithJsonSchema({"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]}),
]
Files = Annotated[
    dict[str, str],
    PlainValidator(_files),
    WithJsonSchema({"type": "object", "additionalProperties": {"type": "string", "minLength": 1}}),
]
