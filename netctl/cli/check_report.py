"""Verdicts as people read them: a table for each group, and below a row why it is so and where that stands."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import groupby
from pathlib import Path

from netctl.cli.check_found import line_at
from netctl.cli.output import console, is_terminal, plain_table, show, show_json, terminal_width
from netctl.cli.wrapping import hanging
from netctl.durations import short, utc_text
from netctl.judge.document import document
from netctl.judge.measured import Evidence
from netctl.judge.units import written
from netctl.judge.verdicts import NOTHING_RECORDED, Judgement, Verdict

HEADERS = ("verdict", "criterion", "measured", "target", "window")
STYLES = {"true": "green", "false": "bold red", "not yet": "yellow", "unknown": "dim"}
MOST_LINES = 2


def show_judgement(judgement: Judgement, *, as_json: bool) -> None:
    """All verdicts, as one JSON document or as tables."""
    if as_json:
        show_json(document(judgement, line_at))
        return
    verdicts = judgement.verdicts
    lines = plain_table(HEADERS, [_row(verdict) for verdict in verdicts])
    show(f"{judgement.fleet}: {summary(verdicts)}")
    show(_judged(judgement))
    below = iter(lines[1:])
    for group, members in groupby(verdicts, key=lambda verdict: verdict.criterion.group):
        each = list(members)
        show()
        show(f"{group}: {summary(each)}")
        show(lines[0])
        for verdict in each:
            _show_row(next(below), verdict)
            for head, text in _remarks(verdict):
                for line in hanging(head, text, terminal_width()):
                    show(line)


def _judged(judgement: Judgement) -> str:
    """Of what, and how much of it there is."""
    what = (
        "ingested logs" if judgement.ingested else f"run {judgement.run}" if judgement.run else "all that is recorded"
    )
    if judgement.window is None:
        return f"{what}: nothing is recorded"
    length_s = judgement.window.length_s
    scaled = f", {short(length_s * judgement.time_scale)} of the subnet's time" if judgement.time_scale != 1 else ""
    return f"{what}, {short(length_s)} until {utc_text(judgement.window.until)}{scaled}"


def summary(verdicts: Sequence[Verdict]) -> str:
    """How many are true, false and not decided, or cannot be."""
    counts = Counter(map(_word, verdicts))
    told = [f"{counts[word]} {word}" for word in STYLES if counts[word] or word == "true"]
    return f"{', '.join(told)} of {len(verdicts)}"


def _word(verdict: Verdict) -> str:
    if verdict.ok is None:
        return "unknown" if verdict.measured.final else "not yet"
    return "true" if verdict.ok else "false"


def _row(verdict: Verdict) -> list[str]:
    criterion = verdict.criterion
    return [_word(verdict), criterion.name, verdict.text, criterion.target.text, criterion.window.text]


def _show_row(line: str, verdict: Verdict) -> None:
    word = _word(verdict)
    if not is_terminal(sys.stdout):
        show(line)
        return
    from rich.text import Text

    console(sys.stdout).print(
        Text.assemble((word, STYLES[word]), line.removeprefix(word)), no_wrap=True, overflow="ellipsis"
    )


def _remarks(verdict: Verdict) -> Iterator[tuple[str, str]]:
    head = " " * 9
    if verdict.criterion.says is not None:
        yield head, verdict.criterion.says
    if verdict.why is not None and verdict.why != NOTHING_RECORDED:
        yield f"{head}why: ", verdict.why
    naive = _naive(verdict)
    if naive is not None:
        yield head, naive
    if verdict.ok is False:
        for evidence in verdict.measured.evidence[-MOST_LINES:]:
            yield f"{head}see ", seen(evidence)


def _naive(verdict: Verdict) -> str | None:
    naive, unit = verdict.measured.naive, verdict.metric.unit
    if naive is None or verdict.measured.value is None:
        return None
    told = written(naive, unit)
    return None if told == written(verdict.measured.value, unit) else f"a count of lines would say {told}"


def seen(evidence: Evidence) -> str:
    """Where it stands, and what: the line itself where it is there."""
    if evidence.path is None or evidence.offset is None:
        block = f"block {evidence.block}: " if evidence.block is not None else ""
        return f"{block}{evidence.what}"
    line = line_at(evidence.path, evidence.offset)
    block = "" if evidence.block is None else f", block {evidence.block}"
    text = evidence.what if line is None else line
    return f"{Path(evidence.path).name}, byte {evidence.offset}{block}: {text[:300]}"
