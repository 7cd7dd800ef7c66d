"""Signals that the code's own log lines suggest. Each was tried: it takes the line that it is made of."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from pydantic import ValidationError

from netctl.newcomer.facts import Said
from netctl.profile.secrets import is_secret_shaped
from netctl.signals.reading import Reader
from netctl.signals.spec import Signal

MOST, LETTERS = 12, 8
"""How many of a role are suggested, and how many letters of a line must stand there for it to be known again."""
_LOUD = ("success", "info", "warning", "error", "critical", "exception", "debug", "trace")
_HOTKEY = "5FHneW46xGXgs5mUiveU4sbTyGBzmstUspZC92UhjJM694ty"
_KINDS: tuple[tuple[str, str, str, str], ...] = (
    ("uid", "uid", r"\d+", "3"),
    ("hotkey", "hotkey", r"5\w{47}", _HOTKEY),
    ("step block count len size netuid number total port entities records", "int", r"\d+", "12"),
    (
        "score scores loss reward incentive weight stake credibility price trust emission",
        "number",
        r"[-+.\deE]+",
        "0.5",
    ),
)
_PASSED_OVER = {"self", "str", "int", "float", "round", "len", "format", "repr", "item", "config", "value", "get"}


def signals_of(said: Sequence[Said]) -> tuple[tuple[Said, dict[str, Any]], ...]:
    """Signals as a pack writes them, of the most telling lines; none that does not take its own example."""
    found: list[tuple[Said, dict[str, Any]]] = []
    names: set[str] = set()
    matches: set[str] = set()
    for line in sorted(said, key=lambda each: (not each.filled, _LOUD.index(each.level))):
        signal = _signal(line, names)
        if signal is None or signal["match"] in matches:
            continue
        names.add(signal["name"])
        matches.add(signal["match"])
        found.append((line, signal))
        if len(found) == MOST:
            break
    return tuple(sorted(found, key=lambda each: each[0].place))


def _signal(said: Said, names: set[str]) -> dict[str, Any] | None:
    pieces, filled = _first_line(said)
    letters = [word for piece in pieces for word in re.findall(r"[A-Za-z]+", piece)]
    if sum(map(len, letters)) < LETTERS or is_secret_shaped("".join(pieces)):
        return None
    match, example = _escaped(pieces[0]), pieces[0]
    fields: dict[str, str] = {}
    for number, (expression, piece) in enumerate(zip(filled, pieces[1:], strict=True)):
        is_last = number == len(filled) - 1 and not piece
        field, kind, pattern, sample = _field(expression, pieces[number], {*fields}, is_last=is_last)
        fields[field] = kind
        match += f"(?P<{field}>{pattern}){_escaped(piece)}"
        example += sample + piece
    signal: dict[str, Any] = {"name": _name(letters, names), "match": match.strip()}
    signal["means"] = f"Logged as {said.level} by {said.place}."
    told = {name: kind for name, kind in fields.items() if kind != "text"}
    if told:
        signal["fields"] = told
    signal["examples"] = [example.strip()]
    return signal if _takes_its_own(signal) else None


def _first_line(said: Said) -> tuple[list[str], list[str]]:
    pieces: list[str] = []
    for number, piece in enumerate(said.pieces):
        text = re.sub(r"\[/?[a-z ]+\]", "", piece)  # colours, as rich and bittensor write them
        pieces.append(text.partition("\n")[0])
        if "\n" in text:
            return pieces, list(said.filled[:number])
    return pieces, list(said.filled)


def _field(expression: str, before: str, taken: set[str], *, is_last: bool) -> tuple[str, str, str, str]:
    """Its name, kind, pattern, and what stands for it in the example; ``Score=`` before it names it best."""
    words = [word for word in re.findall(r"[A-Za-z_]\w*", expression) if word not in _PASSED_OVER]
    words += re.findall(r"([A-Za-z]+)[=(]$", before)
    name = re.sub(r"[^a-z0-9_]", "", (words[-1] if words else "value").lower()).lstrip("_0123456789") or "value"
    plain, number = name, 2
    while name in taken:
        name, number = f"{plain}_{number}", number + 1
    for known, kind, pattern, sample in _KINDS:
        if any(part in known.split() for part in (plain, *plain.split("_"))) or (
            kind == "int" and "len(" in expression
        ):
            return name, kind, pattern, sample
    return name, "text", ".{1,200}" if is_last else ".{1,200}?", "something"


def _name(letters: Sequence[str], names: set[str]) -> str:
    plain = "_".join(word.lower() for word in letters[:4])[:40].strip("_")
    name, number = plain, 2
    while name in names:
        name, number = f"{plain}_{number}", number + 1
    return name


def _escaped(text: str) -> str:
    return re.sub(r"([\\.^$*+?{}\[\]|()])", r"\\\1", text)


def _takes_its_own(signal: dict[str, Any]) -> bool:
    try:
        made = Signal.model_validate({**signal, "examples": tuple(signal["examples"])})
    except (ValidationError, re.error):
        return False
    return bool(Reader(made).read(made.examples[0]))
