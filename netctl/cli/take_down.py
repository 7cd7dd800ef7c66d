"""Stopping neurons and whole fleets, and saying what would not stop."""

from __future__ import annotations

import shutil
from collections.abc import Sequence

from netctl.cli.bring_up import announce
from netctl.cli.output import say, show, show_json
from netctl.cli.questions import agree
from netctl.cli.world import host_of, journal_of, locked
from netctl.errors import NetctlError, SessionError, UsageError
from netctl.fleet import Fleet
from netctl.phases.sessions import STOP_GRACE_S
from netctl.ports import STOPPED, Host
from netctl.runs import keeping, label


def take_down(fleet: Fleet, names: Sequence[str] | None, *, purge: bool, yes: bool, as_json: bool) -> None:
    """Stop the named neurons, or everything of the fleet and its tmux server; with `purge` delete a rehearsal's state.

    Repeating it does no harm. UsageError for purging a real fleet, PolicyError without consent to purge.
    """
    if purge and (not fleet.rehearsal or names):
        raise UsageError("--purge deletes the state of a whole rehearsal only", hint="drop --purge, or add --rehearse")
    announce(fleet)
    if purge:
        agree(f"delete {fleet.state}, wallets and chain included", yes=yes)
    known = fleet.state.exists()
    if known:
        with locked(fleet):
            run = None if names else label.open_run(host_of(fleet).sessions())
            _stop(fleet, names)
            if not names:
                _leave_nothing_disturbed(fleet)
            if run is not None and not purge:
                _end(fleet, run)
            if purge:
                _purge_nodes(fleet)
                shutil.rmtree(fleet.state)
    stopped = list(names or [neuron.name for neuron in fleet.neurons]) if known else []
    if as_json:
        show_json({"fleet": fleet.name, "stopped": stopped, "survivors": [], "purged": purge})
    elif not known:
        say(f"{fleet.name} was never brought up from here: there is no {fleet.state}, and nothing was stopped")
    else:
        show(f"{fleet.name}: {', '.join(names) if names else 'everything'} stopped{', state deleted' if purge else ''}")


def _purge_nodes(fleet: Fleet) -> None:
    """Delete what lies on other machines; a node that cannot be asked is named, and keeps it."""
    if left := host_of(fleet).purge():
        say(f"working directories stay on {', '.join(left)}: docker volume ls --filter label=netctl.fleet, there")


def _leave_nothing_disturbed(fleet: Fleet) -> None:
    from netctl.adapters.clock import SystemClock
    from netctl.chaos.acts import undo

    undo(fleet, journal_of(fleet), SystemClock(), lambda _: True, by="down")


def _end(fleet: Fleet, run: str) -> None:
    """Write down that the run is over; what is down is down, whether that can be or not."""
    from netctl.adapters.clock import SystemClock

    try:
        keeping.ended(host_of(fleet), fleet.state, run, at=SystemClock().now(), by="netctl fleet down")
    except (NetctlError, OSError) as error:
        say(f"that run {run} is over could not be written down: {error}")


def _stop(fleet: Fleet, names: Sequence[str] | None) -> None:
    host = host_of(fleet)
    if names:
        survivors = host.stop(names, grace_s=STOP_GRACE_S, leave=_by("netctl fleet down"))
    else:
        survivors = host.shut_down(grace_s=STOP_GRACE_S)
    _insist_on_none(fleet, host, survivors)


def _by(command: str) -> dict[str, str]:
    """What the supervisor finds on a session that it must not start again."""
    return {STOPPED: command}


def _insist_on_none(fleet: Fleet, host: Host, survivors: Sequence[str]) -> None:
    if survivors:
        found = host.sessions()
        lost = [f"{name}: {found[name].unknown}" for name in survivors if name in found and found[name].unknown]
        if lost:
            hint = (
                "bring the node back, and netctl fleet down; once it is surely off, first: docker node rm --force NODE"
            )
            raise SessionError(f"{fleet.name} is stopped where its nodes answer; {'; '.join(lost)}", hint=hint)
        who = ", ".join(survivors)
        raise SessionError(f"{fleet.name}: still there after SIGKILL: {who}", hint="netctl fleet down once more, or ps")
