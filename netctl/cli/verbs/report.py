"""`netctl report`"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from netctl.cli.names import complete_runs
from netctl.cli.options import AsJson, NetworkName, ProfilePath, Rehearse, verb

app = verb()


@app.command(
    examples=("netctl report", "netctl report --html report.html", "netctl report last-1 --markdown report.md")
)
def report(
    run: Annotated[
        str,
        typer.Argument(
            metavar="RUN", autocompletion=complete_runs, help="Its id, the beginning of it, last, last-1, or a path."
        ),
    ] = "last",
    html: Annotated[
        Path | None, typer.Option("--html", metavar="FILE", help="Write it as one HTML file that needs nothing else.")
    ] = None,
    markdown: Annotated[Path | None, typer.Option("--markdown", metavar="FILE", help="Write it as Markdown.")] = None,
    profile: ProfilePath = None,
    rehearse: Rehearse = False,
    network: NetworkName = None,
    as_json: AsJson = False,
) -> None:
    """Report on a run: the verdict, scenario, problems, scaling, and what shows it.

    Without a file it is printed as Markdown. A file that is there is replaced, which is said. The run is told by the
    profile that it ran by, or with -p by that one as it is now.
    """
    from netctl.cli.report_given import Wanted, give
    from netctl.cli.words import Words

    give(run, Words(profile, rehearse, network), Wanted(html, markdown, as_json))
