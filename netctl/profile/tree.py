"""YAML events into plain values, each with its line, refusing what a profile has no use for.

Tags, merge keys, several documents, deep nesting, many anchors and aliases that blow up are faults; so are keys
given twice. Parsing goes event by event and stops at the first limit, so that no input takes long.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import yaml

from netctl.profile.place import Place
from netctl.profile.scalars import Ambiguous, Scalar, resolve_plain

MOST_VALUES = 20_000
MOST_ANCHORS = 20
DEEPEST = 24
ALIKE = frozenset({("failover", "off")})
"""Words, by their key, that mean the same whichever way a reader of YAML takes them."""

_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True, slots=True)
class Flaw:
    """Something wrong with the YAML itself, or with one word of it."""

    line: int
    place: Place
    message: str
    hint: str


@dataclass(slots=True)
class Node:
    """A value as it was written. `children` are pairs for a mapping, single nodes for a list."""

    kind: str
    line: int
    text: str = ""
    plain: bool = False
    tag: str | None = None
    pairs: list[tuple[Node, Node]] = field(default_factory=list)
    items: list[Node] = field(default_factory=list)
    size: int = 1
    height: int = 0
    pending_key: Node | None = None
    """A mapping's key whose value has not come yet."""


class Refusal(Exception):
    """The YAML cannot be read on from here."""

    def __init__(self, line: int, message: str, hint: str) -> None:
        super().__init__(message)
        self.flaw = Flaw(line, (), message, hint)


def compose(text: str) -> Node | None:
    """The document's root, None for an empty one; Refusal where it cannot be read."""
    builder = _Builder()
    try:
        for event in yaml.parse(text, Loader=_LOADER):
            builder.take(event)
    except yaml.MarkedYAMLError as exc:
        raise _syntax_refusal(text, exc) from exc
    except yaml.YAMLError as exc:
        raise Refusal(1, f"not YAML: {str(exc).splitlines()[0]}", "save the file as UTF-8 text") from exc
    return builder.root


def _syntax_refusal(text: str, exc: yaml.MarkedYAMLError) -> Refusal:
    lines = text.split("\n")
    mark = exc.problem_mark or exc.context_mark
    row = min(mark.line if mark else 0, len(lines) - 1)
    for at in (row, row - 1):
        line = lines[at] if at >= 0 else ""
        if "\t" in line[: len(line) - len(line.lstrip())]:
            return Refusal(at + 1, "a tab in the indentation", "indent with spaces")
    opened = min(exc.context_mark.line, len(lines) - 1) + 1 if exc.context_mark else row + 1
    if exc.context and "quoted scalar" in exc.context:
        return Refusal(opened, "a quote that is not closed", "close it in the same line")
    if exc.context and "flow" in exc.context:
        return Refusal(opened, "a bracket that is not closed, or a comma that is missing", "look between the brackets")
    problem = exc.problem or exc.context or "cannot be read"
    return Refusal(row + 1, f"not YAML: {problem}", "look at this line and the one above: indentation, quotes, colons")


