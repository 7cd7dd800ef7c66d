"""Runbooks as text and as JSON: the list of them, and one with its steps."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from netctl.cli.output import say, show, show_hanging, show_json, terminal_width
from netctl.durations import short
from netctl.errors import ProfileError
from netctl.runbook.model import TAGS, Runbook, Step
from netctl.runbook.reading import read_runbook
from netctl.runbook.setting import ShownStep, Stage
from netctl.supplied import with_pages

WIDEST = 110
_LINK = re.compile(r"!?\[([^\]\n]+)\]\([^)\s]+\)")


def show_runbook(runbook: Runbook, *, as_json: bool) -> None:
    """One runbook with everything in it."""
    if as_json:
        show_json(document(runbook))
        return
    for line in _lines(runbook):
        show(line)


def show_runbooks(paths: Sequence[Path], *, as_json: bool) -> int:
    """The list; one that cannot be read says so in its place, and makes the exit code 1."""
    found = [(path, _read(path)) for path in paths]
    if as_json:
        show_json([_entry(path, runbook) for path, runbook in found])
    elif found:
        widest = max(len(path.stem) for path, _ in found)
        for path, runbook in found:
            for head, text in _entry_lines(path, runbook):
                show_hanging(f"{head:<{widest}}  ", text)
    else:
        say("no runbooks here; netctl looks in ./runbooks")
    return 0 if all(isinstance(runbook, Runbook) for _, runbook in found) else 1


def show_would_run(found: Sequence[tuple[int, ShownStep]], count: int, screen: Stage, *, as_json: bool) -> None:
    """What a run would do now, step by step, the lines exactly as they would run."""
    if not as_json:
        for number, shown in found:
            screen.step(shown, number, count)
        return
    show_json(
        [{**step_document(shown.step), "wait_s": shown.wait_s, "commands": list(shown.lines)} for _, shown in found]
    )


def document(runbook: Runbook) -> dict[str, Any]:
    """The runbook as `netctl runbook show --json` has it."""
    return {
        "name": runbook.name,
        "path": str(runbook.path),
        "title": runbook.title,
        "needs": runbook.needs or None,
        "profile": runbook.profile,
        "intro": runbook.intro or None,
        "parts": [
            {"number": part.number, "title": part.title or None, "steps": [step_document(step) for step in part.steps]}
            for part in runbook.parts
        ],
    }


def step_document(step: Step) -> dict[str, Any]:
    """One step of that."""
    return {
        "id": step.id,
        "slug": step.slug,
        "title": step.title,
        "line": step.line,
        "tags": [tag for tag in TAGS if tag in step.tags],
        "prose": list(step.prose),
        "question": step.question,
        "wait_s": step.wait.seconds if step.wait else None,
        "wait_for": (step.wait.why or None) if step.wait else None,
        "commands": [{"text": command.text, "kind": command.kind, "line": command.line} for command in step.commands],
        "expect": list(step.expects),
        "good_exit_codes": sorted(step.good_codes),
        "if_this_fails": step.advice or None,
    }


def step_lines(step: Step, width: int) -> Iterator[str]:
    """A step as text: what is read, what is waited for, what runs and what is expected."""
    yield from paragraphs(step.prose, width)
    if step.question is not None:
        yield from hung("decide: ", step.question, width)
    if step.wait is not None:
        yield from hung(f"wait {short(step.wait.seconds)} ", step.wait.why, width)
    yield from (f"$ {command.text}" for command in step.commands)
    for expected in step.expects:
        yield from hung("expect: ", expected, width)


def paragraphs(blocks: Sequence[str], width: int) -> Iterator[str]:
    """Blocks of Markdown as plain lines: paragraphs are filled anew, the rest is left. Links go by their words."""
    for block in blocks:
        if block.lstrip().startswith(("- ", "* ", "+ ", "|", "```", "~~~", ">", "#", "<", "1.")):
            yield from block.splitlines()
        else:
            yield from textwrap.wrap(_plain(block), width, break_long_words=False, break_on_hyphens=False)


def filled(text: str, width: int) -> Iterator[str]:
    """A text of several blocks likewise, with an empty line between two."""
    blocks: list[list[str]] = [[]]
    is_fenced = False
    for line in text.splitlines():
        is_fenced ^= line.lstrip().startswith(("```", "~~~"))
        if line.strip() or is_fenced:
            blocks[-1].append(line)
        elif blocks[-1]:
            blocks.append([])
    for number, block in enumerate(filter(None, blocks)):
        yield from [""] if number else []
        yield from paragraphs(["\n".join(block)], width)


def _plain(text: str) -> str:
    """On one line, links by their words, pages where they lie."""
    return with_pages(_LINK.sub(r"\1", " ".join(text.split())))


def hung(head: str, text: str, width: int) -> list[str]:
    """A text that goes on below itself, not below its head."""
    return textwrap.wrap(
        f"{head}{_plain(text)}", width, subsequent_indent="  ", break_long_words=False, break_on_hyphens=False
    )


def _lines(runbook: Runbook) -> Iterator[str]:
    width = min(terminal_width(), WIDEST)
    yield runbook.title
    if runbook.needs:
        yield f"needs {runbook.needs}"
    if runbook.profile:
        yield f"profile {runbook.profile}"
    if runbook.intro:
        yield ""
        yield from filled(runbook.intro, width)
    for part in runbook.parts:
        yield ""
        yield from [part.title, ""] if part.title else []
        for number, step in enumerate(part.steps):
            yield from [""] if number else []
            tags = " ".join(f"`{tag}`" for tag in TAGS if tag in step.tags)
            yield f"{step.id}  {step.title}  {tags}".rstrip()
            for line in step_lines(step, width - 5):
                yield f"     {line}".rstrip()
            if step.advice:
                yield "     if this fails:"
                yield from (f"       {line}".rstrip() for line in filled(step.advice, width - 7))


def _read(path: Path) -> Runbook | ProfileError:
    try:
        return read_runbook(path)
    except ProfileError as error:
        return error


def _entry(path: Path, runbook: Runbook | ProfileError) -> dict[str, Any]:
    if isinstance(runbook, ProfileError):
        return {"name": path.stem, "path": str(path), "faults": [str(fault) for fault in runbook.faults]}
    return {
        "name": runbook.name,
        "path": str(path),
        "title": runbook.title,
        "steps": len(runbook.steps),
        "needs": runbook.needs or None,
        "profile": runbook.profile,
    }


def _entry_lines(path: Path, runbook: Runbook | ProfileError) -> Iterator[tuple[str, str]]:
    if isinstance(runbook, ProfileError):
        yield path.stem, f"{runbook.message}: netctl runbook show {path}"
        return
    yield path.stem, f"{runbook.title}; {len(runbook.steps)} steps"
    if runbook.needs:
        yield "", f"needs {runbook.needs}"
