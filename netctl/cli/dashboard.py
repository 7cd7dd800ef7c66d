"""What `netctl dashboard` does: the parts of the page, each with where it comes from, served until Ctrl-C."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from netctl import packs
from netctl.adapters.board_server import serving
from netctl.adapters.clock import SystemClock
from netctl.board import health
from netctl.board.live import Document, Live, Part
from netctl.board.reading import Reading
from netctl.board.spec import Drawn, drawn_of
from netctl.cli.boundary import INTERRUPTED
from netctl.cli.onlookers import host_of
from netctl.cli.output import say, show_json
from netctl.cli.runs import state_meant
from netctl.cli.words import Words
from netctl.durations import seconds_of
from netctl.errors import NetctlError, UsageError
from netctl.fleet import Fleet
from netctl.journal import FileJournal
from netctl.observation import brought_up_to_date
from netctl.status import StatusReport, report_of
from netctl.supervisor import orders, samples

STATUS_S = 2.0
STORE_S = 1.0
CALLS_S = 15.0
COVERAGE_S = 30.0
EASE = 20.0
"""What reads much takes a twentieth of the time at most."""


@dataclass(frozen=True, slots=True)
class Asked:
    """The words of the command: `port` 0 is any, `last` how much of what was sampled is drawn."""

    port: int
    last: str
    open: bool
    as_json: bool


def show_dashboard(asked: Asked, words: Words) -> int:
    """Serve until interrupted; UsageError for a `last` that is no duration."""
    keep_s = _seconds(asked.last)
    asyncio.run(_serve(asked, state_meant(words), keep_s))
    return INTERRUPTED  # nothing else ends it, so nothing was interrupted that could be gone on with


def _seconds(text: str) -> float:
    try:
        found = seconds_of(text)
    except ValueError:
        found = 0.0
    if not found:
        raise UsageError(f"--last {text}: no duration", hint="write 30m, 24h or 7d")
    return found


async def _serve(asked: Asked, state: Path, keep_s: float) -> None:
    live = Live(parts_of(state, keep_s), SystemClock())
    interrupted = asyncio.Event()
    # Pages are let go of in order; a second Ctrl-C meanwhile changes nothing.
    asyncio.get_running_loop().add_signal_handler(signal.SIGINT, interrupted.set)
    async with serving(live, asked.port) as url:
        if asked.as_json:
            show_json({"fleet": state.name, "url": url}, lines=True)
        say(f"{state.name}: dashboard at {url}; Ctrl-C ends it")
        if asked.open:
            import webbrowser

            await asyncio.to_thread(webbrowser.open, url)
        await interrupted.wait()


def parts_of(state: Path, keep_s: float) -> dict[str, Part]:
    """All parts of the page about the fleet of a state directory."""
    clock = SystemClock()
    reading = Reading(state, lambda: _drawn(state), keep_s, clock)
    parts = (
        Part("health", _health(state, reading), STATUS_S),
        Part("board", reading.look, STORE_S, whole=reading.whole),
        Part("calls", _told(state, _calls), CALLS_S, ease=EASE),
        Part("coverage", _told(state, _coverage), COVERAGE_S, ease=EASE),
    )
    return {part.name: part for part in parts}


def _fleet(state: Path) -> Fleet | None:
    """The fleet as it was brought up last."""
    return orders.lately(orders.path_in(state))


def _drawn(state: Path) -> Drawn:
    fleet = _fleet(state)
    try:
        return Drawn() if fleet is None else drawn_of(packs.load(fleet.code.pack, fleet.profile_path.parent).spec)
    except NetctlError:
        return Drawn()


def _told(state: Path, document: Callable[[Fleet], Document]) -> Callable[[], Document]:
    """A look that says why, where there is nothing to tell."""

    def look() -> Document:
        fleet = _fleet(state)
        if fleet is None:
            return {"why": "this fleet was not brought up yet"}
        try:
            return document(fleet)
        except NetctlError as error:
            return {"why": f"{error.message}; {error.hint}" if error.hint else error.message}

    return look


def _calls(fleet: Fleet) -> Document:
    from netctl.board import calling
    from netctl.cli.budget_found import budget_found

    return calling.document(budget_found(fleet))


def _coverage(fleet: Fleet) -> Document:
    from netctl.board import ground
    from netctl.cli.coverage_found import coverage_found
    from netctl.cli.coverage_map import drawn

    found = coverage_found(fleet)
    return ground.document(found, drawn(found))


def _health(state: Path, reading: Reading) -> Callable[[], Document]:
    def look() -> dict[str, Any]:
        report = _report(state)
        if report is not None:
            return {"fleet": state.name, **health.of_report(report)}
        last = samples.last(state)
        at = None if last is None else last.at
        return {"fleet": state.name, **health.of_store(reading.states, reading.roles.roles, _why(state, at), at)}

    return look


def _why(state: Path, at: float | None) -> str:
    if not state.is_dir():
        return "this fleet has no state: it was never brought up, or purged. netctl fleet up starts it"
    if at is None:
        return "nothing was sampled yet: netctl fleet up starts the supervisor, which does"
    return (
        "this fleet is not sampled now: it is down, or its supervisor is; netctl status says which."
        " Below is what was seen last"
    )


def _report(state: Path) -> StatusReport | None:
    now = SystemClock().now()
    fleet = _fleet(state)
    found = None if fleet is None else samples.fresh(fleet, now)
    if fleet is None or found is None:
        return None
    journal = FileJournal(fleet.state / "journal.jsonl", clock=SystemClock())
    seen = brought_up_to_date(found.seen, fleet, host_of(fleet), journal, now)
    return report_of(fleet, seen, now=now)