class _Builder:
    def __init__(self) -> None:
        self.root: Node | None = None
        self._open: list[Node] = []
        self._anchors: dict[str, Node] = {}
        self._named: dict[int, str] = {}
        self._documents = 0
        self._values = 0

    def take(self, event: yaml.Event) -> None:
        line = event.start_mark.line + 1 if event.start_mark is not None else 1
        if isinstance(event, yaml.DocumentStartEvent):
            self._start_document(event, line)
        elif isinstance(event, yaml.AliasEvent):
            self._add(self._resolve_alias(str(event.anchor), line), line)
        elif isinstance(event, yaml.ScalarEvent):
            node = Node("scalar", line, event.value, plain=event.style in (None, ""), tag=event.tag)
            self._name(event.anchor, node, line)
            self._add(node, line)
        elif isinstance(event, yaml.MappingStartEvent | yaml.SequenceStartEvent):
            node = Node("mapping" if isinstance(event, yaml.MappingStartEvent) else "list", line, tag=event.tag)
            if len(self._open) >= DEEPEST:
                raise Refusal(line, f"nested more than {DEEPEST} levels deep", "a profile needs no more than six")
            if event.anchor is not None:
                self._named[id(node)] = event.anchor
            self._open.append(node)
        elif isinstance(event, yaml.MappingEndEvent | yaml.SequenceEndEvent):
            node = self._open.pop()
            self._name(self._named.pop(id(node), None), node, node.line)
            self._add(node, node.line)

    def _start_document(self, event: yaml.DocumentStartEvent, line: int) -> None:
        self._documents += 1
        if self._documents > 1:
            raise Refusal(line, "a second document starts here", "keep one profile in one file, without ---")
        if event.tags:
            raise Refusal(line, "a %TAG directive", "take it out: profiles use no tags")

    def _name(self, anchor: str | None, node: Node, line: int) -> None:
        if anchor is None:
            return
        if len(self._anchors) >= MOST_ANCHORS:
            raise Refusal(line, f"more than {MOST_ANCHORS} anchors", "use `defaults:` for what neurons share")
        self._anchors[anchor] = node

    def _resolve_alias(self, anchor: str, line: int) -> Node:
        node = self._anchors.get(anchor)
        if node is None:
            inside = anchor in self._named.values()
            what = f"*{anchor} stands inside what it names" if inside else f"*{anchor} names nothing above it"
            raise Refusal(line, what, f"write &{anchor} before the value it shall repeat")
        if len(self._open) + node.height > DEEPEST:
            raise Refusal(line, f"nested more than {DEEPEST} levels deep", "write the value out")
        return node

    def _add(self, node: Node, line: int) -> None:
        self._values += node.size if node.kind == "scalar" else 1
        parent = self._open[-1] if self._open else None
        if parent is None:
            self.root = node
            return
        parent.size += node.size
        parent.height = max(parent.height, node.height + 1)
        if parent.size > MOST_VALUES or self._values > MOST_VALUES:
            raise Refusal(line, f"more than {MOST_VALUES} values, aliases written out", "a profile is a short file")
        if parent.kind == "list":
            parent.items.append(node)
        elif parent.pending_key is None:
            parent.pending_key = node
        else:
            parent.pairs.append((parent.pending_key, node))
            parent.pending_key = None


@dataclass(frozen=True, slots=True)
class Value:
    """A plain value, the lines of everything in it, and the flaws of its words and keys."""

    value: Any
    lines: dict[Place, int]
    texts: dict[Place, str]
    flaws: tuple[Flaw, ...]


def construct(root: Node) -> Value:
    """Plain dicts, tuples and scalars; a word that is refused keeps its text and adds a flaw at its place."""
    lines: dict[Place, int] = {}
    texts: dict[Place, str] = {}
    flaws: list[Flaw] = []

    def build(node: Node, place: Place) -> Any:
        lines.setdefault(place, node.line)
        if node.tag is not None:
            short = node.tag.replace("tag:yaml.org,2002:", "!!")
            flaws.append(Flaw(node.line, place, f"the tag {short[:40]}", "take it out: profiles use no tags"))
        if node.kind == "scalar":
            texts[place] = node.text
            return _scalar(node, place, flaws)
        if node.kind == "list":
            return tuple(build(item, (*place, number)) for number, item in enumerate(node.items))
        found: dict[str, Any] = {}
        for key, line, item in _keys(node, place, flaws):
            if key in found:
                first = lines[(*place, key)]
                flaws.append(Flaw(line, (*place, key), f"the key is given twice, first in line {first}", "keep one"))
                continue
            lines[(*place, key)] = line
            found[key] = build(item, (*place, key))
        return found

    value = build(root, ())
    return Value(value, lines, texts, tuple(flaws))


def _keys(node: Node, place: Place, flaws: list[Flaw]) -> Iterator[tuple[str, int, Node]]:
    for key, item in node.pairs:
        if key.kind != "scalar":
            flaws.append(Flaw(key.line, place, f"a key that is a {key.kind}", "keys are single words"))
        elif key.plain and key.text == "<<":
            flaws.append(Flaw(key.line, place, "a merge key `<<`", "use `defaults:` for what neurons share"))
        else:
            word = resolve_plain(key.text) if key.plain else key.text
            if isinstance(word, Ambiguous):
                flaws.append(Flaw(key.line, (*place, key.text), word.message, word.hint))
            elif not isinstance(word, str):
                shown = key.text or "nothing"
                flaws.append(Flaw(key.line, place, f"a key that is not text: {shown}", f'quote it: "{key.text}"'))
                continue
            yield key.text, key.line, item


def _scalar(node: Node, place: Place, flaws: list[Flaw]) -> Scalar:
    if not node.plain:
        return node.text
    if place and (place[-1], node.text) in ALIKE:
        return node.text
    word = resolve_plain(node.text)
    if isinstance(word, Ambiguous):
        flaws.append(Flaw(node.line, place, word.message, word.hint))
        return node.text
    return word
