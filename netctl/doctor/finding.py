"""A row of the doctor, and what it found."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Literal

from netctl.doctor.seen import Seen, Unseen

Verdict = Literal["good", "warning", "failed", "unseen"]
Area = Literal["machine", "interpreter", "chain", "money", "files", "keys", "incentives", "swarm"]
MOST_LISTED = 4


@dataclass(frozen=True, slots=True)
class Judged:
    """What a row says of what was seen: the verdict, what was found, and the next thing to type or do ("" for none)."""

    verdict: Verdict
    found: str
    next: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """One thing that the doctor looks at. `why` says what goes wrong where it is not as it should be."""

    name: str
    what: str
    why: str
    judge: Callable[[Seen], Judged]


@dataclass(frozen=True, slots=True)
class Finding:
    """A row as it came out; the field names are those of ``netctl doctor --json``."""

    area: Area
    name: str
    what: str
    verdict: Verdict
    found: str
    why: str
    next: str


def find(area: Area, row: Row, seen: Seen) -> Finding:
    """Judge one row; a part that it needs and that was not seen makes it "unseen", with the reason."""
    try:
        judged = row.judge(seen)
    except Unseen as absent:
        judged = unseen(absent.why, absent.next)
    return Finding(area, row.name, row.what, judged.verdict, judged.found, row.why, judged.next)


def good(found: str) -> Judged:
    """As it should be."""
    return Judged("good", found)


def warning(found: str, then: str) -> Judged:
    """Works, and may not for long, or not as meant."""
    return Judged("warning", found, then)


def failed(found: str, then: str) -> Judged:
    """Keeps something from working now."""
    return Judged("failed", found, then)


def unseen(why: str, then: str = "") -> Judged:
    """Not looked at."""
    return Judged("unseen", f"not looked at: {why}", then)


def listed(items: Iterable[str], *, between: str = "; ") -> str:
    """Some of them by name, and how many more there are."""
    every = list(dict.fromkeys(items))
    shown = every[:MOST_LISTED]
    return between.join(shown) + (f"{between}and {len(every) - MOST_LISTED} more" if len(every) > MOST_LISTED else "")


def span(blocks: int, block_time_s: float) -> str:
    """Blocks, and about how long they take: ``120 blocks (24 minutes)``."""
    noun = "block" if blocks == 1 else "blocks"
    return f"{blocks} {noun} ({about(blocks * block_time_s)})"


def about(seconds: float) -> str:
    """A span in the unit that reads best."""
    for size, name in ((86_400, "days"), (3_600, "hours"), (60, "minutes")):
        if seconds >= 2 * size:
            return f"{seconds / size:.0f} {name}"
    return f"{seconds:.0f} s" if seconds >= 10 else f"{seconds:.1f} s"
