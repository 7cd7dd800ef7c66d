"""`netctl ingest`"""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from netctl.cli.names import complete_packs
from netctl.cli.options import AsJson, DryRun, NetworkName, ProfilePath, Rehearse, verb

if TYPE_CHECKING:
    from netctl.cli.ingesting import Wanted

app = verb()


class RoleName(StrEnum):
    """Whose log it is."""

    miner = "miner"
    validator = "validator"


class StreamWord(StrEnum):
    """Which of a program's two streams."""

    stdout = "stdout"
    stderr = "stderr"


@app.command(
    examples=(
        "netctl ingest validator.log --role validator",
        "netctl ingest old/miner_1.log.gz --role miner --pack resi --store elsewhere.db",
    )
)
def ingest(
    files: Annotated[list[Path], typer.Argument(metavar="FILE", help="Logs, also packed by gzip.")],
    role: Annotated[RoleName | None, typer.Option("--role", help="Whose logs they are.")] = None,
    pack: Annotated[
        str | None,
        typer.Option(
            "--pack", metavar="PACK", autocompletion=complete_packs, help="Whose signals to look for; the fleet's pack."
        ),
    ] = None,
    name: Annotated[
        str | None, typer.Option("--name", metavar="NAME", help="What to call their neuron; else by the file's name.")
    ] = None,
    stream: Annotated[
        StreamWord | None, typer.Option("--stream", help="Which stream; stderr for *.err.log, else stdout.")
    ] = None,
    store: Annotated[
        Path | None, typer.Option("--store", metavar="PATH", help="Into this file, not into a fleet's metrics.db.")
    ] = None,
    again: Annotated[
        bool, typer.Option("--again", help="Read them from their start, and drop what they had brought.")
    ] = False,
    dry_run: DryRun = False,
    profile: ProfilePath = None,
    rehearse: Rehearse = False,
    network: NetworkName = None,
    as_json: AsJson = False,
) -> int:
    """Read events from logs made elsewhere into a fleet's metrics.db.

    Each line counts once: run it again and it reads what has been added. Exit code 1 when a file could not be read; the
    others were.
    """
    from netctl.cli.ingest_report import show_ingested
    from netctl.cli.ingesting import bring
    from netctl.cli.selection import Words

    wanted = _wanted(files, role, pack, name, stream, store, again=again, dry_run=dry_run)
    brought = bring(wanted, Words(profile, rehearse, network))
    show_ingested(brought, as_json=as_json)
    return 1 if brought.faults else 0


def _wanted(
    files: list[Path],
    role: RoleName | None,
    pack: str | None,
    name: str | None,
    stream: StreamWord | None,
    store: Path | None,
    *,
    again: bool,
    dry_run: bool,
) -> Wanted:
    from netctl.cli.ingesting import Wanted

    return Wanted(
        tuple(dict.fromkeys(path.absolute() for path in files)),
        role.value if role else None,
        pack,
        name,
        stream.value if stream else None,
        store.absolute() if store else None,
        again,
        dry_run,
    )
