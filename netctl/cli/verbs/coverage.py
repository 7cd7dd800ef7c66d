"""`netctl coverage`"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from netctl.cli.names import complete_neurons
from netctl.cli.options import AsJson, NetworkName, ProfilePath, Rehearse, verb

app = verb()


@app.command(
    examples=("netctl coverage", "netctl coverage --gaps --tier t1 --state TX", "netctl coverage --svg coverage.svg")
)
def coverage(
    gaps: Annotated[bool, typer.Option("--gaps", help="List what nobody holds, by tier and state.")] = False,
    as_map: Annotated[bool, typer.Option("--map", help="Draw a map of the US.")] = False,
    svg: Annotated[Path | None, typer.Option("--svg", metavar="FILE", help="Write the map as a picture.")] = None,
    neurons: Annotated[
        list[str] | None,
        typer.Option(
            "--neuron", metavar="NAME", autocompletion=complete_neurons, help="This miner only; may be repeated."
        ),
    ] = None,
    tiers: Annotated[
        list[str] | None, typer.Option("--tier", metavar="TIER", help="This tier only, such as t1; may be repeated.")
    ] = None,
    states: Annotated[
        list[str] | None, typer.Option("--state", metavar="STATE", help="This state only, such as TX; may be repeated.")
    ] = None,
    profile: ProfilePath = None,
    rehearse: Rehearse = False,
    network: NetworkName = None,
    as_json: AsJson = False,
) -> int:
    """Show which zipcodes miners hold, how alike they are, and what nobody covers.

    Read from each miner's own database, beside the miner, which does not notice. Exit code 1 when one could not be
    read: the others are told all the same.
    """
    from netctl.cli.coverage_found import coverage_found
    from netctl.cli.coverage_report import Wanted, show_found
    from netctl.cli.selection import Words, fleet_meant

    filters = {"neurons": neurons or [], "tiers": tiers or [], "states": [state.upper() for state in states or ()]}
    fleet = fleet_meant(Words(profile, rehearse, network))
    found = coverage_found(fleet, names=filters["neurons"], tiers=filters["tiers"], states=filters["states"])
    show_found(found, fleet, filters, Wanted(gaps=gaps, as_map=as_map, svg=svg, as_json=as_json))
    return 0 if found.whole else 1
