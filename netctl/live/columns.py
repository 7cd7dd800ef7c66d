"""The table's columns: what each says of a neuron, how wide it is, by what it is sorted, and which fit on a screen."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from netctl.live.recorded import Kind
from netctl.live.rows import Picture, Row
from netctl.live.tracks import blocks
from netctl.live.words import ago, alpha_text, bytes_text, percent, score_text, share, span

UNKNOWN = "-"
GAP = 1
LONGEST_NAME = 24


@dataclass(frozen=True, slots=True)
class Shown:
    """What the texts depend on beside the row: the picture it is of, and what is drawn over time."""

    picture: Picture
    trend: Kind


@dataclass(frozen=True, slots=True)
class Column:
    """One column. `text` gets the width that it has; `key` is None for what sorts last, whichever way."""

    name: str
    title: str
    width: int
    text: Callable[[Row, Shown, int], str]
    key: Callable[[Row], Any]
    is_number: bool = False
    descends: bool = False


def _plain(text: Callable[[Row], str]) -> Callable[[Row, Shown, int], str]:
    return lambda row, shown, width: text(row)  # noqa: ARG005


def _trend(row: Row, shown: Shown, width: int) -> str:
    points = row.over_time.get(shown.trend, ())
    return blocks(points, width, shown.picture.since, shown.picture.report.at)


READY = {True: "yes", False: "no", None: "?"}

COLUMNS: tuple[Column, ...] = (
    Column("name", "name", 8, _plain(lambda row: row.name), lambda row: _natural(row.name)),
    Column("state", "state", 8, _plain(lambda row: row.status.state), lambda row: row.status.state),
    Column(
        "ready", "ok", 3, _plain(lambda row: READY[row.status.ready]), lambda row: (row.status.ready is True, row.name)
    ),
    Column(
        "uid", "uid", 3, _plain(lambda row: _or_unknown(row.status.uid)), lambda row: row.status.uid, is_number=True
    ),
    Column(
        "score",
        "score",
        7,
        _plain(lambda row: score_text(row.score)),
        lambda row: row.score,
        is_number=True,
        descends=True,
    ),
    Column(
        "incentive",
        "incent",
        6,
        _plain(lambda row: share(row.incentive)),
        lambda row: row.incentive,
        is_number=True,
        descends=True,
    ),
    Column("cpu", "cpu", 5, _plain(lambda row: percent(row.cpu)), lambda row: row.cpu, is_number=True, descends=True),
    Column(
        "memory",
        "mem",
        5,
        _plain(lambda row: bytes_text(row.memory_bytes)),
        lambda row: row.memory_bytes,
        is_number=True,
        descends=True,
    ),
    Column(
        "restarts",
        "rst",
        3,
        _plain(lambda row: str(row.status.restarts)),
        lambda row: row.status.restarts,
        is_number=True,
        descends=True,
    ),
    Column(
        "evaluated",
        "eval",
        4,
        lambda row, shown, _: ago(row.evaluated_at, shown.picture.report.at),
        lambda row: row.evaluated_at,
        is_number=True,
        descends=True,
    ),
    Column("trend", "trend", 8, _trend, lambda row: row.score, descends=True),
    Column("role", "role", 9, _plain(lambda row: row.status.role), lambda row: row.status.role),
    Column(
        "emission",
        "alpha",
        8,
        _plain(lambda row: alpha_text(row.emission_rao)),
        lambda row: row.emission_rao,
        is_number=True,
        descends=True,
    ),
    Column(
        "up",
        "up",
        4,
        _plain(lambda row: span(row.status.uptime_s)),
        lambda row: row.status.uptime_s,
        is_number=True,
        descends=True,
    ),
    Column(
        "problem",
        "problem",
        20,
        _plain(lambda row: row.status.problem or UNKNOWN),
        lambda row: row.status.problem,
    ),
)
"""From the most wanted on: a narrow screen has the first ones."""

ORDER = (
    "name",
    "role",
    "state",
    "ready",
    "uid",
    "score",
    "incentive",
    "emission",
    "cpu",
    "memory",
    "restarts",
    "up",
    "evaluated",
    "trend",
    "problem",
)
"""From left to right."""


GROWING = (("problem", 30), ("trend", 24), ("problem", 150))
"""Who becomes wider, and by how much at most, where there is room."""


def _or_unknown(value: object) -> str:
    return UNKNOWN if value is None else str(value)


def _natural(name: str) -> tuple[Any, ...]:
    """By which miner_10 comes after miner_9."""
    head = name.rstrip("0123456789")
    return head, int(name[len(head) :] or -1), name


def fitting(rows: Sequence[Row], width: int) -> tuple[Column, ...]:
    """The columns for a screen of that many cells, from left to right; what is left over goes to those that grow."""
    name = min(LONGEST_NAME, max((len(row.name) for row in rows), default=COLUMNS[0].width))
    uid = max((len(str(row.status.uid)) for row in rows if row.status.uid is not None), default=0)
    taken: dict[str, Column] = {}
    for column in COLUMNS:
        asked = {"name": name, "uid": max(uid, column.width)}.get(column.name, column.width)
        if asked + GAP > width:
            break
        taken[column.name] = replace(column, width=asked)
        width -= asked + GAP
    for grows, most in GROWING:
        if grows in taken:
            more = min(most, width)
            taken[grows] = replace(taken[grows], width=taken[grows].width + more)
            width -= more
    return tuple(taken[each] for each in ORDER if each in taken)


def in_order(rows: Sequence[Row], by: str, *, reverse: bool) -> tuple[Row, ...]:
    """The rows by a column's key, those without one last; equal ones by their names."""
    column = next(each for each in COLUMNS if each.name == by)
    named = sorted(rows, key=lambda row: _natural(row.name))
    known = [row for row in named if column.key(row) is not None]
    known.sort(key=column.key, reverse=column.descends is not reverse)
    return (*known, *(row for row in named if column.key(row) is None))


def wanted(row: Row, text: str, *, troubled: bool = False) -> bool:
    """Whether every word of the text is in what is told of the neuron; with `troubled` only what has a problem."""
    status = row.status
    if troubled and status.problem is None:
        return False
    told = " ".join(
        (
            status.name,
            status.role,
            status.state,
            _or_unknown(status.uid),
            status.hotkey_ss58 or "",
            status.problem or "",
        )
    ).casefold()
    return all(word in told for word in text.casefold().split())


def cell(column: Column, row: Row, shown: Shown) -> str:
    """What stands there, as wide as the column; longer text is cut."""
    text = column.text(row, shown, column.width)
    if len(text) > column.width:
        text = text[: column.width - 1] + "…"
    return text.rjust(column.width) if column.is_number else text.ljust(column.width)
