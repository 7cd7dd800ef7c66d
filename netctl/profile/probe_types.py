"""The kinds of value that a probe has: what it seeks, how old that may be, which port, which address."""

from __future__ import annotations

import ipaddress
import re
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import AfterValidator, PlainValidator, WithJsonSchema

from netctl import durations
from netctl.probes.logfiles import compiled
from netctl.probes.model import Unit
from netctl.profile.types import Duration
from netctl.profile.words import expected, wrong

AXON = "axon"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,39}")
_AGE = re.compile(r"(\d{1,6})(blocks?|tempos?)")
_EXPRESSION = re.compile(r"\{\{.*?\}\}")
_REFERENCE = re.compile(r"\$(?:[A-Za-z_]\w*|\{)")


def is_template(value: Any) -> bool:
    """Whether the text has Jinja expressions that a neuron's names are still to be filled into."""
    return isinstance(value, str) and "{{" in value


def _name(value: Any) -> str:
    if not isinstance(value, str) or not _NAME.fullmatch(value):
        raise expected("the name of a probe", value, "letters, digits, _ and -, at most 40")
    return value


def template(text: str) -> str:
    """The text, where its Jinja expressions can be read."""
    from jinja2 import Environment, TemplateError

    if "{" in text:
        try:
            Environment(autoescape=False).parse(text)  # noqa: S701 - nothing is rendered, and no HTML
        except TemplateError as exc:
            raise wrong(f"not a template: {exc}", "close every {{ and {%") from exc
    return text


def _pattern(value: Any) -> str:
    if not isinstance(value, str) or not value:
        raise expected("a regular expression", value, "write for example 'Miner starting at'")
    try:
        found = compiled(value)
    except ValueError as exc:
        raise wrong(str(exc), "put a backslash before what shall stand for itself: ( [ . +") from exc
    if found.search(b""):
        raise wrong(f"{value[:40]!r} is found in every line", "write what sets the line apart")
    return value


def _span(value: Any) -> float | str:
    if is_template(value):
        return template(value)
    if not isinstance(value, str):
        raise expected("a duration", value, "write it with its unit: 30s, 5m, 1h")
    try:
        return durations.seconds_of(value)
    except ValueError as exc:
        raise wrong(str(exc), "write it with its unit, a year at most: 30s, 5m, 1h") from exc


def _age(value: Any) -> float | tuple[Unit, int] | str:
    counted = _AGE.fullmatch(value) if isinstance(value, str) else None
    if counted is None:
        return _span(value)
    if int(counted[1]) == 0:
        raise wrong(f"{value!r} is no time at all", "write for example 3tempos")
    return ("tempos" if counted[2].startswith("tempo") else "blocks", int(counted[1]))


def _period(seconds: float) -> float:
    if seconds < 1:
        raise wrong(f"{seconds:g} seconds is out of range", "1s is the least")
    return seconds


def _port(value: Any) -> int | str:
    if value == AXON or is_template(value):
        return template(value)
    if isinstance(value, bool) or not isinstance(value, int):
        raise expected("axon, or the number of a port", value, "write for example axon, or 8000")
    if not 1 <= value <= 65535:
        raise wrong(f"{value} is out of range", "1 to 65535")
    return value


def _argv(value: Any) -> tuple[str, ...]:
    if not isinstance(value, tuple) or not value:
        raise expected(
            "a command as a list of words", value, 'write for example ["/usr/bin/test", "-s", "store.sqlite"]'
        )
    for word in value:
        if not isinstance(word, str) or any(ord(character) < 32 for character in word):
            raise expected("a command of words, each in one line", word, "put each word in quotes")
        if _REFERENCE.search(word):
            raise wrong(f"{word[:40]!r}: no shell reads it, and no variable of yours", "let the command read a file")
        template(word)
    return value


def _url(value: Any) -> str:
    if not isinstance(value, str):
        raise expected("an address", value, "write for example http://127.0.0.1:8000/health")
    problem = off_loopback(_EXPRESSION.sub("1", template(value)))
    if problem:
        raise wrong(f"{value[:60]!r} {problem}", "write for example http://127.0.0.1:8000/health")
    return value


def off_loopback(url: str) -> str | None:
    """Why this is no address of this machine; None where it is."""
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        return "cannot be read"
    if parts.scheme != "http":
        return "does not begin with http://"
    try:
        is_here = host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        is_here = False
    return None if is_here else "is not on this machine's loopback"


_SPAN_SCHEMA = {"type": "string", "pattern": rf"^({durations.DURATION.pattern}|.*\{{\{{.*)$"}
_AGE_SCHEMA = {"type": "string", "pattern": rf"^({durations.DURATION.pattern}|[0-9]+(blocks?|tempos?)|.*\{{\{{.*)$"}
_PORT_SCHEMA = {"anyOf": [{"const": AXON}, {"type": "integer", "minimum": 1, "maximum": 65535}, {"type": "string"}]}
_WORDS_SCHEMA = {"type": "array", "items": {"type": "string"}, "minItems": 1}

ProbeName = Annotated[str, PlainValidator(_name), WithJsonSchema({"type": "string", "pattern": f"^{_NAME.pattern}$"})]
Pattern = Annotated[str, PlainValidator(_pattern), WithJsonSchema({"type": "string", "minLength": 1})]
Span = Annotated[float | str, PlainValidator(_span), WithJsonSchema(_SPAN_SCHEMA)]
Age = Annotated[float | tuple[Unit, int] | str, PlainValidator(_age), WithJsonSchema(_AGE_SCHEMA)]
Period = Annotated[Duration, AfterValidator(_period)]
PortOf = Annotated[int | str, PlainValidator(_port), WithJsonSchema(_PORT_SCHEMA)]
Command = Annotated[tuple[str, ...], PlainValidator(_argv), WithJsonSchema(_WORDS_SCHEMA)]
Loopback = Annotated[str, PlainValidator(_url), WithJsonSchema({"type": "string", "pattern": "^http://"})]
