"""`netctl neurons`"""

from __future__ import annotations

import shlex
from collections.abc import Sequence

from netctl.cli.options import DryRun, NetworkName, ProfilePath, Rehearse, verb_group

app = verb_group("Install what the subnet's own programs need.")


@app.command("install")
def install(
    profile: ProfilePath = None, rehearse: Rehearse = False, network: NetworkName = None, dry_run: DryRun = False
) -> None:
    """Make the neurons' own interpreter with what they need, by their pack's recipe.

    netctl's own is left alone. Repeating it brings the interpreter up to date.
    """
    from netctl import packs
    from netctl.cli.output import say, show
    from netctl.cli.selection import Words, fleet_meant
    from netctl.installation import install_commands

    fleet = fleet_meant(Words(profile, rehearse, network))
    commands = install_commands(fleet, packs.load(fleet.code.pack, fleet.profile_path.parent))
    for argv in commands:
        if dry_run:
            show(shlex.join(argv))
        else:
            say(f"$ {shlex.join(argv)}")
            _run(argv)
    if not commands:
        say(f"pack {fleet.code.pack} needs no interpreter of its own")
    elif not dry_run:
        say(f"{fleet.code.python} is ready")


def _run(argv: Sequence[str]) -> None:
    import subprocess

    from netctl.errors import PrerequisiteError

    try:
        ended = subprocess.run(argv, check=False).returncode
    except FileNotFoundError:
        raise PrerequisiteError(f"{argv[0]} is not installed", hint=f"install {argv[0]}, then run this again") from None
    if ended != 0:
        raise PrerequisiteError(f"{shlex.join(argv)} ended with {ended}", hint="see what it said above")
