"""The doctor's findings for people: one line for what is good, and below the others why it matters and what to do."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator

from netctl.cli.output import console, is_terminal, say, show
from netctl.doctor.finding import Finding, Verdict
from netctl.doctor.registry import Report

MARKS: dict[Verdict, tuple[str, str]] = {
    "good": ("ok", "green"),
    "warning": ("warn", "yellow"),
    "failed": ("FAIL", "bold red"),
    "unseen": ("-", "dim"),
}
"""What stands before a row, and its style on a terminal."""

WORDS: dict[Verdict, str] = {"good": "ok", "warning": "to look at", "failed": "failed", "unseen": "not looked at"}


def show_doctor(report: Report) -> None:
    """The table on stdout, the sum on stderr."""
    if report.fleet is not None:
        show(f"{report.fleet} on {report.network}")
    if is_terminal(sys.stdout):
        _draw(report)
    else:
        for line in _lines(report):
            show(line)
    counts = Counter(finding.verdict for finding in report.findings)
    say(", ".join(f"{counts[verdict]} {WORDS[verdict]}" for verdict in MARKS if counts[verdict]))


def _lines(report: Report) -> Iterator[str]:
    width = max(len(finding.what) for finding in report.findings)
    area = ""
    for finding in report.findings:
        if finding.area != area:
            area = finding.area
            yield area
        head = f"  {MARKS[finding.verdict][0]:<4}  {finding.what:<{width}}  "
        yield f"{head}{finding.found}"
        yield from (f"{'':<{len(head)}}{label}{text}" for label, text, _ in _more(finding))


def _more(finding: Finding) -> Iterator[tuple[str, str, str]]:
    """Label, text and style of what follows a row that is not good."""
    if finding.verdict in ("warning", "failed"):
        yield "why:  ", finding.why, "dim"
    if finding.verdict != "good" and finding.next:
        yield "next: ", finding.next, "dim" if finding.verdict == "unseen" else "cyan"


def _draw(report: Report) -> None:
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, show_header=False, padding=(0, 2, 0, 0))
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold", max_width=26)
    table.add_column(overflow="fold", ratio=1)
    area = ""
    for finding in report.findings:
        if finding.area != area:
            area = finding.area
            table.add_row("", Text(area, style="bold"), "")
        mark, style = MARKS[finding.verdict]
        table.add_row(Text(mark, style=style), finding.what, Text(finding.found, style=style if mark == "-" else ""))
        for label, text, look in _more(finding):
            table.add_row("", Text(label.strip(), style="dim", justify="right"), Text(text, style=look))
    console(sys.stdout).print(table)
