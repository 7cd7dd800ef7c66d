"""`netctl run`"""

from __future__ import annotations

from typing import Annotated

import typer

from netctl.cli.names import complete_runs
from netctl.cli.options import AsJson, NetworkName, ProfilePath, Rehearse, verb_group

app = verb_group("List a fleet's runs, and show what each was.", examples=("netctl run list", "netctl run show last-1"))

RUN_HELP = "Its id, the beginning of it, last, last-1, or a path."


@app.command("list", examples=("netctl run list", "netctl run list -p profiles/day2.yaml --rehearse --json"))
def list_runs(
    profile: ProfilePath = None,
    rehearse: Rehearse = False,
    network: NetworkName = None,
    as_json: AsJson = False,
) -> None:
    """List a fleet's runs: each from the start of its first neuron until it was taken down."""
    from netctl.cli.run_report import show_runs
    from netctl.cli.runs import past_meant
    from netctl.cli.words import Words

    state, past = past_meant(Words(profile, rehearse, network))
    show_runs(state, past, as_json=as_json)


@app.command("show", examples=("netctl run show", "netctl run show last-1 --json"))
def show_run(
    run: Annotated[str, typer.Argument(metavar="RUN", autocompletion=complete_runs, help=RUN_HELP)] = "last",
    profile: ProfilePath = None,
    rehearse: Rehearse = False,
    network: NetworkName = None,
    as_json: AsJson = False,
) -> None:
    """Show what is kept of a run: profile, code, versions, host, seeds, neurons, and what was changed under way."""
    from netctl.cli.run_report import show_kept
    from netctl.cli.runs import run_meant
    from netctl.cli.words import Words

    show_kept(run_meant(run, Words(profile, rehearse, network)), as_json=as_json)
