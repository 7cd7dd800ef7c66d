"""`netctl report`: written to files, printed as Markdown, or as JSON."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from netctl.adapters import disk
from netctl.cli.output import say, show, show_json
from netctl.cli.report_found import report_facts
from netctl.cli.words import Words
from netctl.errors import UsageError
from netctl.report.document import document
from netctl.report.html import html_of
from netctl.report.markdown import markdown_of
from netctl.report.page import Page
from netctl.report.report import report_of
from netctl.report.sections.whole import page_of


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the command's words ask for."""

    html: Path | None = None
    markdown: Path | None = None
    as_json: bool = False


def give(run: str, words: Words, wanted: Wanted) -> None:
    """Make the report of the run that a word means, and give it as it is wanted."""
    with report_facts(run, words) as facts:
        made = report_of(facts)
        page = page_of(facts, made)
        told = document(facts, made) if wanted.as_json else None
    _write(page, wanted)
    if told is not None:
        show_json(told)
    elif wanted.html is None and wanted.markdown is None:
        show(markdown_of(page).rstrip("\n"))
    else:
        show(page.verdict)


def _write(page: Page, wanted: Wanted) -> None:
    for path, text in ((wanted.html, html_of), (wanted.markdown, markdown_of)):
        if path is not None:
            _put(path, text(page))


def _put(path: Path, text: str) -> None:
    """Whole or not at all; UsageError where it cannot be written."""
    was_there = path.exists()
    try:
        disk.replace(path.absolute(), text.encode(errors="replace"), 0o644)
    except OSError as exc:
        raise UsageError(
            f"{path} cannot be written: {exc.strerror}", hint="name a file in a directory of yours"
        ) from exc
    say(f"wrote {path}{', in place of the one that was there' if was_there else ''}")
