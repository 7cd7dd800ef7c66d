"""`netctl register`"""

from __future__ import annotations

from typing import Annotated

import typer

from netctl.cli.names import complete_paces
from netctl.cli.options import (
    AsJson,
    Budget,
    DryRun,
    NetworkName,
    NeuronNames,
    ProfilePath,
    Rehearse,
    Reregister,
    Within,
    Yes,
    verb,
)

app = verb()


@app.command(
    examples=(
        "netctl register --stagger",
        "netctl register --stagger 30s miner_3",
        "netctl register -p profiles/day2.yaml --dry-run --within 4h  # what it costs, and when it is done",
    )
)
def register(
    neurons: NeuronNames = None,
    profile: ProfilePath = None,
    rehearse: Rehearse = False,
    network: NetworkName = None,
    stagger: Annotated[
        str | None,
        typer.Option(
            "--stagger",
            metavar="[PACE]",
            autocompletion=complete_paces,
            help="auto (also when left out), all, 30s or 1block.",
        ),
    ] = None,
    within: Within = None,
    reregister: Reregister = False,
    budget: Budget = None,
    yes: Yes = False,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> int:
    """Register the fleet's neurons on the subnet, at the pace that --stagger names.

    Each by its own coldkey, at most at the profile's price; those that have a uid are left alone, and those that lost
    one too, without --reregister. The word after --stagger is its value only if it is a pace, else a neuron.
    """
    from dataclasses import replace

    from netctl.cli.bring_up import Order, capped, carry_out, with_pace
    from netctl.cli.selection import Words, fleet_meant

    words = Words(profile, rehearse, network)
    order = Order(words, ("registration",), tuple(neurons) if neurons else None, yes, as_json, dry_run)
    fleet = replace(fleet_meant(words, asks=True), reregister=reregister)
    return carry_out(capped(with_pace(fleet, stagger, within), budget), order)
