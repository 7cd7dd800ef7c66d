"""`netctl runbook`"""

from __future__ import annotations

from typing import Annotated

import typer

from netctl.cli.options import AsJson, verb_group

app = verb_group("Run a runbook step by step, resume it, list runbooks and what was run.")

Named = Annotated[str, typer.Argument(metavar="RUNBOOK", help="Its file, or its name as `list` has it.")]


@app.command("list")
def list_runbooks(as_json: AsJson = False) -> int:
    """List the runbooks in ./runbooks and those that netctl ships, with what each needs."""
    from netctl.cli.runbook_show import show_runbooks
    from netctl.runbook.shelves import runbooks

    return show_runbooks(list(runbooks()), as_json=as_json)


@app.command("show")
def show(runbook: Named, as_json: AsJson = False) -> None:
    """Show a runbook's steps, what each runs and what is expected; names every fault at once.

    Nothing is run or written.
    """
    from netctl.cli.runbook_show import show_runbook
    from netctl.runbook.reading import read_runbook
    from netctl.runbook.shelves import find

    show_runbook(read_runbook(find(runbook)), as_json=as_json)
