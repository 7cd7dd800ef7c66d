"""`netctl neurons`"""

from __future__ import annotations

import shlex
from collections.abc import Sequence

from netctl.cli.options import DryRun, NetworkName, ProfilePath, Rehearse, verb_group

app = verb_group(
    "Install what the subnet's own programs need.", examples=("netctl neurons install -p profiles/day2.yaml",)
)


@app.command(
    "install",
    examples=("netctl neurons install -p profiles/day2.yaml --dry-run", "netctl neurons install -p profiles/day2.yaml"),
)
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
    pack = packs.load(fleet.code.pack, fleet.profile_path.parent)
    commands = install_commands(fleet, pack)
    if pack.spec.install is not None and pack.spec.install.note:
        say(f"note: {pack.spec.install.note}")
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
    import shutil
    import subprocess
    import sys
    from importlib.util import find_spec
    from pathlib import Path

    from netctl.errors import PrerequisiteError

    # A tool that was installed beside netctl is found also where that environment is not activated.
    program = shutil.which(argv[0]) or shutil.which(argv[0], path=str(Path(sys.executable).parent))
    if program is None:
        how = f"install {argv[0]}, then run this again"
        if argv[0] == "uv" and find_spec("pip"):  # not in an environment that uv itself made
            how = f"{sys.executable} -m pip install uv"
        raise PrerequisiteError(f"{argv[0]} is not installed", hint=how)
    ended = subprocess.run([program, *argv[1:]], check=False).returncode
    if ended != 0:
        raise PrerequisiteError(f"{shlex.join(argv)} ended with {ended}", hint="see what it said above")
