"""Signals of packs, and trials of them, on the screen and as JSON."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from netctl.cli.log_lines import harmless
from netctl.cli.output import Cell, show, show_hanging, show_json, show_table
from netctl.errors import UsageError

if TYPE_CHECKING:
    from netctl.fleet import Role
    from netctl.packs import Pack
    from netctl.signals.spec import Signal
    from netctl.signals.trial import Trial

SHAPES = 20
CHUNK = 256 * 1024


def chunks_of(file: str) -> Iterator[bytes]:
    """The bytes of a log with its archives, or of standard input for `-`; UsageError where it cannot be read."""
    from netctl.logs import LogFile

    if file == "-":
        while chunk := sys.stdin.buffer.read(CHUNK):
            yield chunk
        return
    path = Path(file)
    if not path.is_file():
        what = "is no file" if path.exists() else "is not there"
        raise UsageError(f"log {file}: {what}", hint="name a file, such as .netctl/<fleet>/logs/validator_1.log")
    try:
        for _, chunk in LogFile(path).chunks(0):
            yield chunk
    except OSError as exc:
        raise UsageError(f"log {file}: {exc.strerror}", hint="check its owner and mode") from exc


def show_trial(trial: Trial, about: Mapping[str, str], *, as_json: bool) -> None:
    shapes = trial.shapes.most_frequent(SHAPES)
    if as_json:
        show_json(
            {
                **about,
                "counts": dict(trial.counts),
                "outcomes": {name: dict(counts) for name, counts in trial.outcomes.items()},
                "lines": trial.lines,
                "unmatched": trial.unmatched,
                "examples": trial.examples,
                "shapes": [{"shape": shape.text, "count": shape.times, "example": shape.example} for shape in shapes],
                "never": list(trial.never),
                "slow": list(trial.slow),
                "hidden": trial.hidden,
            }
        )
        return
    names = [signal.name for signal in trial.signals if signal.name in trial.counts]
    if names:
        rows = [
            [name, str(trial.counts[name]), _outcomes(trial, name), harmless(trial.examples[name])] for name in names
        ]
        show_table(("signal", "events", "of which", "for example"), _cells(rows), cut="for example")
        show()
    show(f"{trial.unmatched} of {trial.lines} lines hold no signal" + (", most often:" if shapes else ""))
    width = max((len(str(shape.times)) for shape in shapes), default=0)
    for shape in shapes:
        show_hanging(f"  {shape.times:>{width}}  ", harmless(shape.text))
    if trial.never:
        show_hanging("never came: ", ", ".join(trial.never))
    for name, line in trial.hidden.items():
        show_hanging(f"{name} misses lines, since colours split the words that it is looked for by: ", harmless(line))
    if trial.slow:
        show_hanging("without a word of their own, so that every line is looked at: ", ", ".join(trial.slow))


def _outcomes(trial: Trial, name: str) -> str:
    counts = trial.outcomes.get(name)
    return "" if counts is None else ", ".join(f"{count} {outcome}" for outcome, count in counts.most_common())


def _cells(rows: Sequence[Sequence[str]]) -> list[list[Cell]]:
    return [[Cell(text) for text in row] for row in rows]


def show_signals(packs: Sequence[Pack], role: Role | None, *, as_json: bool) -> None:
    found = [
        (pack.name, each, signal)
        for pack in packs
        for each in pack.spec.roles
        if role in (None, each)
        for signal in pack.spec.signals_of(each)
    ]
    if as_json:
        show_json({"signals": [{"pack": pack, "role": each, **_document(signal)} for pack, each, signal in found]})
        return
    if not found:
        show("no signals")
    said = ("", "")
    for pack, each, signal in found:
        if (pack, each) != said:
            show(f"\n{pack}, {each}" if any(said) else f"{pack}, {each}")
            said = (pack, each)
        show_hanging(f"  {signal.name:<20} ", _fields(signal) or "(no fields)")
        show_hanging(" " * 23, signal.means)
        if signal.caution:
            show_hanging(" " * 23 + "caution: ", signal.caution)


def _fields(signal: Signal) -> str:
    told = [name + (f" ({unit})" if (unit := signal.unit_of(name)) not in ("", name) else "") for name in signal.groups]
    if signal.sort is not None:
        told.append(f"{signal.sort.into}: {' | '.join(signal.sort.outcomes)}")
    return ", ".join(told)


def _document(signal: Signal) -> dict[str, Any]:
    from netctl.signals.literals import literals_of

    fields = [{"name": name, "kind": signal.kind_of(name), "unit": signal.unit_of(name)} for name in signal.groups]
    return {
        "name": signal.name,
        "fields": fields,
        "sorted_into": None if signal.sort is None else signal.sort.into,
        "outcomes": [] if signal.sort is None else list(signal.sort.outcomes),
        "means": signal.means,
        "caution": signal.caution,
        "match": signal.match,
        "streams": list(signal.streams),
        "level": signal.level,
        "words": list(literals_of(signal.match, last_line=signal.whole)),
    }
