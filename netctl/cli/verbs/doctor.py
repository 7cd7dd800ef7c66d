"""`netctl doctor`"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from netctl.cli.options import AsJson, NetworkName, ProfilePath, Rehearse, verb

if TYPE_CHECKING:
    from netctl.cli.output import Progress
    from netctl.cli.selection import Words
    from netctl.doctor.registry import Report
    from netctl.doctor.seen import OnSwarm
    from netctl.fleet import Fleet
    from netctl.placement import Swarm

app = verb()


@app.command(
    examples=(
        "netctl doctor  # this machine alone",
        "netctl doctor -p profiles/day2.yaml",
        "netctl doctor -p profiles/day2.yaml --rehearse",
    )
)
def doctor(
    profile: ProfilePath = None, rehearse: Rehearse = False, network: NetworkName = None, as_json: AsJson = False
) -> int:
    """Look at everything a fleet stands on, and name what is wrong.

    Machine, interpreter, chain, money, files, keys, incentives: what was found, why it matters, and what to do. Changes
    nothing. Without a profile it looks at the machine; what cannot be looked at says why. Exit code 1 when a row
    failed; warnings, and rows that were not looked at, do not count.
    """
    from netctl.cli.doctor_report import show_doctor
    from netctl.cli.output import progress_of, show_json
    from netctl.cli.selection import Words

    words = Words(profile, rehearse, network)
    with progress_of([]) as talk:
        report = asyncio.run(_report(_meant(words), talk))
    if as_json:
        show_json(report.document())
    else:
        show_doctor(report, _spelled(words))
    return 0 if report.ok else 1


def _spelled(words: Words) -> str:
    """What was typed to name the fleet; nothing for the one that runs from here."""
    import shlex

    given = [] if words.profile is None else ["-p", str(words.profile)]
    given += ["--rehearse"] if words.rehearse else []
    given += [] if words.network is None else ["--network", words.network]
    return shlex.join(given)


def _meant(words: Words) -> Fleet | None:
    """The fleet of these words; None where none is named and none is known."""
    from netctl.cli.selection import fleet_meant, spelled_out, state_home
    from netctl.errors import PrerequisiteError, SessionError
    from netctl.fleets import remembered

    if words.profile is None and not remembered(state_home()):
        return None
    try:
        named = spelled_out(words)
    except PrerequisiteError:  # no tmux to say which fleet runs: that is a row of its own
        named = spelled_out(words, runs=lambda _fleet: False)
    try:
        return fleet_meant(named, asks=True)
    except (PrerequisiteError, SessionError):  # the swarm does not answer: rows of their own
        return fleet_meant(named)


def _placed(fleet: Fleet) -> Fleet:
    """On its chain and its ports, as far as tmux, which knows what runs, is of any use."""
    from netctl.cli.world import on_its_chain, on_ports_to_be
    from netctl.errors import NetctlError

    try:
        return on_its_chain(on_ports_to_be(fleet))
    except NetctlError:
        return fleet


async def _report(fleet: Fleet | None, talk: Progress) -> Report:
    from netctl.cli.selection import state_home
    from netctl.cli.world import machine, world_of
    from netctl.doctor.observe import observe, without_fleet
    from netctl.doctor.registry import examine

    if fleet is None:
        return examine(await without_fleet(machine(), state_home()))
    placed = await asyncio.to_thread(_placed, fleet)
    async with world_of(placed, talk) as world:
        return examine(await observe(placed, world, machine(), _on_swarm))


def _on_swarm(swarm: Swarm) -> OnSwarm:
    from netctl.cli.hosting import on_swarm

    return on_swarm(swarm)
