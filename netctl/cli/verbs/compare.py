"""`netctl compare`"""

from __future__ import annotations

from typing import Annotated

import typer

from netctl.cli.names import complete_neurons, complete_runs
from netctl.cli.options import AsJson, NetworkName, ProfilePath, Rehearse, verb

app = verb()


@app.command(examples=("netctl compare last-1 last", "netctl compare last-1 last --neuron miner_3 --all"))
def compare(
    a: Annotated[
        str,
        typer.Argument(
            metavar="RUN", autocompletion=complete_runs, help="Its id, the beginning of it, last, last-1, or a path."
        ),
    ],
    b: Annotated[str, typer.Argument(metavar="RUN", autocompletion=complete_runs, help="The run to hold against it.")],
    neurons: Annotated[
        list[str] | None,
        typer.Option(
            "--neuron", metavar="NAME", autocompletion=complete_neurons, help="This neuron only; may be repeated."
        ),
    ] = None,
    every: Annotated[bool, typer.Option("--all", help="Show also what is the same in both.")] = False,
    profile: ProfilePath = None,
    rehearse: Rehearse = False,
    network: NetworkName = None,
    as_json: AsJson = False,
) -> None:
    """Show what differs between two runs: in what ran, and in what came out.

    A run elsewhere is named by its path: a state directory, or runs/ID in it.
    """
    from netctl.cli.compare_report import show_comparison
    from netctl.cli.runs import run_meant
    from netctl.cli.words import Words
    from netctl.compare.comparison import compared

    words = Words(profile, rehearse, network)
    found = compared(run_meant(a, words), run_meant(b, words))
    show_comparison(found, only=neurons or (), every=every, as_json=as_json)
