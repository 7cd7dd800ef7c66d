"""`netctl runbook run`: from its words to a run, and how that ended."""

from __future__ import annotations

import os
import shlex
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from netctl.adapters.clock import SystemClock
from netctl.cli.output import can_ask, is_terminal, say, show_json
from netctl.cli.places import state_home
from netctl.cli.runbook_show import show_would_run
from netctl.cli.runbook_stage import Screen, stream_of
from netctl.cli.runbook_tools import fleet_name, tools_for
from netctl.cli.runbook_words import PROFILE, line_faults
from netctl.durations import short, utc_text
from netctl.errors import NetctlError, ProfileError, UsageError
from netctl.money import Rao, rao_from_tao, tao_short
from netctl.runbook import answering
from netctl.runbook.model import Runbook, Step
from netctl.runbook.opening import Opened, opened, step_named
from netctl.runbook.progress import Identity, Progress
from netctl.runbook.reading import read_runbook
from netctl.runbook.record import Record, root_of, unfinished
from netctl.runbook.running import Runner
from netctl.runbook.setting import Setting
from netctl.runbook.shelves import find, profile_of

INTERRUPTED = 130


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """The words of the command as they were typed."""

    runbook: str
    rehearse: bool
    profile: Path | None
    network: str | None
    yes: bool
    budget: str | None
    start: str | None
    dry_run: bool
    new: bool
    as_json: bool


def run_runbook(wanted: Wanted) -> int:
    """Run it, or with --dry-run show what would run; the exit code."""
    runbook = read_runbook(find(wanted.runbook))
    setting = _setting(wanted)
    profile = wanted.profile.absolute() if wanted.profile is not None else profile_of(runbook)
    environ = {**os.environ, **({PROFILE: str(profile)} if profile is not None else {})}
    start = step_named(runbook.steps, wanted.start) if wanted.start is not None else None
    faults = line_faults(runbook, setting, environ)
    if faults:
        raise ProfileError(faults, hint="nothing was run; mend the runbook, or set what is missing")
    identity = Identity(runbook.name, str(profile) if profile else None, setting.rehearse, setting.network)
    if wanted.dry_run:
        return _dry_run(runbook, setting, identity, environ, start, wanted)
    answering.check_anybody(setting)
    screen = Screen(stream_of(as_json=wanted.as_json))
    fleet = fleet_name(setting, environ)
    with opened(
        runbook,
        identity,
        state_home(),
        clock=SystemClock(),
        fleet=fleet,
        anew=wanted.new,
        told=_line if wanted.as_json else None,
    ) as found:
        own_terminal = not wanted.as_json and is_terminal(sys.stdout)
        tools = tools_for(setting, environ, own_terminal=own_terminal)
        runner = Runner(runbook, setting, found.record, screen, tools, found.progress)
        _announce(screen, runbook, found, _where(setting, fleet, profile))
        if start is not None:
            runner.start_at(start)
        try:
            code = runner.run()
        except (KeyboardInterrupt, NetctlError):
            _tell_halted(screen, runbook, found.record, wanted)
            raise
        _tell_end(screen, runbook, found.record, wanted)
        return code


def _setting(wanted: Wanted) -> Setting:
    if wanted.rehearse and wanted.network is not None:
        raise UsageError(
            "--rehearse and --network were both given", hint="a rehearsal has a chain of its own; drop one"
        )
    profile = str(wanted.profile.absolute()) if wanted.profile is not None else None
    return Setting(
        rehearse=wanted.rehearse,
        network=wanted.network,
        profile=profile,
        yes=wanted.yes,
        budget_rao=_budget(wanted.budget),
        attended=can_ask(),
    )


def _budget(text: str | None) -> Rao | None:
    if text is None:
        return None
    try:
        return rao_from_tao(text)
    except ValueError as exc:
        raise UsageError(f"--budget={text}: {exc}", hint="write TAO, for example --budget 2.5") from None


