"""`netctl status --watch`: on a terminal the screen, with --json a document for each look."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

from netctl.cli.boundary import INTERRUPTED
from netctl.cli.output import is_terminal, show_json
from netctl.cli.quick import sampled
from netctl.cli.selection import fleet_meant, spelled_out
from netctl.cli.watch.looking import Looking, Watcher, pause_after
from netctl.cli.words import Words
from netctl.errors import UsageError


def watch_status(words: Words, *, live: bool, as_json: bool) -> int:
    """Show the fleet until it is left; returns the exit code. UsageError where there is no terminal to draw on."""
    if not as_json:
        _need_a_terminal()
    named = spelled_out(words)
    if live or sampled(named, time.time()) is None:
        fleet_meant(named)  # what is wrong with the profile is said before the screen is taken
    looking = Looking(named, live)
    return _tell(looking) if as_json else _draw(looking)


def _need_a_terminal() -> None:
    for name, stream in (("stdout", sys.stdout), ("stdin", sys.stdin), ("stderr", sys.stderr)):
        if not is_terminal(stream):
            raise UsageError(
                f"--watch draws on a terminal, and {name} is none", hint="netctl status, or --watch --json"
            )


def _tell(looking: Looking) -> int:
    try:
        while True:
            began = time.monotonic()
            show_json(looking.report().document(below=Path.cwd()), lines=True)
            time.sleep(pause_after(time.monotonic() - began, looking.period_s))
    except KeyboardInterrupt:
        return INTERRUPTED  # nothing else ends it, so nothing was interrupted that could be gone on with


def _draw(looking: Looking) -> int:
    from netctl.cli.watch.screen import Watch

    for name in ("COLUMNS", "LINES"):
        os.environ.pop(name, None)  # what the size was when somebody exported them; the terminal knows what it is
    colours = not os.environ.get("NO_COLOR")
    if colours:
        os.environ.pop("NO_COLOR", None)  # empty, which Textual takes for a no
    screen = Watch(lambda tell: Watcher(looking, tell).start(), colours=colours)
    code = screen.run()
    if screen.failure is not None:
        raise screen.failure
    return code or 0
