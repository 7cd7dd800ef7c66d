"""`netctl metrics`"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from netctl.cli.names import complete_runs
from netctl.cli.options import AsJson, NetworkName, ProfilePath, Rehearse, verb

app = verb()


@app.command(
    examples=("netctl metrics", "netctl metrics --serve 127.0.0.1:9428", "netctl metrics --csv tables --run last")
)
def metrics(
    place: Annotated[
        str | None,
        typer.Argument(metavar="HOST:PORT", help="Where --serve listens, on loopback.", show_default="127.0.0.1:9428"),
    ] = None,
    prometheus: Annotated[
        bool,
        typer.Option("--prometheus", help="Print the metrics of now as Prometheus reads them; the same as no option."),
    ] = False,
    serve: Annotated[bool, typer.Option("--serve", help="Answer scrapes at HOST:PORT until Ctrl-C.")] = False,
    csv: Annotated[
        Path | None, typer.Option("--csv", metavar="DIR", help="Write every table of metrics.db as CSV.")
    ] = None,
    parquet: Annotated[
        Path | None, typer.Option("--parquet", metavar="DIR", help="The same as Parquet; needs netctl[parquet].")
    ] = None,
    run: Annotated[
        str | None,
        typer.Option(
            "--run",
            metavar="RUN",
            autocompletion=complete_runs,
            help="Only what was sampled in this run; see netctl run list.",
        ),
    ] = None,
    since: Annotated[
        str | None, typer.Option("--since", metavar="TIME", help="Only from then on: 10m ago, or a date and time.")
    ] = None,
    until: Annotated[
        str | None, typer.Option("--until", metavar="TIME", help="Only up to then, in the same words.")
    ] = None,
    profile: ProfilePath = None,
    rehearse: Rehearse = False,
    network: NetworkName = None,
    as_json: AsJson = False,
) -> int:
    """Give what was sampled of a fleet to Prometheus and Grafana, or write it as CSV or Parquet.

    Without --csv or --parquet it is what is now, once or, with --serve, for each scrape.
    """
    from netctl.cli.metrics_given import Asked, give
    from netctl.cli.words import Words

    asked = Asked(place, prometheus, serve, csv, parquet, run, since, until, as_json)
    return give(asked, Words(profile, rehearse, network))
