"""`netctl strategies`"""

from __future__ import annotations

from typing import Annotated

import typer

from netctl.cli.options import AsJson, NetworkName, ProfilePath, Rehearse, verb

app = verb()


@app.command(examples=("netctl strategies", "netctl strategies --since 1d --slices 24"))
def strategies(
    since: Annotated[
        str | None, typer.Option("--since", metavar="WHEN", help="From 2h or 3d ago on, or from a date or time in UTC.")
    ] = None,
    slices: Annotated[
        int | None,
        typer.Option("--slices", metavar="N", min=8, max=500, help="Into how many slices of time that is cut."),
    ] = None,
    profile: ProfilePath = None,
    rehearse: Rehearse = False,
    network: NetworkName = None,
    as_json: AsJson = False,
) -> None:
    """Show what each miner does over time, when that changed, and what it earned.

    Where it looks, how often, how much it brings and how good that is; when it first found a premium zipcode, at which
    block; and whether miners that began alike went ways of their own. From what the supervisor has recorded, or
    `netctl ingest` read.
    """
    from netctl.cli.selection import Words, fleet_meant
    from netctl.cli.strategies_found import strategies_found
    from netctl.cli.strategies_report import show_strategies

    fleet = fleet_meant(Words(profile, rehearse, network))
    show_strategies(strategies_found(fleet, since, slices), fleet, as_json=as_json)
