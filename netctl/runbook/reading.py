"""A runbook's file into a Runbook; every fault at once, each with its line."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from markdown_it import MarkdownIt
from markdown_it.tree import SyntaxTreeNode
from mdit_py_plugins.front_matter import front_matter_plugin

from netctl.errors import ProfileError
from netctl.profile import source
from netctl.profile.suggest import did_you_mean
from netctl.runbook.blocks import COMMANDS, SPECIAL, Faults, Reader, is_box, language_of, line_of, span, text_of
from netctl.runbook.model import Part, Runbook, Step

LARGEST = 1_000_000
KEYS = ("profile", "needs")


def read_runbook(path: Path) -> Runbook:
    """Read and check a runbook; ProfileError with every fault."""
    faults = Faults(path)
    text = _text(path, faults)
    runbook = parse(text, path, faults) if not faults.found else None
    if runbook is None or faults.found:
        found = sorted(faults.found, key=lambda fault: fault.line or 0)
        raise ProfileError(found, hint="mend the runbook: docs/runbooks.md explains the format")
    return runbook


def parse(text: str, path: Path, faults: Faults) -> Runbook:
    """The runbook of a text; what is wrong goes to `faults`, and makes the answer useless."""
    markdown = MarkdownIt("commonmark").enable("table").use(front_matter_plugin)
    root = SyntaxTreeNode(markdown.parse(text))
    outline = _Outline(text.splitlines(), faults)
    for node in root.children:
        outline.take(node)
    outline.finish()
    front = next((node for node in root.children if node.type == "front_matter"), None)
    if front is None and text.startswith("---\n"):
        faults.add(1, "", "front matter that is never closed", "end it with a line of ---")
    values = _front_matter(front.content, faults) if front is not None else {}
    return Runbook(
        path=path,
        name=path.stem,
        title=outline.title or "",
        intro=outline.intro,
        profile=values.get("profile"),
        needs=values.get("needs", ""),
        parts=tuple(outline.parts),
        text=text,
    )


def _text(path: Path, faults: Faults) -> str:
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST + 1)
        if len(content) > LARGEST:
            faults.add(1, "", f"larger than {LARGEST // 1_000_000} MB", "is this the right file?")
        return content.decode("utf-8").removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    except OSError as error:
        faults.add(1, "", f"cannot be read: {error.strerror or error}", "netctl runbook list shows what there is")
    except UnicodeDecodeError as error:
        faults.add(content.count(b"\n", 0, error.start) + 1, "", "bytes that are not UTF-8", "save the file as UTF-8")
    return ""


def _front_matter(content: str, faults: Faults) -> dict[str, str]:
    """Its two keys; the lines are those of the file, whose first is the opening ---."""
    document = source.parse(f"\n{content}\n", faults.path)
    faults.found += document.faults
    values = document.value or {}
    for key, value in values.items():
        line = document.line_of((key,))
        if key not in KEYS:
            hint = did_you_mean(key, KEYS) or f"known keys: {', '.join(KEYS)}"
            faults.add(line, key, f"unknown key `{key}`", hint)
        elif not isinstance(value, str) or not value.strip() or "\n" in value.strip():
            faults.add(line, key, "expected one line of text", "write a word or a sentence; quote it if YAML minds")
    return {key: value.strip() for key, value in values.items() if key in KEYS and isinstance(value, str)}


@dataclass(slots=True)
class _Outline:
    """Goes through the top level: the title, the headings, the steps and the text between them."""

    source: list[str]
    faults: Faults
    title: str | None = None
    parts: list[Part] = field(default_factory=list)
    heading: str = ""
    steps: list[Step] = field(default_factory=list)
    slugs: dict[str, Step] = field(default_factory=dict)
    read: list[str] = field(default_factory=list)
    begun: bool = False

    @property
    def intro(self) -> str:
        """The text before the first part or step."""
        return "\n\n".join(self.read)

    def take(self, node: SyntaxTreeNode) -> None:
        """The next block of the file."""
        line = line_of(node)
        if node.type == "heading" and node.tag == "h1":
            if self.title is not None:
                self.faults.add(line, "", "a second title", "there is one # heading; parts have ##")
            self.title = text_of(node)
        elif node.type == "heading" and node.tag == "h2":
            self._close_part()
            self.heading, self.begun = text_of(node), True
        elif node.type in ("bullet_list", "ordered_list"):
            self._list(node)
        elif node.type != "front_matter":
            self._outside(node)
            self._read(node)

    def finish(self) -> None:
        """The end of the file."""
        self._close_part()
        if self.title is None:
            self.faults.add(1, "", "no title", "begin with # and what the runbook is for")
        if not self.parts:
            self.faults.add(1, "", "no step", "write steps as - [ ] **Title**, with blocks of sh below them")

    def _close_part(self) -> None:
        if self.steps:
            self.parts.append(Part(len(self.parts) + 1, self.heading, tuple(self.steps)))
        self.steps = []

    def _list(self, node: SyntaxTreeNode) -> None:
        for item in node.children:
            if not is_box(item):
                self._outside(item)
            elif node.type == "ordered_list":
                self.faults.add(line_of(item), "", "a step in a numbered list", "write it as - [ ]; netctl numbers it")
            else:
                self._step(item)
        if not any(map(is_box, node.children)):
            self._read(node)

    def _step(self, item: SyntaxTreeNode) -> None:
        self.begun = True
        number = f"{len(self.parts) + 1}.{len(self.steps) + 1}"
        step = Reader(number, self.heading, self.source, self.faults).read(item)
        self.steps.append(step)
        before = self.slugs.setdefault(step.slug, step)
        if step.slug and before is not step:
            message = f"the same name as the step in line {before.line}: {step.slug}"
            self.faults.add(step.line, f"step {step.id}", message, "give them titles that differ in more than the time")

    def _read(self, node: SyntaxTreeNode) -> None:
        if not self.begun and self.title is not None:
            self.read.append("\n".join(self.source[slice(*span(node))]).rstrip())

    def _outside(self, node: SyntaxTreeNode) -> None:
        """Faults of what would be a step's if it were indented, or a step if it were not."""
        for deep in node.walk():
            line = line_of(deep)
            if deep is not node and deep.type == "list_item" and is_box(deep):
                self.faults.add(line, "", "a check box below another item is no step", "begin it at the left margin")
            elif deep.type == "fence" and language_of(deep) == COMMANDS and self.steps:
                hint = "indent them by two below their step, or write console for what is shown"
                self.faults.add(line, "", "commands below no step are not run", hint)
            elif deep.type == "paragraph" and SPECIAL.match(deep.children[0].content):
                word = deep.children[0].content.partition(":")[0]
                self.faults.add(line, "", f"`{word}:` belongs to no step", "indent it by two below its step")
