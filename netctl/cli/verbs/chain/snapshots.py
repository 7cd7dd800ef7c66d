"""`netctl chain snapshot`, `snapshots`, `revert`, `export`, `import` and `reorg`."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from netctl.cli.options import AsJson, ProfilePath
from netctl.cli.verbs.chain.group import app

Name = Annotated[str, typer.Argument(metavar="NAME", help="The snapshot's name.")]


@app.command("snapshot", examples=("netctl chain snapshot before",))
def snapshot(name: Name, profile: ProfilePath = None) -> None:
    """Keep the chain as it is under a name."""
    from netctl.adapters import devnode
    from netctl.cli.chains import chain_meant
    from netctl.cli.output import say

    block = asyncio.run(devnode.snapshot(chain_meant(profile).network.endpoint, name))
    say(f"snapshot {name} holds the chain at block {block}")


@app.command("snapshots", examples=("netctl chain snapshots",))
def snapshots(profile: ProfilePath = None, as_json: AsJson = False) -> None:
    """List the snapshots."""
    from netctl.adapters import devnode
    from netctl.cli.chains import chain_meant
    from netctl.cli.output import Cell, say, show_json, show_table
    from netctl.cli.wrapping import size_text

    found = asyncio.run(devnode.snapshots(chain_meant(profile).network.endpoint))
    if as_json:
        show_json({"snapshots": found})
        return
    if not found:
        say("no snapshots yet: netctl chain snapshot NAME")
        return
    is_whole = all(each["problem"] is None for each in found)
    headers = ("snapshot", "block", "size", "hash") if is_whole else ("snapshot", "block", "size", "hash", "problem")
    rows = [
        (
            each["name"],
            str(each["block"]) if each["problem"] is None else "damaged",
            size_text(each["bytes"]),
            each["hash"] if each["problem"] is None else "-",
            each["problem"] or "-",
        )[: len(headers)]
        for each in found
    ]
    show_table(headers, [[Cell(text) for text in row] for row in rows], cut="hash")


@app.command("revert", examples=("netctl chain revert before",))
def revert(name: Name, profile: ProfilePath = None) -> None:
    """Make the chain what it was at a snapshot; later blocks are gone, and what waits in the pool."""
    from netctl.adapters import devnode
    from netctl.cli.chains import chain_meant
    from netctl.cli.output import say

    block = asyncio.run(devnode.revert(chain_meant(profile).network.endpoint, name))
    say(f"the chain is at block {block} again")


@app.command("export", examples=("netctl chain export day2.chain",))
def export(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Where to; it must not be there.")],
    profile: ProfilePath = None,
) -> None:
    """Write the chain as it is to one file, for another machine or another day."""
    from netctl.adapters import devnode
    from netctl.cli.chains import chain_meant
    from netctl.cli.output import say
    from netctl.cli.wrapping import size_text

    target = file.expanduser().absolute()
    block = asyncio.run(devnode.export(chain_meant(profile).network.endpoint, target))
    say(f"{file} holds the chain at block {block}, {size_text(target.stat().st_size)}")


@app.command(
    "import", examples=("netctl chain import day2.chain", "netctl chain import day2.chain -p profiles/day2.yaml")
)
def import_(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="What netctl chain export wrote.")],
    profile: ProfilePath = None,
) -> None:
    """Make the chain what a file holds; with a profile that rehearsal's, which may not run yet.

    It replaces what the chain held. A fleet that is brought up afterwards starts from there.
    """
    from netctl.cli.chains import import_into
    from netctl.cli.output import say

    say(import_into(profile, file.expanduser().absolute()))


@app.command("reorg", examples=("netctl chain reorg 3", "netctl chain reorg 3 --drop"))
def reorg(
    depth: Annotated[int, typer.Argument(metavar="DEPTH", min=1, help="How many of the last blocks.")],
    drop: Annotated[bool, typer.Option("--drop", help="Lose the extrinsics instead of including them again.")] = False,
    profile: ProfilePath = None,
) -> None:
    """Replace the last blocks by others, as a node does that finds a better fork. Final blocks stay."""
    from netctl.adapters import devnode
    from netctl.cli.chains import chain_meant
    from netctl.cli.output import say

    hashes = asyncio.run(devnode.reorganise(chain_meant(profile).network.endpoint, depth, readmit=not drop))
    were = "1 block was" if len(hashes) == 1 else f"{len(hashes)} blocks were"
    say(f"{were} replaced, the head is\n{hashes[-1]}")
