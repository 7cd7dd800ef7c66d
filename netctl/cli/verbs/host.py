"""`netctl host`"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from netctl.cli.options import AsJson, DryRun, Yes, verb_group

app = verb_group(
    "Make a fleet's machines one swarm, and show what they are.",
    examples=("netctl host setup profiles/day2-swarm.yaml --dry-run", "netctl host list profiles/day2-swarm.yaml"),
)

ProfileHere = Annotated[Path, typer.Argument(metavar="PROFILE", help="A profile with host: swarm.")]


@app.command(
    "setup",
    examples=(
        "netctl host setup profiles/day2-swarm.yaml --dry-run",
        "netctl host setup profiles/day2-swarm.yaml",
        "netctl host setup profiles/day2-swarm.yaml --install --yes",
    ),
)
def setup(
    profile: ProfileHere,
    install: Annotated[
        bool, typer.Option("--install", help="Install docker.io by apt-get over ssh where no engine is.")
    ] = False,
    dry_run: DryRun = False,
    yes: Yes = False,
) -> int:
    """Make the profile's machines one Docker Swarm, from whatever they are now.

    Asks each machine's engine over ssh, shows what differs, and does that alone: begins the swarm, joins managers one
    at a time, then workers, locks it, drains, labels, and brings the image. Run again it does what is missing. A
    machine that is in another swarm is refused, and nothing is changed.
    """
    from netctl.cli.hosting import set_up

    return set_up(profile, install=install, dry_run=dry_run, yes=yes)


@app.command(
    "list",
    examples=("netctl host list profiles/day2-swarm.yaml", "netctl host list profiles/day2-swarm.yaml --json"),
)
def list_hosts(profile: ProfileHere, as_json: AsJson = False) -> int:
    """List the profile's machines: in the swarm or not, ready or not, engine, image, disk, and what is wrong.

    Exit code 1 when something is.
    """
    from netctl.cli.hosting import list_machines

    return list_machines(profile, as_json=as_json)
