"""`netctl status`"""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

from netctl.cli.options import AsJson, NetworkName, ProfilePath, Rehearse, verb

if TYPE_CHECKING:
    from netctl.fleet import Fleet
    from netctl.status import StatusReport

app = verb()


@app.command()
def status(
    profile: ProfilePath = None, rehearse: Rehearse = False, network: NetworkName = None, as_json: AsJson = False
) -> int:
    """Say for every neuron whether it is registered, runs and is ready.

    Exit code 1 when one of them has a problem. Answers also while the chain or tmux does not.
    """
    from netctl.cli.output import show_json
    from netctl.cli.reports import show_status
    from netctl.cli.selection import Words, fleet_meant

    report = asyncio.run(_observed(fleet_meant(Words(profile, rehearse, network))))
    if as_json:
        show_json(report.document(below=Path.cwd()))
    else:
        show_status(report)
    return 0 if report.ok else 1


async def _observed(fleet: Fleet) -> StatusReport:
    from netctl.cli.world import looking_at

    async with looking_at(fleet) as (fleet, world):
        from netctl.observation import observe
        from netctl.probes.whole import probe_of
        from netctl.status import report_of

        return report_of(fleet, await observe(fleet, world, probe=probe_of(world)))
