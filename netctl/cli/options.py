"""The options that commands share, each spelled once."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from netctl.cli.epilog import epilog_of
from netctl.cli.groups import PlainGroup, Verbs
from netctl.cli.names import complete_networks, complete_neurons, complete_phases

ProfilePath = Annotated[
    Path | None,
    typer.Option(
        "--profile", "-p", envvar="NETCTL_PROFILE", show_envvar=True, metavar="PATH", help="The profile of the fleet."
    ),
]
ProfileOrRunning = Annotated[
    Path | None, typer.Argument(metavar="PROFILE", help="The profile; else the fleet that runs from here.")
]
Rehearse = Annotated[
    bool, typer.Option("--rehearse", help="The same profile on the embedded chain, with wallets of its own.")
]
NetworkName = Annotated[
    str | None,
    typer.Option(
        "--network",
        metavar="NAME",
        autocompletion=complete_networks,
        help="finney, test, local or a ws:// address.",
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON document on stdout and nothing else.")]
Yes = Annotated[
    bool, typer.Option("--yes", "-y", envvar="NETCTL_YES", show_envvar=True, help="Do not ask before acting.")
]
NoColdkey = Annotated[
    bool,
    typer.Option(
        "--no-coldkey", help="On a box with hotkeys and public coldkeys: pay nothing, and print what to pay elsewhere."
    ),
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Say what would be done, and do nothing.")]
Within = Annotated[
    str | None,
    typer.Option(
        "--within", metavar="TIME", help="When the last registration shall be in: the cheapest pace till then."
    ),
]
Budget = Annotated[
    str | None,
    typer.Option(
        "--budget", metavar="TAO", help="Most that this command may spend; the profile's budgets bind as well."
    ),
]
OnlyPhase = Annotated[
    str | None,
    typer.Option("--only", metavar="PHASE", autocompletion=complete_phases, help="This phase and no other."),
]
OnlyNeurons = Annotated[
    list[str] | None,
    typer.Option(
        "--neuron", metavar="NAME", autocompletion=complete_neurons, help="This neuron only; may be repeated."
    ),
]
Parallel = Annotated[
    int, typer.Option("--parallel", metavar="N", min=1, help="How many running neurons are restarted at once.")
]
KeepGoing = Annotated[
    bool, typer.Option("--keep-going", help="Restart the next one also when the last one does not become ready.")
]
ChangedCode = Annotated[
    bool, typer.Option("--code", help="Restart neurons whose checkout has changed since they started.")
]
Reregister = Annotated[
    bool, typer.Option("--reregister", help="Pay again for neurons that lost their uid; never done unasked.")
]
NeuronNames = Annotated[
    list[str] | None,
    typer.Argument(metavar="NEURON", autocompletion=complete_neurons, help="Neurons; all where none is named."),
]


def verb() -> Verbs:
    """The app of a module that holds one command."""
    return Verbs(rich_markup_mode=None, add_completion=False)


def verb_group(summary: str, *, examples: Sequence[str] = ()) -> Verbs:
    """The app of a module that holds several commands under one name."""
    return Verbs(
        rich_markup_mode=None,
        add_completion=False,
        cls=PlainGroup,
        help=summary,
        epilog=epilog_of(examples),
        callback=_nothing,
    )


def _nothing() -> None:
    """Typer makes a group of an app that has a callback, however few its commands."""
