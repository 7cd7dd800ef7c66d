"""`netctl validators`"""

from __future__ import annotations

from typing import Annotated

import typer

from netctl.cli.options import AsJson, NetworkName, ProfilePath, Rehearse, verb

app = verb()


@app.command(examples=("netctl validators", "netctl validators --since 2h --json"))
def validators(
    since: Annotated[
        str | None, typer.Option("--since", metavar="WHEN", help="From 2h or 3d ago on, or from a date or time in UTC.")
    ] = None,
    profile: ProfilePath = None,
    rehearse: Rehearse = False,
    network: NetworkName = None,
    as_json: AsJson = False,
) -> int:
    """Show whether validators come to the same judgement, and each by itself.

    How far apart their scores are for each miner, whether they rank miners alike, how far their weights differ, whom
    they judge and how often, whether they look at the same samples, and how long weights take to show on the chain.
    Exit code 1 when one copies another's weights. From what the supervisor has recorded, or `netctl ingest` read.
    """
    from netctl.cli.agreement_found import agreement_found
    from netctl.cli.agreement_report import show_agreement
    from netctl.cli.selection import Words, fleet_meant

    fleet = fleet_meant(Words(profile, rehearse, network))
    found = agreement_found(fleet, since)
    show_agreement(found, fleet, as_json=as_json)
    return 1 if found.copiers else 0
