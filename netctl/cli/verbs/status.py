"""`netctl status`"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from netctl.cli.options import AsJson, NetworkName, ProfilePath, Rehearse, verb

if TYPE_CHECKING:
    from netctl.cli.words import Words
    from netctl.status import StatusReport

app = verb()


@app.command(
    examples=("netctl status", "netctl status --watch", "netctl status -p profiles/day2.yaml --rehearse --json")
)
def status(
    profile: ProfilePath = None,
    rehearse: Rehearse = False,
    network: NetworkName = None,
    live: Annotated[bool, typer.Option("--live", help="Ask the chain now, whatever was sampled.")] = False,
    watch: Annotated[
        bool, typer.Option("--watch", "-w", help="A screen of it all until q: table, trends, details and log.")
    ] = False,
    as_json: AsJson = False,
) -> int:
    """Say for every neuron whether it is registered, runs and is ready.

    What is told of the chain is the supervisor's last sample, whose age is shown. Exit code 1 when a neuron, or the
    supervisor, has a problem. Answers also while the chain or tmux does not. With --watch and --json one object a look.
    """
    if watch:
        from netctl.cli.watch.program import watch_status
        from netctl.cli.words import Words

        return watch_status(Words(profile, rehearse, network), live=live, as_json=as_json)
    from netctl.cli.quick import sampled_report
    from netctl.cli.status_report import show_report
    from netctl.cli.words import Words

    words = Words(profile, rehearse, network)
    report = (None if live else sampled_report(words)) or _observed(words)
    return show_report(report, as_json=as_json)


def _observed(words: Words) -> StatusReport:
    import asyncio

    from netctl.cli.selection import fleet_meant
    from netctl.cli.world import looking_at
    from netctl.observing import observe
    from netctl.probes.whole import probe_of
    from netctl.status import report_of

    async def look() -> StatusReport:
        async with looking_at(fleet_meant(words, asks=True)) as (fleet, world):
            return report_of(fleet, await observe(fleet, world, probe=probe_of(world, at_once=True)))

    return asyncio.run(look())
