"""Pydantic's errors in a person's words, each at its place in the file."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo

from netctl.errors import Fault
from netctl.hyperparameters import ALIASES
from netctl.profile.model import Profile
from netctl.profile.place import Place
from netctl.profile.source import Document
from netctl.profile.suggest import closest, did_you_mean
from netctl.profile.words import found

_MOVED = {
    ("miners", "stake"): "stake is for validators",
    ("validators", "strategy"): "a strategy is for miners",
}


def parse(document: Document) -> tuple[Profile | None, list[tuple[Place, Fault]]]:
    """The profile, or None and every fault of a single field."""
    try:
        return Profile.model_validate(document.value), []
    except ValidationError as exc:
        errors = exc.errors(include_url=False)
        meant = {_meant(error) for error in errors if error["type"] == "extra_forbidden"}
        errors = [error for error in errors if error["type"] != "missing" or error["loc"] not in meant]
        return None, [pair for error in errors for pair in _faults(document, error)]


def _meant(error: Any) -> Place | None:
    """The key that an unknown one probably stands for: it is not blamed for being missing as well."""
    place: Place = error["loc"]
    match = closest(str(place[-1]), keys_at(place[:-1]))
    return (*place[:-1], match) if match is not None else None


def _faults(document: Document, error: Any) -> Iterator[tuple[Place, Fault]]:
    place: Place = tuple(part for part in error["loc"] if part != "[key]")
    kind, context = error["type"], error.get("ctx", {})
    if kind == "netctl":
        for under, message, hint in context["faults"]:
            yield (*place, *under), document.fault((*place, *under), message, hint)
        return
    message, hint = _words(kind, context, error["input"], place)
    yield place, document.fault(place, message, hint)


def _words(kind: str, context: dict[str, Any], value: Any, place: Place) -> tuple[str, str]:
    if kind == "missing":
        return "is missing", _example(place)
    if kind == "extra_forbidden":
        return _unknown_key(place)
    if kind == "literal_error":
        return _not_one_of(context["expected"], value)
    if kind in _KINDS:
        what, hint = _KINDS[kind]
        return f"expected {what}, found {found(value)}", hint
    if kind in ("greater_than_equal", "less_than_equal"):
        return f"{value} is out of range", f"{_limits(kind, context)}"
    return f"cannot be used: {kind}", ""


def _not_one_of(expected: str, value: Any) -> tuple[str, str]:
    """Of a field with a few words: `expected` is pydantic's list of them, 'a', 'b' or 'c'."""
    words = re.findall(r"'([^']*)'", expected)
    return f"expected one of {', '.join(words)}, found {found(value)}", did_you_mean(str(value), words) or "take one"


def _example(place: Place) -> str:
    field = field_at(place)
    examples = field.examples if field is not None else None
    return f"write for example `{place[-1]}: {examples[0]}`" if examples else f"add the section {place[-1]}:"


def _limits(kind: str, context: dict[str, Any]) -> str:
    return f"{context['ge']} is the least" if kind == "greater_than_equal" else f"{context['le']} is the most"


_KINDS = {
    "int_type": ("a whole number", "write digits, without quotes"),
    "bool_type": ("true or false", "write true or false, without quotes"),
    "string_type": ("text", "write one word, or quote it"),
    "tuple_type": ("a list", "start each entry with a dash"),
    "dict_type": ("a mapping", "write `key: value` lines under it"),
    "model_type": ("a mapping", "write `key: value` lines under it"),
    "model_attributes_type": ("a mapping", "write `key: value` lines under it"),
}


def _unknown_key(place: Place) -> tuple[str, str]:
    key = str(place[-1])
    section = str(place[0]) if len(place) > 1 else ""
    if (section, key) in _MOVED:
        return f"unknown key `{key[:60]}`", _MOVED[section, key]
    if key in ALIASES and ALIASES[key] in keys_at(place[:-1]):
        return f"unknown key `{key[:60]}`", f"write {ALIASES[key]}"
    known = keys_at(place[:-1])
    match = closest(key, known)
    if match is not None:
        return f"unknown key `{key[:60]}`", f"did you mean {match}?"
    elsewhere = next((where for where in _sections() if key in keys_at((where,))), None)
    if elsewhere is not None:
        return f"unknown key `{key[:60]}`", f"it belongs in {elsewhere}:"
    if not section and key in keys_at(("miners", 0)):
        return f"unknown key `{key[:60]}`", "it belongs to a neuron, or in defaults:"
    if section and key in keys_at(()):
        return f"unknown key `{key[:60]}`", "it belongs at the top of the file"
    return f"unknown key `{key[:60]}`", f"known here: {', '.join(known)}" if len(known) <= 24 else "take it out"


def _sections() -> list[str]:
    return ["defaults", "registration", "funding", "subnet", "rehearsal", "neurons", "chaos", "api_keys", "hosts"]


def keys_at(place: Place) -> list[str]:
    """The keys that a section knows, in the order of the model."""
    model = _section_at(place)
    return [field.alias or name for name, field in model.model_fields.items()] if model is not None else []


def field_at(place: Place) -> FieldInfo | None:
    """The model's field for a place, if there is one."""
    model = _section_at(place[:-1])
    fields = model.model_fields.items() if model is not None else ()
    return next((field for name, field in fields if (field.alias or name) == place[-1]), None)


def _section_at(place: Place) -> type[BaseModel] | None:
    model: type[BaseModel] | None = Profile
    for number, part in enumerate(place):
        if isinstance(part, int) or model is None:
            continue
        field = field_at(place[: number + 1])
        model = _model_in(field.annotation) if field is not None else None
    return model


def _model_in(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    inner = [_model_in(argument) for argument in getattr(annotation, "__args__", ())]
    return next((model for model in inner if model is not None), None)
