"""`netctl check`"""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from netctl.cli.names import complete_runs
from netctl.cli.options import AsJson, NetworkName, ProfilePath, Rehearse, verb

app = verb()


class GroupName(StrEnum):
    """How much is asked for."""

    minimum = "minimum"
    optimal = "optimal"
    stretch = "stretch"


@app.command(
    examples=("netctl check", "netctl check --group minimum --wait 30m", "netctl check --run last-1 --junit check.xml")
)
def check(
    groups: Annotated[
        list[GroupName] | None, typer.Option("--group", help="These criteria only; may be repeated.")
    ] = None,
    wait: Annotated[
        str | None, typer.Option("--wait", metavar="TIME", help="Look again until all is decided, at most so long.")
    ] = None,
    junit: Annotated[
        Path | None, typer.Option("--junit", metavar="FILE", help="Write the results as JUnit too.")
    ] = None,
    run: Annotated[
        str | None,
        typer.Option(
            "--run", metavar="RUN", autocompletion=complete_runs, help="Judge this run: its id, last-1, or its path."
        ),
    ] = None,
    ingested: Annotated[
        bool, typer.Option("--ingested", help="Judge the logs that netctl ingest has read, not the fleet's own.")
    ] = False,
    profile: ProfilePath = None,
    rehearse: Rehearse = False,
    network: NetworkName = None,
    as_json: AsJson = False,
) -> int:
    """Judge the experiment by the profile's criteria: true, false, or not yet.

    The last run is judged, by what the supervisor has recorded of it. Exit code 0 when all are true, 1 when one is
    false or not decided.
    """
    from netctl.cli.checking import Wanted, check, run_of
    from netctl.cli.selection import Words, fleet_meant

    words = Words(profile, rehearse, network)
    fleet = fleet_meant(words)
    kept = None if run is None else run_of(fleet, run, words)
    wanted = Wanted(tuple(group.value for group in groups or ()), wait, junit, as_json, kept, ingested)
    return 0 if check(fleet, wanted) else 1
