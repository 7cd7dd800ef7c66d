"""`netctl init`"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from netctl.cli.options import AsJson, DryRun, verb

app = verb()


@app.command(
    examples=(
        "netctl init",
        "netctl init --from-repo ../my-subnet --dry-run",
        "netctl init --from-repo ../my-subnet --netuid 12",
    )
)
def init(
    directory: Annotated[Path, typer.Argument(metavar="DIR", help="Where to write; here, if it is left out.")] = Path(),
    from_repo: Annotated[
        Path | None, typer.Option("--from-repo", metavar="PATH", help="A subnet's checkout. It is read, never run.")
    ] = None,
    name: Annotated[
        str | None, typer.Option("--name", help="Name of the profile and of the pack; else the checkout's.")
    ] = None,
    netuid: Annotated[int | None, typer.Option("--netuid", min=1, max=65535, help="The subnet, else guessed.")] = None,
    python: Annotated[
        Path | None, typer.Option("--python", metavar="PATH", help="The interpreter that the code runs in, else found.")
    ] = None,
    miner: Annotated[
        str | None, typer.Option("--miner", metavar="FILE", help="The miner, below the checkout, else found.")
    ] = None,
    validator: Annotated[
        str | None, typer.Option("--validator", metavar="FILE", help="The validator, likewise.")
    ] = None,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Copy out what netctl brings with it, or write a pack and a profile for a subnet's checkout.

    Without --from-repo: profiles, packs and runbooks, to be edited. With it: profiles/NAME.yaml and templates/NAME/,
    with a comment at each guess. Files that are there already are never written over.
    """
    from netctl.cli.beginning import Words, begin, copy_out

    words = Words(directory, name, netuid, python, {"miner": miner, "validator": validator}, dry_run, as_json)
    if from_repo is None:
        copy_out(words)
    else:
        begin(from_repo, words)
