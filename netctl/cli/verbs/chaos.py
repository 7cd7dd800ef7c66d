"""`netctl chaos`"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from netctl.cli.names import complete_neurons
from netctl.cli.options import AsJson, NetworkName, ProfilePath, Rehearse, Yes, verb_group

if TYPE_CHECKING:
    from netctl.cli.selection import Words

app = verb_group(
    "Kill, stop, cut off or slow down neurons, each for a time, and undo it.",
    examples=("netctl chaos stop miner_3 --for 30s", "netctl chaos list"),
)

Neurons = Annotated[
    list[str], typer.Argument(metavar="NEURON", autocompletion=complete_neurons, help="Whom it is done to.")
]
Lasts = Annotated[str, typer.Option("--for", metavar="TIME", help="How long it holds; 24h at the most.")]
Detach = Annotated[bool, typer.Option("--detach", help="Return at once; it ends by itself all the same.")]
Hang = Annotated[
    bool, typer.Option("--hang", help="Leave connections open and pass nothing, instead of resetting them.")
]


@app.command("kill", examples=("netctl chaos kill miner_3", "netctl chaos kill miner_3 --signal TERM"))
def kill(
    neuron: Neurons,
    signal: Annotated[
        str, typer.Option("--signal", metavar="NAME", help="KILL, TERM, INT, HUP, QUIT, ABRT...")
    ] = "KILL",
    profile: ProfilePath = None,
    rehearse: Rehearse = False,
    network: NetworkName = None,
    yes: Yes = False,
) -> None:
    """Signal a neuron's processes once. Nothing here starts it again."""
    from netctl.chaos.acts import Wish
    from netctl.cli.chaos_orders import carry_out, signal_named

    carry_out(_words(profile, rehearse, network), neuron, Wish("kill", signal=signal_named(signal)), yes=yes)


@app.command("stop", examples=("netctl chaos stop miner_3 --for 30s",))
def stop(
    neuron: Neurons,
    lasts: Lasts = "1m",
    detach: Detach = False,
    profile: ProfilePath = None,
    rehearse: Rehearse = False,
    network: NetworkName = None,
    yes: Yes = False,
) -> None:
    """Freeze a neuron's processes (SIGSTOP) until the time is over."""
    from netctl.chaos.acts import Wish
    from netctl.cli.chaos_orders import carry_out, lasting

    carry_out(_words(profile, rehearse, network), neuron, Wish("stop", lasting(lasts)), yes=yes, detach=detach)


@app.command("cont", examples=("netctl chaos cont miner_3",))
def cont(neuron: Neurons, profile: ProfilePath = None, rehearse: Rehearse = False, network: NetworkName = None) -> None:
    """Let a frozen neuron go on (SIGCONT), whoever froze it."""
    from netctl.cli.chaos_orders import go_on

    go_on(_words(profile, rehearse, network), neuron)


@app.command("cut-rpc", examples=("netctl chaos cut-rpc validator_1 --for 2m",))
def cut_rpc(
    neuron: Neurons,
    lasts: Lasts = "1m",
    hang: Hang = False,
    detach: Detach = False,
    profile: ProfilePath = None,
    rehearse: Rehearse = False,
    network: NetworkName = None,
    yes: Yes = False,
) -> None:
    """Cut a neuron off from the chain. Needs `chaos: true` in the profile."""
    from netctl.chaos.acts import Wish
    from netctl.cli.chaos_orders import carry_out, lasting

    wish = Wish("cut-rpc", lasting(lasts), hang=hang)
    carry_out(_words(profile, rehearse, network), neuron, wish, yes=yes, detach=detach)


@app.command("slow-rpc", examples=("netctl chaos slow-rpc miner_3 --delay 3s --jitter 1s --for 5m",))
def slow_rpc(
    neuron: Neurons,
    delay: Annotated[
        str, typer.Option("--delay", metavar="TIME", help="How much later the chain's answers come.")
    ] = "2s",
    jitter: Annotated[str, typer.Option("--jitter", metavar="TIME", help="Up to so much more or less.")] = "0s",
    lasts: Lasts = "1m",
    detach: Detach = False,
    profile: ProfilePath = None,
    rehearse: Rehearse = False,
    network: NetworkName = None,
    yes: Yes = False,
) -> None:
    """Delay what the chain says to a neuron. Needs `chaos: true` in the profile."""
    from netctl.chaos.acts import Wish
    from netctl.cli.chaos_orders import carry_out, lasting, span

    wish = Wish("slow-rpc", lasting(lasts), delay_s=span("--delay", delay), jitter_s=span("--jitter", jitter))
    carry_out(_words(profile, rehearse, network), neuron, wish, yes=yes, detach=detach)


@app.command("drop-axon", examples=("netctl chaos drop-axon miner_3 --for 2m --detach",))
def drop_axon(
    neuron: Neurons,
    lasts: Lasts = "1m",
    hang: Hang = False,
    detach: Detach = False,
    profile: ProfilePath = None,
    rehearse: Rehearse = False,
    network: NetworkName = None,
    yes: Yes = False,
) -> None:
    """Make a neuron's axon unreachable for others. Needs `chaos: true` in the profile."""
    from netctl.chaos.acts import Wish
    from netctl.cli.chaos_orders import carry_out, lasting

    wish = Wish("drop-axon", lasting(lasts), hang=hang)
    carry_out(_words(profile, rehearse, network), neuron, wish, yes=yes, detach=detach)


@app.command("list", examples=("netctl chaos list",))
def listed(
    profile: ProfilePath = None, rehearse: Rehearse = False, network: NetworkName = None, as_json: AsJson = False
) -> None:
    """Show the disturbances that hold."""
    from netctl.cli.chaos_orders import show_holding

    show_holding(_words(profile, rehearse, network), as_json=as_json)


@app.command("undo", examples=("netctl chaos undo miner_3", "netctl chaos undo --all"))
def undo(
    neuron: Annotated[
        list[str] | None,
        typer.Argument(metavar="[NEURON]", autocompletion=complete_neurons, help="Whose disturbances end."),
    ] = None,
    everything: Annotated[bool, typer.Option("--all", help="Those of every neuron.")] = False,
    profile: ProfilePath = None,
    rehearse: Rehearse = False,
    network: NetworkName = None,
) -> None:
    """End disturbances now."""
    from netctl.cli.chaos_orders import take_back

    take_back(_words(profile, rehearse, network), neuron or [], everything=everything)


def _words(profile: ProfilePath, rehearse: bool, network: str | None) -> Words:
    from netctl.cli.selection import Words

    return Words(profile, rehearse, network)
