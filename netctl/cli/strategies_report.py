"""Miners' behaviour as people read it: what each does, its changes next to its pay, and who found premium first."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from statistics import median

from netctl.behaviour.changes import Change
from netctl.behaviour.discovery import Discovery
from netctl.behaviour.document import document
from netctl.behaviour.kinds import PREMIUM
from netctl.behaviour.slices import Slice
from netctl.behaviour.strategies import Course, Moved, Strategies
from netctl.cli.fitting import fitted
from netctl.cli.output import Cell, show, show_hanging, show_json, show_table
from netctl.durations import short, utc_text
from netctl.fleet import Fleet

MOST_KINDS = 3
ARROW = ">"


def show_strategies(found: Strategies, fleet: Fleet, *, as_json: bool) -> None:
    """One JSON document, or all of it as text."""
    if as_json:
        show_json({"fleet": fleet.name, "rehearsal": fleet.rehearsal, **document(found)})
        return
    window = found.slicing.window
    show_hanging(
        "",
        f"{fleet.name}: {short(window.length_s)} until {utc_text(window.until)}, in {found.slicing.count} slices of"
        f" {short(found.slicing.length_s)}",
    )
    show()
    show("what each did, early > late: the first and the last quarter of its slices")
    _show_courses(found.courses)
    show()
    _show_discoveries(found)
    show()
    for head, text in _changes(found.courses):
        show_hanging(head, text)
    show()
    for head, text in _answer(found):
        show_hanging(head, text)


def _show_courses(courses: Sequence[Course]) -> None:
    headers = ["miner", "rounds", "every", "brought", "zipcodes", "quality", "incentive"]
    rows = [_course_cells(course) for course in courses]
    if any(one.sent is not None for course in courses for one in course.slices):
        headers.insert(4, "sent")
        for row, course in zip(rows, courses, strict=True):
            row.insert(4, Cell(f"{sum(one.sent or 0.0 for one in course.slices):.0f}"))
    show_table(*fitted(headers, rows, shorten={"miner": 12}, drop=("rounds", "zipcodes")))


def _course_cells(course: Course) -> list[Cell]:
    slices = course.slices
    if not slices:
        return [Cell(course.miner, "bold"), Cell("0", "red"), *[Cell("-")] * 5]
    quarter = max(1, len(slices) // 4)
    early, late = slices[:quarter], slices[-quarter:]

    def both(value: Callable[[Sequence[Slice]], str]) -> Cell:
        one, other = value(early), value(late)
        return Cell(one if one == other else f"{one} {ARROW} {other}")

    return [
        Cell(course.miner, "bold"),
        Cell(str(sum(one.rounds for one in slices))),
        both(_every),
        both(lambda some: f"{sum(one.brought for one in some) / len(some):.0f}"),
        both(lambda some: f"{median(one.zipcodes for one in some):.0f}"),
        both(_quality),
        Cell(_pair(course.discovery.incentive)),
    ]


def _every(some: Sequence[Slice]) -> str:
    known = [one.every_s for one in some if one.every_s is not None]
    return short(median(known)) if known else "never"


def _quality(some: Sequence[Slice]) -> str:
    good, bad = sum(one.good for one in some), sum(one.bad for one in some)
    return f"{good / (good + bad):.0%}" if good + bad else "-"


def _show_discoveries(found: Strategies) -> None:
    premium = len(found.kinds.premium)
    share = found.kinds.share
    chance = "" if share is None else f"; one who looks anywhere spends {share:.1%} of looks there"
    show_hanging("", f"premium zipcodes, {premium} of them{chance}")
    rows = [_discovery_cells(course.discovery, premium) for course in found.courses]
    headers = ["miner", "first", "block", "at", "after", "found", "of its looks"]
    parts: tuple[tuple[str, Callable[[Course], Mapping[str, float]]], ...] = (
        ("uploads", lambda course: course.sent),
        ("holdings", lambda course: course.held),
    )
    for header, part in parts:
        if any(part(course) for course in found.courses):
            headers.append(header)
            for row, course in zip(rows, found.courses, strict=True):
                row.append(Cell(_percent(part(course).get(PREMIUM, 0.0) if part(course) else None)))
    show_table(*fitted(headers, rows, shorten={"miner": 12}, drop=("at",)))


def _discovery_cells(one: Discovery, premium: int) -> list[Cell]:
    looks = f"{_percent(one.early)} {ARROW} {_percent(one.late)}"
    if one.time is None:
        return [Cell(one.miner, "bold"), Cell("none"), *[Cell("-")] * 3, Cell(f"0 of {premium}"), Cell(looks)]
    return [
        Cell(one.miner, "bold"),
        Cell(one.zipcode or "-"),
        Cell("-" if one.block is None else str(one.block)),
        Cell(_clock(one.time)),
        Cell("-" if one.after_s is None else short(one.after_s)),
        Cell(f"{one.found} of {premium}"),
        Cell(looks),
    ]


def _changes(courses: Sequence[Course]) -> Iterator[tuple[str, str]]:
    told = [(moved, course.miner) for course in courses for moved in course.changes]
    if not told:
        yield "changes: ", "none that stands out from what moves anyway"
        return
    for moved, miner in sorted(told, key=lambda pair: pair[0].change.time):
        yield f"{_clock(moved.change.time)} ", _change_text(moved, miner)


def _change_text(moved: Moved, miner: str) -> str:
    change = moved.change
    where = "" if moved.block is None else f"block {moved.block}, "
    return f"{where}{miner}: {_what_text(change)}; incentive {_pair(change.incentive)}"


def _what_text(change: Change) -> str:
    if isinstance(change.before, dict) and isinstance(change.after, dict):
        return f"mix moved by {change.moved:.0%}: {_mix_text(change.before, change.after)}"
    if isinstance(change.before, dict) or isinstance(change.after, dict):
        return change.what
    what = {"cadence": "rounds in a slice", "volume": "brought in a slice", "uploads": "uploaded in a slice"}
    places = 2 if change.what == "quality" else 0 if max(change.before, change.after) >= 10 else 1
    named = what.get(change.what, change.what)
    return f"{named} {change.before:.{places}f} {ARROW} {change.after:.{places}f} ({change.moved:+.0%})"


def _mix_text(before: dict[str, float], after: dict[str, float]) -> str:
    names = sorted(before.keys() | after.keys(), key=lambda name: -abs(after.get(name, 0.0) - before.get(name, 0.0)))
    return ", ".join(f"{n} {before.get(n, 0.0):.0%} {ARROW} {after.get(n, 0.0):.0%}" for n in names[:MOST_KINDS])


def _answer(found: Strategies) -> Iterator[tuple[str, str]]:
    """The plan's question: did miners find the premium zipcodes, and did they part?"""
    first = found.first
    if first is None:
        yield "premium: ", "nobody found one"
    else:
        block = "" if first.block is None else f" at block {first.block}"
        after = "" if first.after_s is None else f", {short(first.after_s)} after its first look"
        yield "premium: ", f"{first.miner} was the first to find one, {first.zipcode}{block}{after}"
    for part in found.partings:
        said = "they went ways of their own" if part.parted else "no further than they began, or than chance explains"
        yield (
            "apart: ",
            (
                f"by {part.by}, miners' looks lay {part.early:.2f} apart at first and {part.late:.2f} at the end (by"
                f" chance {part.chance:.2f}): {said}"
            ),
        )


def _pair(pair: tuple[float | None, float | None]) -> str:
    return " > ".join("-" if one is None else f"{one:.3f}" for one in pair)


def _percent(share: float | None) -> str:
    return "-" if share is None else f"{share:.0%}"


def _clock(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%H:%M:%SZ")
