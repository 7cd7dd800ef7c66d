"""`netctl host setup` and `netctl host list`: look, show what differs, ask, do it, look again."""

from __future__ import annotations

import socket
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from netctl.cli.onlookers import with_its_nodes
from netctl.cli.output import Cell, say, show, show_hanging, show_json, show_table
from netctl.cli.selection import Words, load_fleet, state_home
from netctl.errors import NetctlError, ReconcileFailed, SessionError, UsageError
from netctl.hostsetup import observing
from netctl.hostsetup.difference import Difference, Trouble, diff
from netctl.hostsetup.document import document, troubles
from netctl.hostsetup.running import apply
from netctl.hostsetup.steps import Hands
from netctl.hostsetup.wanted import Machine, machines_of

if TYPE_CHECKING:
    from netctl.adapters.swarm.machines import DockerEngines
    from netctl.adapters.unlock_keys import KeyFiles
    from netctl.doctor.seen import OnSwarm
    from netctl.placement import Swarm


def set_up(profile: Path, *, install: bool, dry_run: bool, yes: bool) -> int:
    """Make the machines one swarm; SessionError where that is refused, ReconcileFailed where some are not in it."""
    from netctl.adapters.clock import SystemClock
    from netctl.cli.questions import agree
    from netctl.lock import fleet_lock

    _, swarm = _swarm_of(profile)
    machines = machines_of(swarm)
    place = state_home() / "swarms"
    alone = fleet_lock(place, command="host setup", clock=SystemClock(), what="setting up machines from here")
    with nullcontext() if dry_run else alone, _edges() as (engines, shelf):
        seen, found = _compared(swarm, machines, engines, shelf, install)
        _show_plan(found)
        _refuse(found)
        if dry_run:
            return 0
        if found.steps:
            agree("do that", yes=yes)
            failed = apply(found.steps, Hands(engines, shelf, seen.manager), _tell)
            left = _compared(swarm, machines, engines, shelf, install)[1]
            _fail([*((name, error.message) for name, error in failed)], [*left.refused, *left.blocked])
            if left.steps:
                left_over = [(step.machine or "the swarm", f"still to do: {step.summary}") for step in left.steps]
                raise ReconcileFailed(left_over, hint=f"netctl host list {profile}")
        else:
            _fail([], found.blocked)
    show(f"{len(machines)} machines are one swarm" if found.steps else "nothing to do: the machines are as wanted")
    return 0


def list_machines(profile: Path, *, as_json: bool) -> int:
    """Show the machines; 1 where something is wrong or missing."""
    name, swarm = _swarm_of(profile)
    machines = machines_of(swarm)
    with _edges() as (engines, shelf):
        seen, found = _compared(swarm, machines, engines, shelf, install=False)
    told = document(name, machines, seen, found)
    if as_json:
        show_json(told)
        return 0 if told["ok"] else 1
    keys = ("name", "address", "role", "state", "availability", "engine", "image")
    show_table(keys, [[_cell(row[key]) for key in keys] for row in told["nodes"]])
    for trouble in troubles(found):
        _say_trouble(trouble)
    reach = told["managers"]
    if told["swarm"] is not None:
        lock = "on" if told["autolock"] else "off"
        say(f"managers: {reach['reachable']} of {reach['all']} reachable; autolock {lock}")
    if found.steps:
        say(f"{len(found.steps)} things are to be done: netctl host setup {profile}")
    return 0 if told["ok"] else 1


def on_swarm(swarm: Swarm) -> OnSwarm:
    """What the doctor judges: the machines whose engines the profile names, and their swarm."""
    from netctl.doctor.seen import OnSwarm

    machines = machines_of(swarm)
    with _edges() as (engines, shelf):
        seen = observing.observe(machines, engines, shelf, swarm.image, only_named=True)
    return OnSwarm(machines, seen, swarm.here, _is_own(swarm.here))


def _is_own(address: str) -> bool:
    """Whether something of this machine can listen there."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family, socket.SOCK_DGRAM) as probe:
        try:
            probe.bind((address, 0))
        except OSError:
            return False
    return True


def _swarm_of(profile: Path) -> tuple[str, Swarm]:
    fleet = load_fleet(profile, Words(profile, False, None))
    if fleet.swarm is None:
        raise UsageError(
            f"{profile} names no other machines: its neurons run on this one",
            hint="write host: swarm and hosts: into it, as profiles/day2-swarm.yaml has them",
        )
    swarm = fleet.swarm
    if not swarm.knows_its_nodes:
        # Before there is a swarm, those with a name are all there is to know.
        with suppress(NetctlError):
            swarm = with_its_nodes(fleet.state, swarm)
    return fleet.name, swarm


@contextmanager
def _edges() -> Iterator[tuple[DockerEngines, KeyFiles]]:
    from netctl.adapters.swarm.machines import DockerEngines
    from netctl.adapters.unlock_keys import KeyFiles

    engines = DockerEngines()
    try:
        yield engines, KeyFiles(state_home())
    finally:
        engines.close()


def _compared(
    swarm: Swarm, machines: Sequence[Machine], engines: DockerEngines, shelf: KeyFiles, install: bool
) -> tuple[observing.Seen, Difference]:
    seen = observing.observe(machines, engines, shelf, swarm.image)
    return seen, diff(machines, seen, image=swarm.image, install=install)


def _show_plan(found: Difference) -> None:
    for step in found.steps:
        show_hanging(f"{step.machine or 'the swarm'}: ", step.summary)
    for trouble in [*found.blocked, *found.warnings]:
        _say_trouble(trouble)


def _refuse(found: Difference) -> None:
    if not found.refused:
        return
    first = found.refused[0]
    told = "; ".join(f"{one.machine}: {one.found}" if one.machine else one.found for one in found.refused)
    raise SessionError(f"refused, nothing was changed: {told}", hint=first.next)


def _fail(failed: list[tuple[str, str]], blocked: Sequence[Trouble]) -> None:
    told = {name for name, _ in failed}
    every = failed + [(one.machine, one.found) for one in blocked if one.machine not in told]
    if every:
        hint = blocked[0].next if blocked else "look at it, and run the same again: it goes on where it stopped"
        raise ReconcileFailed(every, hint=hint)


def _tell(machine: str, what: str) -> None:
    say(f"{machine or 'the swarm'}: {what}")


def _say_trouble(trouble: Trouble) -> None:
    say(f"{trouble.machine or 'the swarm'}: {trouble.found}")
    say(f"  next: {trouble.next}")


def _cell(value: Any) -> Cell:
    if isinstance(value, bool):
        return Cell("yes" if value else "no")
    return Cell("-" if value is None else str(value))
