"""Writes docs/check-metrics.md, the definitions of all metrics: `python -m netctl.judge.reference > ...`."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from textwrap import fill
from typing import get_args

from netctl.judge.metric import Metric, Parameter, Theme
from netctl.judge.registry import METRICS
from netctl.judge.units import MEANINGS, Unit, written

WIDTH = 120
HEAD = """\
# What `netctl check` measures

Each metric below is a figure over one stretch of an experiment: what it means, which lines or samples it is made of,
when it is decided, and what a count of lines, as `grep -c` makes it, would get wrong. Criteria of a profile ask
something of it ([check.md](check.md)). This page is written by the program that measures
(`python -m netctl.judge.reference`); a test holds it to that.

Names in `code` are signals: what a pack reads from the neurons' log lines ([signals.md](signals.md)). Figures of the
chain, of processes and states are samples that the supervisor takes ([metrics-store.md](metrics-store.md)). Only
neurons of the fleet count, and only the fleet's own logs, unless `--ingested` asks for others. Seconds are of the
subnet's own time: in a rehearsal with `time_scale: 75` an hour of it takes 48 seconds.

| unit | means |
|---|---|
"""


def reference() -> str:
    """The page."""
    units = "".join(f"| {unit} | {MEANINGS[unit]} |\n" for unit in get_args(Unit))
    return HEAD + units + "".join(_theme(theme) for theme in get_args(Theme))


def _theme(theme: Theme) -> str:
    metrics = [metric for metric in METRICS.values() if metric.theme == theme]
    return f"\n## {theme[0].upper()}{theme[1:]}\n" + "".join(f"\n{line}" for each in metrics for line in _lines(each))


def _lines(metric: Metric) -> Iterator[str]:
    yield f"### `{metric.name}`\n"
    unit = f"{metric.unit}, out of the {metric.out_of}" if metric.out_of is not None else metric.unit
    yield f"{fill(metric.means, WIDTH, break_on_hyphens=False)}\n"
    points = (f"Unit: {unit}.", f"Decided: {metric.needs}", f"What a count gets wrong: {metric.naive}")
    yield "".join(f"{_point(text)}\n" for text in points)
    if metric.parameters:
        yield "| parameter | unless given | means |\n|---|---|---|\n" + "".join(map(_row, metric.parameters))


def _point(text: str) -> str:
    return fill(text, WIDTH, initial_indent="- ", subsequent_indent="  ", break_on_hyphens=False)


def _row(parameter: Parameter) -> str:
    value = parameter.default
    default = value if isinstance(value, str) or parameter.kind in ("word", "name") else _figure(parameter, value)
    words = f" One of {', '.join(f'`{word}`' for word in parameter.words)}." if parameter.words else ""
    return f"| `{parameter.name}` | `{default}` | {parameter.means}{words} |\n"


def _figure(parameter: Parameter, value: float) -> str:
    kind = parameter.kind
    unit: Unit = "count" if kind == "word" or kind == "name" else kind
    return written(value, unit).replace(" %", "%").replace(".00x", "x")


if __name__ == "__main__":
    sys.stdout.write(reference())