def _dry_run(
    runbook: Runbook,
    setting: Setting,
    identity: Identity,
    environ: Mapping[str, str],
    start: Step | None,
    wanted: Wanted,
) -> int:
    clock = SystemClock()
    record = None if wanted.new else unfinished(root_of(state_home()), identity, clock)
    progress = (record.progress() if record is not None else None) or Progress(identity)
    nowhere = record or Record(root_of(state_home()) / identity.runbook / "none", clock=clock)
    screen = Screen(stream_of(as_json=wanted.as_json))
    tools = tools_for(setting, environ, own_terminal=False)
    runner = Runner(runbook, setting, nowhere, screen, tools, progress)
    from_id = runbook.steps.index(start) if start is not None else None
    exported = dict(progress.exported)
    found = []
    for number, step in enumerate(runbook.steps):
        left_out = number < from_id if from_id is not None else step.slug in progress.results
        shown = runner.shown(step, exported) if answering.is_for(step, setting) else None
        if shown is not None and not left_out:
            found.append((number + 1, shown))
    if record is not None and not wanted.as_json:
        say(f"goes on with run {record.name}")
    show_would_run(found, len(runbook.steps), screen, as_json=wanted.as_json)
    return 0


def _announce(screen: Screen, runbook: Runbook, found: Opened, where: str) -> None:
    screen.say(runbook.title, "bold")
    screen.say(f"{where}; recorded in {_short(found.record.place)}")
    if runbook.needs and not found.resumed:
        screen.say(f"needs {runbook.needs}")
    if found.resumed:
        left = [step for step in runbook.steps if step.slug not in found.progress.results]
        at = f"goes on at step {left[0].id}, {left[0].title}" if left else "nothing is left to do"
        since = utc_text(found.progress.begun_at)
        screen.say(f"run {found.record.name}, begun {since}: {at}; --new begins another", "yellow")
    if found.changed:
        screen.say(f"{runbook.path} has changed since that run began: its steps are matched by their titles", "yellow")


def _where(setting: Setting, fleet: str | None, profile: Path | None) -> str:
    on = fleet or (str(profile) if profile is not None else "the fleet that runs from here")
    how = "a rehearsal" if setting.rehearse else f"on {setting.network}" if setting.network else "as its profile says"
    budget = "" if setting.budget_rao is None else f", at most {tao_short(setting.budget_rao)} TAO"
    return f"{on}, {how}{budget}"


def _tell_halted(screen: Screen, runbook: Runbook, record: Record, wanted: Wanted) -> None:
    progress = record.progress()
    left = [step for step in runbook.steps if progress is None or step.slug not in progress.results]
    if left:
        screen.say()
        screen.say(f"stopped at step {left[0].id}, {left[0].title}; go on with: {_again(wanted)}", "yellow")


def _tell_end(screen: Screen, runbook: Runbook, record: Record, wanted: Wanted) -> None:
    progress = record.progress()
    if progress is None or not progress.ended:
        _tell_halted(screen, runbook, record, wanted)
        return
    done = sum(result == "done" for result in progress.results.values())
    count = sum(progress.results.get(step.slug) != "elsewhere" for step in runbook.steps)
    failed = sum(result == "failed" for result in progress.results.values())
    also = f", {failed} optional failed" if failed else ""
    screen.say()
    screen.say(f"done: {done} of {count} steps{also}, in {short(progress.took_s)}", "bold green")
    screen.say(f"the record: netctl runbook status {record.name}, and {_short(record.place)}")


def _again(wanted: Wanted) -> str:
    """The command that goes on; what --yes stands for is said anew."""
    words = ["netctl", "runbook", "run", wanted.runbook]
    words += ["--rehearse"] if wanted.rehearse else []
    words += ["--network", wanted.network] if wanted.network else []
    words += ["-p", str(wanted.profile)] if wanted.profile else []
    words += ["--yes"] if wanted.yes else []
    words += ["--budget", wanted.budget] if wanted.budget else []
    return shlex.join(words)


def _short(path: Path) -> str:
    cwd = Path.cwd()
    return str(path.relative_to(cwd)) if path.is_relative_to(cwd) else str(path)


def _line(entry: Mapping[str, Any]) -> None:
    show_json({**entry, "at": utc_text(entry["at"])}, lines=True)
