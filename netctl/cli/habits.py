"""The verbs of `netctl fleet` for people who run processes with systemd, pm2, Compose or Kubernetes."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from netctl.cli.options import AsJson, DryRun, NetworkName, ProfileOrRunning, ProfilePath, Rehearse


class Target(StrEnum):
    """Who shall run the neurons."""

    systemd = "systemd"
    pm2 = "pm2"
    compose = "compose"
    kubernetes = "kubernetes"


def export(
    to: Annotated[Target, typer.Option("--to", help="Who shall run the neurons.")],
    profile: ProfileOrRunning = None,
    option: ProfilePath = None,
    rehearse: Rehearse = False,
    network: NetworkName = None,
    folder: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="DIR", help="Where to write; FLEET-systemd and the like.")
    ] = None,
    image: Annotated[
        str | None,
        typer.Option("--image", metavar="NAME", help="The image of the containers, for Compose and Kubernetes."),
    ] = None,
    namespace: Annotated[
        str | None, typer.Option("--namespace", metavar="NAME", help="The namespace, for Kubernetes; the fleet's name.")
    ] = None,
    storage: Annotated[
        str | None,
        typer.Option("--storage", metavar="SIZE", help="What each working directory may hold in Kubernetes; 10Gi."),
    ] = None,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Write files that run the neurons without netctl: systemd units, a pm2 ecosystem, Compose, Kubernetes manifests.

    They hold no secret: each neuron's env file is read when it is started; for Kubernetes a script makes the Secrets.
    Take the fleet down before you start them.
    """
    from netctl.cli.exporting import Asked, export_fleet
    from netctl.cli.selection import Words

    words = Words(profile or option, rehearse, network)
    export_fleet(words, to, folder, Asked(image, namespace, storage), dry_run=dry_run, as_json=as_json)


def enable(
    profile: ProfileOrRunning = None,
    option: ProfilePath = None,
    rehearse: Rehearse = False,
    network: NetworkName = None,
    env_file: Annotated[
        Path | None,
        typer.Option("--env-file", metavar="PATH", help="NAME=value lines for the profile's $NAMEs, readable by you."),
    ] = None,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Bring the fleet up at every boot, by a unit of your systemd that never pays.

    At boot nobody is there to agree: neurons that are not registered wait, no coldkey is opened.
    """
    from netctl.cli import booting
    from netctl.cli.selection import Words

    booting.enable(Words(profile or option, rehearse, network), env_file, dry_run=dry_run, as_json=as_json)


def disable(
    profile: ProfileOrRunning = None,
    option: ProfilePath = None,
    rehearse: Rehearse = False,
    network: NetworkName = None,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Bring the fleet up at boot no more; what runs goes on."""
    from netctl.cli import booting
    from netctl.cli.selection import Words

    booting.disable(Words(profile or option, rehearse, network), dry_run=dry_run, as_json=as_json)
