"""One check box of a runbook into a Step: its first line, its paragraphs by their first word, its blocks."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from markdown_it.tree import SyntaxTreeNode

from netctl.durations import seconds_of
from netctl.errors import Fault
from netctl.profile.suggest import did_you_mean
from netctl.runbook.lines import commands_of
from netctl.runbook.model import TAGS, Command, Step, Tag, Wait

BOX = re.compile(r"\[[ xX]\]\s")
SPECIAL = re.compile(r"(?:Expect(?: exit [^:]*)?|If this fails|Wait|Decide):")
COMMANDS = "sh"
_OTHER_SHELLS = ("bash", "shell", "zsh", "shell-session")
_NEARLY = re.compile(
    r"(?:expect(?:s|ed)?(?: exit\b[^:]*)?|if (?:this|it|that) fails?|waits?|decide[sd]?)\s*:", re.IGNORECASE
)
_EXIT = re.compile(r"Expect exit ((?:\d{1,3})(?:(?:, | or )\d{1,3})*):")
_WAIT = re.compile(r"Wait:\s+(\S*[^\s,.;:])[,.;:]?(?:\s+(.*))?", re.DOTALL)
_TIME = re.compile(r"^\d{1,2}[:.]\d{2}(?:\s*(?:-|–|to)\s*\d{1,2}[:.]\d{2})?\s+")  # noqa: RUF001 - an en dash is meant
_NOT_IN_SLUG = re.compile(r"[^a-z0-9]+")


def slug_of(title: str) -> str:
    """The title as a name of a file: lower case, words joined by hyphens, a leading time left out."""
    return _NOT_IN_SLUG.sub("-", _TIME.sub("", title).lower()).strip("-")


@dataclass(slots=True)
class Faults:
    """Where the faults of one file are gathered."""

    path: Path
    found: list[Fault] = field(default_factory=list)

    def add(self, line: int, place: str, message: str, hint: str = "") -> None:
        """One more; lines count from 1."""
        self.found.append(Fault(self.path, line, place, message, hint))


@dataclass(slots=True)
class Reader:
    """Reads one step; what is wrong goes to `faults` under the step's id."""

    id: str
    part: str
    source: Sequence[str]
    faults: Faults
    prose: list[str] = field(default_factory=list)
    commands: list[Command] = field(default_factory=list)
    expects: list[str] = field(default_factory=list)
    codes: frozenset[int] | None = None
    question: tuple[int, str] | None = None
    wait: Wait | None = None
    advice: list[str] = field(default_factory=list)
    advised: list[Command] = field(default_factory=list)
    failing: bool = False

    def read(self, item: SyntaxTreeNode) -> Step:
        """The step of this list item; with faults it is of no use but for going on."""
        line = line_of(item)
        title, tags = self._first_line(item.children[0])
        for node in item.children[1:]:
            self._block(node)
        slug = slug_of(title)
        if title and not slug:
            self._fault(line, f"no letter or digit in the title {title!r}", "name what is done")
        self._check(line, tags)
        return Step(
            id=self.id,
            slug=slug,
            title=title,
            part=self.part,
            line=line,
            tags=tags,
            prose=tuple(self.prose),
            question=self.question[1] if self.question else None,
            wait=self.wait,
            commands=tuple(self.commands),
            expects=tuple(self.expects),
            good_codes=self.codes or frozenset({0}),
            advice="\n\n".join(self.advice),
            advised=tuple(self.advised),
        )

    def _fault(self, line: int, message: str, hint: str = "") -> None:
        self.faults.add(line, f"step {self.id}", message, hint)

    def _first_line(self, paragraph: SyntaxTreeNode) -> tuple[str, frozenset[Tag]]:
        line = line_of(paragraph)
        children = list(paragraph.children[0].children)
        end = next((n for n, node in enumerate(children) if node.type in ("softbreak", "hardbreak")), len(children))
        first = [node for node in children[:end] if node.type != "text" or node.content.strip()]
        first = first[1:] if first and BOX.fullmatch(f"{first[0].content.strip()} ") else first
        if not first or first[0].type != "strong":
            self._fault(line, "a step without a title", "write - [ ] **What is done**, its tags behind it")
            return "", frozenset()
        if end < len(children):
            self.prose.append("\n".join(paragraph.children[0].content.splitlines()[1:]))
        return text_of(first[0]), self._tags(line, first[1:])

    def _tags(self, line: int, nodes: Sequence[SyntaxTreeNode]) -> frozenset[Tag]:
        found: set[Tag] = set()
        for node in nodes:
            if node.type != "code_inline":
                self._fault(line, f"{text_of(node).strip()!r} behind the title is no tag", "tags are inline code")
                continue
            tag = next((known for known in TAGS if known == node.content), None)
            if tag is None:
                hint = did_you_mean(node.content, TAGS) or f"known tags: {', '.join(TAGS)}"
                self._fault(line, f"unknown tag `{node.content}`", hint)
            elif tag in found:
                self._fault(line, f"tag `{tag}` twice", "leave one of them out")
            else:
                found.add(tag)
        if {"rehearsal", "public"} <= found:
            self._fault(line, "`rehearsal` and `public` together: it would never be done", "leave one of them out")
        return frozenset(found)

    def _block(self, node: SyntaxTreeNode) -> None:
        line = line_of(node)
        if node.type == "fence":
            self._fence(node, line)
        elif node.type == "paragraph" and not self.failing and self._paragraph(node.children[0].content, line):
            pass
        else:
            (self.advice if self.failing else self.prose).append(self._markdown(node))
            self._inside(node)

    def _fence(self, node: SyntaxTreeNode, line: int) -> None:
        language = language_of(node)
        first, end = span(node)
        closing = self.source[end - 1].strip() if end - 1 > first else ""
        if not closing.startswith(node.markup):
            self._fault(line, "a block that is never closed", f"end it with {node.markup}, indented as its beginning")
        if language in _OTHER_SHELLS:
            self._fault(line, f"a block of `{language}` is not run", "write sh for commands, console for what is shown")
        if self.failing:
            self.advice.append(self._markdown(node))
        if language != COMMANDS:
            if not self.failing:
                self.prose.append(self._markdown(node))
            return
        (self.advised if self.failing else self.commands).extend(commands_of(node.content, line + 1, self._fault))

    def _paragraph(self, text: str, line: int) -> bool:
        """Whether it was one of those with a meaning, by its first words."""
        for number, under in enumerate(text.splitlines()[1:], line + 1):
            if SPECIAL.match(under):
                word = under.partition(":")[0]
                self._fault(number, f"`{word}:` inside another paragraph", "put an empty line before it")
        if text.startswith("If this fails:"):
            self.failing = True
            rest = text.removeprefix("If this fails:").strip()
            self.advice += [rest] if rest else []
        elif text.startswith("Wait:"):
            self._waits(text, line)
        elif text.startswith("Decide:") and self.question is None:
            self.question = (line, " ".join(text.removeprefix("Decide:").split()))
        elif text.startswith("Expect:"):
            self.expects.append(text.removeprefix("Expect:").strip())
        elif text.startswith("Expect exit"):
            self._exit_codes(text, line)
        elif _NEARLY.match(text) and not SPECIAL.match(text):
            hint = "write `Expect:`, `Expect exit 0 or 1:`, `Wait:`, `Decide:` or `If this fails:`"
            self._fault(line, f"{text.partition(':')[0]!r} has no meaning here", hint)
        else:
            return False
        return True

    def _waits(self, text: str, line: int) -> None:
        found = _WAIT.fullmatch(text)
        try:
            seconds = seconds_of(found[1] if found else "")
        except ValueError:
            self._fault(line, f"no duration in {text.splitlines()[0]!r}", "write for example Wait: 10m until it is so")
            return
        if self.wait is not None:
            self._fault(line, "a second Wait", f"the first is in line {self.wait.line}; make it a step of its own")
        self.wait = Wait(seconds, " ".join((found[2] or "").split()) if found else "", line)

    def _exit_codes(self, text: str, line: int) -> None:
        found = _EXIT.match(text)
        if found is None:
            self._fault(line, f"no exit codes in {text.splitlines()[0]!r}", "write for example Expect exit 0 or 1: ...")
            return
        if self.codes is not None:
            self._fault(line, "exit codes a second time", "they hold for the step's last command; say them once")
        self.codes = frozenset(int(code) for code in re.findall(r"\d+", found[1]))
        self.expects.append(text.removeprefix("Expect ").strip())

    def _markdown(self, node: SyntaxTreeNode) -> str:
        return textwrap.dedent("\n".join(self.source[slice(*span(node))])).rstrip()

    def _inside(self, node: SyntaxTreeNode) -> None:
        """Faults of what lies deeper than where it would be read: boxes, commands, blocks indented too far."""
        for deep in node.walk():
            if deep.type == "list_item" and is_box(deep):
                self._fault(line_of(deep), "a check box inside a step", "make it a step of its own, or plain text")
            elif deep.type == "fence" and language_of(deep) == COMMANDS and not self.failing:
                self._fault(
                    line_of(deep), "commands inside a list or a quotation are not run", "indent them as the text"
                )
            elif deep.type == "code_block" and deep.content.lstrip().startswith(("```", "~~~")):
                self._fault(line_of(deep), "a block indented too far is only text", "indent it as the step's text")

    def _check(self, line: int, tags: frozenset[Tag]) -> None:
        paying = next((command for command in self.commands if command.spends), None)
        if paying is not None and "spends" not in tags:
            self._fault(paying.line, f"`{paying.text}` may pay", "tag the step `spends`, or add --dry-run")
        if "decide" in tags and self.question is None:
            self._fault(line, "`decide` without a question", "add a paragraph Decide: ...?")
        if self.question is not None and "decide" not in tags:
            self._fault(self.question[0], "a question that nobody is asked", "tag the step `decide`")
        if self.codes is not None and not self.commands:
            self._fault(line, "exit codes without a command", "leave them out, or add the command")


def span(node: SyntaxTreeNode) -> tuple[int, int]:
    """The lines of a block, from 0, the second behind its last."""
    return node.map or (0, 0)


def line_of(node: SyntaxTreeNode) -> int:
    """The line on which a block begins, from 1."""
    return span(node)[0] + 1


def text_of(node: SyntaxTreeNode) -> str:
    """What a reader sees of it, without markup."""
    return "".join(deep.content for deep in node.walk() if deep.type in ("text", "code_inline"))


def language_of(fence: SyntaxTreeNode) -> str:
    """The first word behind the fence's opening."""
    return (fence.info.split() or [""])[0]


def is_box(item: SyntaxTreeNode) -> bool:
    """Whether a list item is a task, as GitHub sees it."""
    if not item.children or item.children[0].type != "paragraph":
        return False
    return BOX.match(f"{item.children[0].children[0].content} ") is not None
