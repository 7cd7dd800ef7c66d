"""`netctl check`: which criteria, judged now or when they are decided, and what is written of it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from netctl.adapters.clock import SystemClock
from netctl.agreement.evidence import NOBODY_ASKED
from netctl.cli.check_found import case_of, reveal_for
from netctl.cli.check_report import show_judgement, summary
from netctl.cli.output import say
from netctl.cli.runs import run_meant
from netctl.cli.words import Words
from netctl.durations import seconds_of, short
from netctl.errors import UsageError
from netctl.fleet import Fleet
from netctl.judge.criterion import Criterion
from netctl.judge.judging import judge
from netctl.judge.junit import junit
from netctl.judge.verdicts import Judgement
from netctl.ports import Clock
from netctl.runs.finding import Kept

PAUSE_S = 5.0


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the command's words ask for."""

    groups: tuple[str, ...] = ()
    wait: str | None = None
    junit: Path | None = None
    as_json: bool = False
    run: Kept | None = None
    ingested: bool = False


def check(fleet: Fleet, wanted: Wanted) -> bool:
    """Judge, show, and say whether every criterion is true."""
    if wanted.ingested and wanted.run is not None:
        raise UsageError("--run and --ingested were both given", hint="logs from elsewhere are of no run; drop one")
    criteria = criteria_of(fleet, wanted.groups)
    wait_s = _seconds(wanted.wait)
    # Asked once: it takes a connection, and nobody changes it under way.
    reveal = NOBODY_ASKED if wanted.ingested else reveal_for(fleet, criteria, wanted.run)

    def look() -> Judgement:
        return judge(case_of(fleet, wanted.run, ingested=wanted.ingested, reveal=reveal), criteria)

    found = look() if wait_s is None else asyncio.run(until_decided(look, wait_s, SystemClock()))
    show_judgement(found, as_json=wanted.as_json)
    if wanted.junit is not None:
        _write(wanted.junit, junit(found))
    return found.ok


def run_of(fleet: Fleet, word: str, words: Words) -> Kept:
    """The run of the fleet that a word means; UsageError for another fleet's, and beside what it does not go with."""
    found = run_meant(word, words)
    if found.state != fleet.state:
        raise UsageError(
            f"run {found.run.id} is of {found.state.name}, and not of {fleet.name}",
            hint="name its profile with -p, from where it was brought up",
        )
    return found


def criteria_of(fleet: Fleet, groups: tuple[str, ...]) -> tuple[Criterion, ...]:
    """The criteria of these groups, all of them where none is named; UsageError where there is none."""
    chosen = tuple(criterion for criterion in fleet.criteria if not groups or criterion.group in groups)
    if not fleet.criteria:
        raise UsageError(
            f"{fleet.profile_path} has no criteria:, so there is nothing to check",
            hint='add some, such as `criteria: {minimum: {miners_responding: ">= 3"}}`; docs/check.md shows how',
        )
    if not chosen:
        has = ", ".join(dict.fromkeys(criterion.group for criterion in fleet.criteria))
        raise UsageError(f"{fleet.profile_path} has no criteria of group {', '.join(groups)}", hint=f"it has {has}")
    return chosen


async def until_decided(
    look: Callable[[], Judgement], wait_s: float, clock: Clock, talk: Callable[[str], None] = say
) -> Judgement:
    """Look again and again until nothing is left that may come, or the time is over; the last judgement."""
    deadline = clock.now() + wait_s
    told = ""
    while True:
        found = look()
        if summary(found.verdicts) != told:
            told = summary(found.verdicts)
            talk(f"waiting until all is decided: {told}")
        left = deadline - clock.now()
        if found.settled:
            return found
        if left <= 0:
            talk(f"not all is decided after {short(wait_s)}")
            return found
        await clock.sleep(min(PAUSE_S, left))


def _seconds(text: str | None) -> float | None:
    if text is None:
        return None
    try:
        return seconds_of(text)
    except ValueError as exc:
        raise UsageError(f"--wait: {exc}", hint="write it with its unit, such as 30m") from exc


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as exc:
        raise UsageError(f"{path} cannot be written: {exc.strerror}", hint="name another file with --junit") from exc
