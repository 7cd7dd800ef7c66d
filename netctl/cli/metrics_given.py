"""What `netctl metrics` does: text of now, an endpoint, or files."""

from __future__ import annotations

import threading
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from netctl.adapters.clock import SystemClock
from netctl.cli.boundary import INTERRUPTED
from netctl.cli.output import Cell, say, show, show_json, show_table
from netctl.cli.runs import run_meant, state_meant
from netctl.cli.words import Words
from netctl.durations import moment_of
from netctl.errors import UsageError
from netctl.metrics import exposition, files, serving
from netctl.metrics.catalogue import METRICS
from netctl.metrics.reading import Reader
from netctl.store.columns import TABLES
from netctl.store.database import FILE, looked_into
from netctl.store.exporting import Stretch

DEFAULT_PLACE = "127.0.0.1:9428"


@dataclass(frozen=True, slots=True)
class Asked:
    """The words of the command."""

    place: str | None
    prometheus: bool
    serve: bool
    csv: Path | None
    parquet: Path | None
    run: str | None
    since: str | None
    until: str | None
    as_json: bool


def give(asked: Asked, words: Words) -> int:
    """Do what was asked, and the exit code; UsageError for what goes with nothing."""
    exports = [
        (form, folder) for form, folder in (("csv", asked.csv), ("parquet", asked.parquet)) if folder is not None
    ]
    if len(exports) + asked.serve + asked.prometheus > 1:
        raise UsageError(
            "--prometheus, --serve, --csv and --parquet are four things to do", hint="name one of them at a time"
        )
    if asked.place is not None and not asked.serve:
        raise UsageError(
            f"{asked.place}: a place to listen at is for --serve", hint=f"netctl metrics --serve {asked.place}"
        )
    filters = [name for name in ("run", "since", "until") if getattr(asked, name) is not None]
    if filters and not exports:
        raise UsageError(f"--{filters[0]} chooses rows of files", hint="add --csv DIR or --parquet DIR")
    if exports:
        form, folder = exports[0]
        _export(asked, words, "csv" if form == "csv" else "parquet", folder)
    elif asked.serve:
        _serve(asked, words)
        return INTERRUPTED  # nothing else ends it, so nothing was interrupted that could be gone on with
    else:
        _show_now(asked, words)
    return 0


def _show_now(asked: Asked, words: Words) -> None:
    reader = Reader(state_meant(words), SystemClock())
    subject, seen = reader.read()
    if not asked.as_json:
        show(exposition.text(lambda: (subject, seen)).rstrip("\n"))
        return
    found: dict[str, list[dict[str, Any]]] = {}
    labels = {metric.name: metric.labels for metric in METRICS}
    for sample in exposition.samples(subject, seen):
        about = dict(zip(labels[sample.metric], sample.labels, strict=True))
        found.setdefault(sample.metric, []).append({"labels": about, "value": float(sample.value)})
    told = [
        {"name": metric.name, "type": metric.kind, "help": metric.means, "samples": found[metric.name]}
        for metric in METRICS
        if metric.name in found
    ]
    show_json({"fleet": subject.fleet, "metrics": told})


def _serve(asked: Asked, words: Words) -> None:
    host, port = serving.place_of(asked.place or DEFAULT_PLACE)
    state = state_meant(words)
    reader = Reader(state, SystemClock())
    with suppress(KeyboardInterrupt), serving.endpoint(reader.read_or_nothing, host, port) as url:
        if asked.as_json:
            show_json({"fleet": state.name, "url": url}, lines=True)
        say(f"{state.name}: metrics at {url}; Ctrl-C ends it")
        threading.Event().wait()


def _export(asked: Asked, words: Words, form: files.Format, folder: Path) -> None:
    clock = SystemClock()
    if asked.run is None:
        state, stretch = state_meant(words), Stretch()
    else:
        kept = run_meant(asked.run, words)
        state, stretch = kept.state, Stretch(kept.run.began, kept.until)
    since, until = (_moment(name, text, clock.now()) for name, text in (("since", asked.since), ("until", asked.until)))
    stretch = Stretch(_later(stretch.since, since), _earlier(stretch.until, until))
    with looked_into(state / FILE) as store:
        written = files.export(store, folder, form, stretch)
    if asked.as_json:
        show_json(_document(state, folder, form, stretch, written))
        return
    show_table(
        ("table", "rows", "file"),
        [[Cell(each.table, "bold"), Cell(str(each.rows)), Cell(str(each.path))] for each in written],
    )


def _document(
    state: Path, folder: Path, form: str, stretch: Stretch, written: tuple[files.Written, ...]
) -> dict[str, Any]:
    units = {
        table.name: [{"name": c.name, "kind": c.kind, "unit": c.unit or None} for c in table.columns]
        for table in TABLES
    }
    bounds = {
        name: None if moment is None else files.moment_text(moment)
        for name, moment in (("since", stretch.since), ("until", stretch.until))
    }
    tables = [
        {"table": each.table, "file": str(each.path), "rows": each.rows, "columns": units.get(each.table)}
        for each in written
    ]
    return {"fleet": state.name, "directory": str(folder), "format": form, **bounds, "tables": tables}


def _moment(name: str, text: str | None, now: float) -> float | None:
    if text is None:
        return None
    try:
        return moment_of(text, now=now)
    except ValueError:
        raise UsageError(f"--{name} {text}: no time", hint="write 10m, or 2026-11-28T12:00") from None


def _later(a: float | None, b: float | None) -> float | None:
    return max((each for each in (a, b) if each is not None), default=None)


def _earlier(a: float | None, b: float | None) -> float | None:
    return min((each for each in (a, b) if each is not None), default=None)
