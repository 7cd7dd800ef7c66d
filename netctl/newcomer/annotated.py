"""YAML as a person would write it: a comment above what it is about, and parts that are there to be uncommented."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import yaml

WIDTH = 118


@dataclass(frozen=True, slots=True)
class Entry:
    """A key, or with `key` None an item of a list, with its value: a plain one, or the entries below it.

    `remarks` stand above it. With `off` all of it is a comment.
    """

    key: str | None
    value: Any
    remarks: tuple[str, ...] = ()
    off: bool = False


@dataclass(frozen=True, slots=True)
class Remark:
    """A comment by itself."""

    text: str


Part = Entry | Remark


def entry(key: str | None, value: Any, *remarks: str, off: bool = False) -> Entry:
    """An entry with its remarks."""
    return Entry(key, value, remarks, off)


def text_of(parts: Sequence[Part]) -> str:
    """The whole file; an empty remark is an empty line."""
    return "\n".join(line.rstrip() for line in _lines(parts, 0)) + "\n"


def _lines(parts: Sequence[Part], depth: int) -> Iterator[str]:
    indent = "  " * depth
    for part in parts:
        if isinstance(part, Remark):
            yield from _comment(part.text, indent) if part.text else [""]
            continue
        for remark in part.remarks:
            yield from _comment(remark, indent)
        lines = list(_entry(part, depth))
        yield from (f"{indent}# {line[len(indent) :]}" for line in lines) if part.off else lines


def _entry(part: Entry, depth: int) -> Iterator[str]:
    indent = "  " * depth
    head = f"{indent}- " if part.key is None else f"{indent}{_scalar(part.key)}:"
    if not _is_block(part.value):
        yield f"{head}{'' if part.key is None else ' '}{_scalar(part.value)}"
        return
    below = list(_lines(part.value, depth + 1))
    if part.key is None:
        # The first key of an item stands beside its dash; remarks above it would tear the two apart.
        first = next(number for number, line in enumerate(below) if not line.lstrip().startswith("#"))
        yield from (line[2:] for line in below[:first])
        yield head + below[first].lstrip()
        yield from below[first + 1 :]
    else:
        yield head
        yield from below


def _is_block(value: Any) -> bool:
    return isinstance(value, list | tuple) and bool(value) and all(isinstance(each, Entry | Remark) for each in value)


def _scalar(value: Any) -> str:
    if isinstance(value, tuple):
        value = list(value)
    if isinstance(value, str) and "{{" in value and value.isprintable() and not {'"', "\\"} & set(value):
        return f'"{value}"'
    text = yaml.safe_dump(value, default_flow_style=True, allow_unicode=True, width=100_000, sort_keys=False)
    return text.removesuffix("\n").removesuffix("\n...")


def _comment(text: str, indent: str) -> Iterator[str]:
    plain = "".join(character if character.isprintable() else " " for character in text)
    width = WIDTH - len(indent) - 2
    for line in textwrap.wrap(plain, width, break_long_words=False, break_on_hyphens=False) or [""]:
        yield f"{indent}# {line}"
