"""`netctl why`"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Annotated

import typer

from netctl.cli.names import complete_neurons
from netctl.cli.options import AsJson, NetworkName, ProfilePath, Rehearse, verb

if TYPE_CHECKING:
    from netctl.fleet import Fleet
    from netctl.why.explanation import Known

app = verb()


@app.command(
    examples=("netctl why miner_3", "netctl why miner_3 --list", "netctl why miner_3 -n 2  # the end before the last")
)
def why(
    neuron: Annotated[str, typer.Argument(metavar="NEURON", autocompletion=complete_neurons, help="A neuron.")],
    number: Annotated[
        int | None, typer.Option("-n", "--end", metavar="N", min=1, help="Its Nth last end, 1 being the last.")
    ] = None,
    every: Annotated[bool, typer.Option("--list", help="All its ends that are kept, a line each.")] = False,
    profile: ProfilePath = None,
    rehearse: Rehearse = False,
    network: NetworkName = None,
    as_json: AsJson = False,
) -> int:
    """Say why a neuron ended, or what is not well with it now.

    One sentence first: the cause, the line that shows it, and the next command; then what is known of the run. Changes
    nothing. Exit code 1 when the neuron is not well; 0 when it is, or when somebody stopped it on purpose.
    """
    from netctl.cli.selection import Words, fleet_meant, only_named
    from netctl.cli.why_report import show_end, show_ends, show_why

    fleet = only_named(fleet_meant(Words(profile, rehearse, network), asks=True), [neuron])
    known = asyncio.run(_known(fleet, neuron))
    if every:
        show_ends(known, as_json=as_json)
        return 0
    if number is not None:
        show_end(known, number, as_json=as_json)
        return 0
    return 0 if show_why(known, as_json=as_json) else 1


async def _known(fleet: Fleet, name: str) -> Known:
    from netctl.cli.world import looking_at
    from netctl.why.asking import known_of

    async with looking_at(fleet) as (fleet, world):
        return await known_of(fleet, world, next(one for one in fleet.neurons if one.name == name))
