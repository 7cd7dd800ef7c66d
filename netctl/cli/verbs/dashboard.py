"""`netctl dashboard`"""

from __future__ import annotations

from typing import Annotated

import typer

from netctl.cli.options import AsJson, NetworkName, ProfileOrRunning, ProfilePath, Rehearse, verb

app = verb()

DEFAULT_PORT = 9427


@app.command(examples=("netctl dashboard --open", "netctl dashboard profiles/day2.yaml --rehearse --port 0 --last 6h"))
def dashboard(
    profile: ProfileOrRunning = None,
    port: Annotated[
        int, typer.Option("--port", metavar="PORT", min=0, max=65535, help="Where on loopback; 0 takes a free one.")
    ] = DEFAULT_PORT,
    last: Annotated[str, typer.Option("--last", metavar="TIME", help="How much of what was sampled is drawn.")] = "24h",
    open_it: Annotated[bool, typer.Option("--open", help="Open it in your browser.")] = False,
    option: ProfilePath = None,
    rehearse: Rehearse = False,
    network: NetworkName = None,
    as_json: AsJson = False,
) -> int:
    """Serve a live page about a fleet on loopback, until Ctrl-C.

    Health, scores and credibility, samples at the API, the rhythm of evaluations, API calls, coverage, resources and
    restarts, over time. Reads what the supervisor writes and changes nothing; nothing is loaded from elsewhere.
    """
    from netctl.cli.dashboard import Asked, show_dashboard
    from netctl.cli.words import Words

    return show_dashboard(Asked(port, last, open_it, as_json), Words(profile or option, rehearse, network))
