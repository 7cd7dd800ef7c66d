"""`netctl signals`"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from netctl.cli.names import complete_packs
from netctl.cli.options import AsJson, verb_group

app = verb_group(
    "Show what log lines tell by a pack, and try it on a log.",
    examples=("netctl signals test validator.log --pack resi --role validator",),
)


class RoleName(StrEnum):
    """Whose lines they are."""

    miner = "miner"
    validator = "validator"


class Stream(StrEnum):
    """Which of a neuron's two logs it is."""

    stdout = "stdout"
    stderr = "stderr"


@app.command("list", examples=("netctl signals list --pack resi --role validator",))
def list_signals(
    pack: Annotated[
        str | None,
        typer.Option("--pack", autocompletion=complete_packs, help="A pack; else each that comes with netctl."),
    ] = None,
    role: Annotated[RoleName | None, typer.Option("--role", help="A role; else each of the pack.")] = None,
    as_json: AsJson = False,
) -> None:
    """Show the signals of a pack: their fields, what they mean, and what a count of them would get wrong."""
    from netctl.cli.signals_report import show_signals
    from netctl.packs import load, pack_names

    packs = [load(name) for name in ([pack] if pack else pack_names())]
    show_signals(packs, None if role is None else role.value, as_json=as_json)


@app.command(
    "test",
    examples=(
        "netctl signals test validator.log --pack resi --role validator",
        "netctl signals test - --pack resi --role miner --stream stderr",
    ),
)
def try_signals(
    file: Annotated[str, typer.Argument(metavar="FILE", help="A log; - is standard input.")],
    pack: Annotated[
        str,
        typer.Option(
            "--pack", autocompletion=complete_packs, help="Whose signals: resi, or a directory with a pack.yaml."
        ),
    ],
    role: Annotated[RoleName, typer.Option("--role", help="Which neuron wrote it.")],
    stream: Annotated[Stream, typer.Option("--stream", help="Which of its two logs it is.")] = Stream.stdout,
    as_json: AsJson = False,
) -> None:
    """Try a pack's signals on a log: how often each comes, an example of it, and what no signal takes.

    Lines that none takes are told by their shape, with numbers and addresses left out, the most frequent first.
    """
    from netctl.cli.signals_report import chunks_of, show_trial
    from netctl.packs import load
    from netctl.signals.trial import tried

    trial = tried(chunks_of(file), load(pack).spec.signals_of(role.value), stream.value)
    show_trial(trial, {"file": file, "pack": pack, "role": role.value, "stream": stream.value}, as_json=as_json)
