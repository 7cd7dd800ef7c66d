"""`netctl runbook`"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from netctl.cli.names import complete_runbooks
from netctl.cli.options import AsJson, DryRun, NetworkName, Rehearse, Yes, verb_group

app = verb_group(
    "Run a runbook step by step, resume it, list runbooks and what was run.",
    examples=("netctl runbook list", "netctl runbook run day2 --rehearse"),
)

Named = Annotated[
    str,
    typer.Argument(metavar="RUNBOOK", autocompletion=complete_runbooks, help="Its file, or its name as `list` has it."),
]


@app.command("list", examples=("netctl runbook list",))
def list_runbooks(as_json: AsJson = False) -> int:
    """List the runbooks in ./runbooks and those that netctl ships, with what each needs."""
    from netctl.cli.runbook_show import show_runbooks
    from netctl.runbook.shelves import runbooks

    return show_runbooks(list(runbooks()), as_json=as_json)


@app.command("show", examples=("netctl runbook show day2",))
def show(runbook: Named, as_json: AsJson = False) -> None:
    """Show a runbook's steps, what each runs and what is expected; names every fault at once.

    Nothing is run or written.
    """
    from netctl.cli.runbook_show import show_runbook
    from netctl.cli.runbook_words import line_faults
    from netctl.errors import ProfileError
    from netctl.runbook.reading import read_runbook
    from netctl.runbook.shelves import find

    found = read_runbook(find(runbook))
    if faults := line_faults(found, None):
        raise ProfileError(faults, hint="mend the runbook; nothing was run")
    show_runbook(found, as_json=as_json)


@app.command(
    "run",
    examples=(
        "netctl runbook run day2 --rehearse",
        "netctl runbook run runbooks/day2.md --rehearse --yes",
        "netctl runbook run day2 --dry-run",
    ),
)
def run(
    runbook: Named,
    rehearse: Rehearse = False,
    profile: Annotated[
        Path | None,
        typer.Option(
            "--profile",
            "-p",
            envvar="NETCTL_PROFILE",
            show_envvar=True,
            metavar="PATH",
            help="The profile, instead of the runbook's own.",
        ),
    ] = None,
    network: NetworkName = None,
    yes: Yes = False,
    budget: Annotated[
        str | None,
        typer.Option("--budget", metavar="TAO", help="Most that the whole run may spend; with it --yes may pay."),
    ] = None,
    start: Annotated[
        str | None,
        typer.Option("--from", metavar="STEP", help="Begin with this step: 2.3, or the beginning of a name."),
    ] = None,
    dry_run: DryRun = False,
    new: Annotated[bool, typer.Option("--new", help="Begin another run instead of going on with one.")] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="What happens as JSON Lines on stdout; the rest goes to stderr.")
    ] = False,
) -> int:
    """Run a runbook step by step: each is shown with what it runs, asked for, run and recorded.

    Goes on with the run that was not finished, where it was left or killed. --yes answers everything in a rehearsal; on
    a real network all but steps that spend, and with --budget those too, as long as it lasts.
    """
    from netctl.cli.runbook_run import Wanted, run_runbook

    return run_runbook(
        Wanted(
            runbook=runbook,
            rehearse=rehearse,
            profile=profile,
            network=network,
            yes=yes,
            budget=budget,
            start=start,
            dry_run=dry_run,
            new=new,
            as_json=as_json,
        )
    )


@app.command("status", examples=("netctl runbook status",))
def status(
    run: Annotated[
        str | None, typer.Argument(metavar="[RUNBOOK]", help="A runbook's name, for its last run; or a run: day2/3.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Show the runs of runbooks: what is done, where each stands, how long it took.

    With a name, that runbook's last run with its ticks.
    """
    from netctl.cli.runbook_status import show_run, show_runs

    if run is None:
        show_runs(as_json=as_json)
    else:
        show_run(run, as_json=as_json)
