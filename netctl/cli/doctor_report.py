"""The doctor's findings for people: one line for what is good, and below the others why it matters and what to do.

Rows that were not looked at stand together at the end, once for each reason: without a profile that is most of them.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

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


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the table. Without a mark it goes on with the one above; with nothing but `what` it is a title."""

    what: str
    found: str = ""
    mark: str = ""
    style: str = ""


def show_doctor(report: Report, words: str = "") -> None:
    """The table on stdout, the sum on stderr; `words` are those that name the fleet, where a command needs them."""
    if report.fleet is not None:
        show(f"{report.fleet} on {report.network}")
    lines = list(lines_of(report))
    if is_terminal(sys.stdout):
        _draw(lines)
    else:
        width = max(len(line.what) for line in lines if line.found)
        for line in lines:
            show(f"{line.mark:<4}  {line.what:<{width}}  {line.found}" if line.found else line.what)
    counts = Counter(finding.verdict for finding in report.findings)
    say(", ".join(f"{counts[verdict]} {WORDS[verdict]}" for verdict in MARKS if counts[verdict]))
    if words and any("netctl " in finding.next for finding in report.findings):
        say(f"the netctl commands above want the fleet named, too: {words}")


def lines_of(report: Report) -> Iterator[Line]:
    """The table, line by line."""
    area = ""
    for finding in report.findings:
        if finding.verdict == "unseen":
            continue
        if finding.area != area:
            area = finding.area
            yield Line(area)
        yield from _of_finding(finding)
    unseen = [finding for finding in report.findings if finding.verdict == "unseen"]
    if unseen:
        yield Line("not looked at")
    for reason in dict.fromkeys((finding.found, finding.next) for finding in unseen):
        rows = [finding.what for finding in unseen if (finding.found, finding.next) == reason]
        yield from _of_reason(rows, *reason)


def _of_finding(finding: Finding) -> Iterator[Line]:
    mark, style = MARKS[finding.verdict]
    yield Line(finding.what, finding.found, mark, style)
    if finding.verdict != "good":
        yield Line("", f"why: {finding.why}", style="dim")
        yield Line("", f"next: {finding.next}", style="cyan")


def _of_reason(rows: list[str], found: str, then: str) -> Iterator[Line]:
    mark, style = MARKS["unseen"]
    why = found.removeprefix("not looked at: ")
    what = rows[0] if len(rows) == 1 else f"{len(rows)} rows"
    yield Line(what, why if len(rows) == 1 else f"{why}: {', '.join(rows)}", mark, style)
    if then:
        yield Line("", f"next: {then}", style="dim")


def _draw(lines: list[Line]) -> None:
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, show_header=False)
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold", max_width=24)
    table.add_column(overflow="fold", ratio=1)
    for line in lines:
        if not line.found:
            table.add_row("", Text(line.what, style="bold"), "")
        else:
            found = line.found if line.mark == "ok" else line.found.replace("; ", "\n")
            text = Text(found, style="dim" if line.style == "dim" else "")
            if not line.mark and line.found.startswith("next: "):
                text.stylize(line.style)
            table.add_row(Text(line.mark, style=line.style), line.what, text)
    console(sys.stdout).print(table)
