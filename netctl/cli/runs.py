"""The runs of a fleet for the commands that read them: where they lie, and which one is open now."""

from __future__ import annotations

from pathlib import Path

from netctl.cli.places import is_running, state_home
from netctl.cli.selection import load_fleet
from netctl.cli.words import Words
from netctl.errors import SessionError
from netctl.fleets import choose, remembered
from netctl.runs import finding, label
from netctl.runs.finding import Kept, Past


def state_meant(words: Words) -> Path:
    """The state directory of the fleet that is meant. Its profile is read only where it is named."""
    if words.profile is not None:
        return load_fleet(words.profile, words).state
    known = [fleet for fleet in remembered(state_home()) if fleet.rehearse or not words.rehearse]
    return choose(known, is_running).state


def past_meant(words: Words) -> tuple[Path, Past]:
    """The runs of that fleet."""
    from netctl.adapters.clock import SystemClock

    state = state_meant(words)
    return state, finding.past_of(state, open_in, SystemClock().now())


def run_meant(word: str, words: Words) -> Kept:
    """The run that a word means; UsageError."""
    from netctl.adapters.clock import SystemClock

    return finding.meant(word, lambda: state_meant(words), open_in, SystemClock().now())


def open_in(state: Path) -> str | None:
    """The run that the fleet of a state directory is in now; None also where tmux or the engine does not answer."""
    from netctl.adapters.tmux import TmuxHost
    from netctl.cli.onlookers import host_of
    from netctl.supervisor import orders

    fleet = orders.lately(orders.path_in(state))
    host = TmuxHost(state, state.name) if fleet is None or fleet.swarm is None else host_of(fleet)
    try:
        return label.open_run(host.sessions())
    except SessionError:
        return None
